#include <dht/dht.hpp>

#include "../common/hex_text.hpp"
#include "client.hpp"
#include "commands.hpp"
#include "findings.hpp"
#include "readable.hpp"
#include "report.hpp"
#include "seed_file.hpp"
#include "usage_error.hpp"
#include <algorithm>

namespace example {

namespace {

std::vector<std::byte> bencoded(dht::byte_view text) {
    std::string const head = std::to_string(text.size()) + ':';
    auto const first = dht::as_bytes(head);
    std::vector<std::byte> v{first.begin(), first.end()};
    v.insert(v.end(), text.begin(), text.end());
    return v;
}

/// What was typed, as the network keeps it.
std::vector<std::byte> value_of(options const& o) {
    auto v = !o.bencoded.empty() ? *parse_hex(o.bencoded)
             : !o.file.empty()   ? bencoded(read_given_file(o.file))
                                 : bencoded(dht::as_bytes(o.text));
    if (v.size() > dht::krpc::item_value_bytes_max)
        throw usage_error{fmt::format(
            "an item has at most 1000 bytes, encoded, and this one {}: put a shorter one",
            v.size())};
    if (!dht::bencode::is_canonical(v))
        throw usage_error{"--bencoded needs one whole bencoded value, its keys sorted"};
    return v;
}

/// "301 on 5 nodes, 302 on 1": what KRPC errors came.
std::string refusals(dht::outcome const& o) {
    std::string all;
    for (auto const& [code, count] : o.errors)
        all += fmt::format("{}error {} from {} nodes", all.empty() ? "" : ", ", code, count);
    return all;
}

void print_put(dht::item const& put, dht::outcome const& o) {
    table t{{"TARGET", text(put.key())}};
    if (put.k) t.add({"KEY", hex(*put.k)});
    if (put.k) t.add({"SEQ", std::to_string(put.seq)});
    t.add({"STORED", fmt::format("on {} nodes", o.stored)});
    if (!o.errors.empty()) t.add({"REFUSED", refusals(o)});
    t.print();
    print_effort(o);
}

json json_of_put(dht::item const& put, dht::outcome const& o) {
    json answer{{"target", text(put.key())}, {"stored", o.stored}};
    if (put.k) answer.update({{"k", hex(*put.k)}, {"seq", put.seq}});
    for (auto const& [code, count] : o.errors)
        answer["errors"].push_back({{"code", code}, {"count", count}});
    add_effort(answer, o);
    return answer;
}

dht::operation_id begin_put(client& c, options const& o) {
    if (!o.key.empty())
        return c.node().put(c.now(), read_seed_file(o.key), dht::as_bytes(o.salt), value_of(o));
    dht::item immutable;
    immutable.v = value_of(o);
    return c.node().put(c.now(), immutable);
}

json json_of_get(dht::outcome const& got) {
    json answer{{"found", got.item.has_value()}};
    add_effort(answer, got);
    if (!got.item) return answer;
    answer.update({{"target", text(got.item->key())}, {"v", hex(got.item->v)}});
    if (auto const content = readable(got.item->v)) answer["text"] = *content;
    if (got.item->k)
        answer.update(
            {{"k", hex(*got.item->k)}, {"seq", got.item->seq}, {"sig", hex(got.item->sig)}});
    return answer;
}

/// The value on standard output, and what else there is to say on standard error.
void print_get(dht::outcome const& got) {
    if (!got.item) {
        fmt::print("not found; ");
        return print_effort(got);
    }
    auto const content = readable(got.item->v);
    fmt::print("{}\n", content ? *content : "bencoded, in hex: " + hex(got.item->v));
    if (got.item->k) fmt::print("seq {}; ", got.item->seq);
    print_effort(got);
}

dht::operation_id begin_get(client& c, options const& o) {
    if (o.key_of) return c.node().get(c.now(), *o.key_of, dht::as_bytes(o.salt));
    return c.node().get(c.now(), dht::item_key{o.target});
}

} // namespace

exit_code put(client& c, options const& o) {
    static_cast<void>(value_of(o)); // complains before the network is asked
    if (!o.key.empty()) static_cast<void>(read_seed_file(o.key));
    if (!c.join()) return exit_code::no_network;
    dht::outcome const done = c.finish(begin_put(c, o));
    c.keep_state();
    dht::item const what = done.item.value_or(dht::item{});
    if (o.json)
        fmt::print("{}\n", json_of_put(what, done).dump());
    else
        print_put(what, done);
    return found_if(done.stored > 0);
}

exit_code get(client& c, options const& o) {
    if (!c.join()) return exit_code::no_network;
    dht::outcome const got = c.finish(begin_get(c, o));
    c.keep_state();
    if (o.json)
        fmt::print("{}\n", json_of_get(got).dump());
    else
        print_get(got);
    return found_if(got.item.has_value());
}

exit_code make_key(options const& o) {
    std::string const k = hex(make_seed_file(o.key).public_key());
    if (o.json)
        fmt::print("{}\n", json{{"k", k}, {"file", o.key.string()}}.dump());
    else
        fmt::print("{}\n", k);
    return exit_code::found;
}

} // namespace example
