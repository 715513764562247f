// expect-error: dht: two policies claim slots::token_scheme

#include "every_verb.hpp"

struct broken : dht::sha1_tokens {};

int main() {
    dht::node<broken, dht::hmac_tokens> node;
    every_verb(node);
}
