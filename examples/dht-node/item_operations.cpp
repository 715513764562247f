#include "item_operations.hpp"

#include <algorithm>

namespace example {

namespace {

std::vector<std::byte> salt_of(request const& r) {
    if (!r.has("salt")) return {};
    return r.bytes("salt", dht::krpc::item_salt_bytes_max);
}

std::vector<std::byte> value_of(request const& r) {
    auto v = r.bytes("v", dht::krpc::item_value_bytes_max);
    if (!dht::bencode::is_canonical(v)) throw bad_request{"member 'v' must be one bencoded value"};
    return v;
}

dht::put_options options_of(request const& r) {
    dht::put_options options;
    if (r.has("seq")) options.seq = r.integer("seq");
    if (r.has("cas")) options.cas = r.integer("cas");
    return options;
}

/// As it came; an item that no node would store is not sent to any.
dht::item signed_elsewhere(request const& r) {
    dht::item i;
    i.v = value_of(r);
    i.k = r.exactly<32>("k");
    i.sig = r.exactly<64>("sig");
    i.salt = decltype(i.salt){dht::byte_view{salt_of(r)}};
    i.seq = r.integer("seq");
    if (!i.valid()) throw bad_request{"member 'sig' is not the signature of this item"};
    return i;
}

dht::operation_id begin_put(session& s, request const& r) {
    dht::put_options const options = options_of(r);
    if (r.has("key_seed")) {
        auto const owner = dht::ed25519_key_pair::from_seed(r.exactly<32>("key_seed"));
        return s.node().put(s.now(), owner, salt_of(r), value_of(r), options);
    }
    if (r.has("k")) return s.node().put(s.now(), signed_elsewhere(r), options);
    dht::item i;
    i.v = value_of(r);
    return s.node().put(s.now(), i, options);
}

/// The code that most nodes refused with.
std::int32_t usual_code(std::vector<dht::error_count> const& errors) {
    auto const fewer = [](auto const& a, auto const& b) { return a.count < b.count; };
    return std::max_element(errors.begin(), errors.end(), fewer)->code;
}

/// An item that we sign has no seq before the search for the highest one is over.
bool has_seq(dht::item const& i) {
    return i.k && i.sig != dht::ed25519_signature{};
}

json conclude_put(dht::outcome const& o) {
    bool const refused = o.stored == 0 && !o.errors.empty();
    if (o.error == dht::errc::invalid_argument) return failure(o);
    json answer = refused ? failure("no node stored it") : success(json::object());
    if (refused) answer["code"] = usual_code(o.errors);
    answer["stored"] = o.stored;
    add_errors(answer, o);
    if (!o.item) return answer;
    answer["target"] = hex(o.item->key());
    if (has_seq(*o.item)) answer["seq"] = o.item->seq;
    return answer;
}

json conclude_get(dht::outcome const& o) {
    json answer = success({{"found", o.item.has_value()}});
    if (!o.item) return answer;
    answer["v"] = hex(o.item->v);
    if (!o.item->k) return answer;
    answer["seq"] = o.item->seq;
    answer["sig"] = hex(o.item->sig);
    return answer;
}

dht::operation_id begin_get(session& s, request const& r) {
    if (r.has("k")) return s.node().get(s.now(), r.exactly<32>("k"), salt_of(r));
    return s.node().get(s.now(), dht::item_key{r.key("target")});
}

} // namespace

void put(session& s, request const& r) {
    s.await(r, begin_put(s, r), conclude_put);
}

void get(session& s, request const& r) {
    s.await(r, begin_get(s, r), conclude_get);
}

} // namespace example
