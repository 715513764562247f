// expect-error: dht: two policies claim slots::token_scheme

#include "every_verb.hpp"
#include <dht/policy/sha1_tokens.hpp>

struct broken : dht::sha1_tokens {};

int main() {
    dht::node<broken, dht::hmac_tokens> node;
    every_verb(node);
}
