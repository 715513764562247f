#include <dht/content/torrent_link.hpp>
#include <dht/dht.hpp>

#include "../common/hex_text.hpp"
#include "../common/node_state.hpp"
#include "client.hpp"
#include "commands.hpp"
#include "findings.hpp"
#include "readable.hpp"
#include "usage_error.hpp"

namespace example {

namespace {

// -- follow

/// A torrent as the link to it, a text as it is, anything else in hex.
std::string shown(dht::content::update const& u) {
    if (u.torrent) return dht::content::to_link(dht::content::torrent_link{u.torrent, {}});
    return readable(u.item.v).value_or("bencoded, in hex: " + hex(u.item.v));
}

json json_of(dht::content::update const& u) {
    json update{{"k", hex(u.k)}, {"seq", u.item.seq}, {"v", hex(u.item.v)}};
    if (!u.salt.empty()) update["salt"] = hex({u.salt.data(), u.salt.size()});
    if (u.torrent) update["infohash"] = text(*u.torrent);
    if (auto const content = readable(u.item.v)) update["text"] = *content;
    return update;
}

// -- index

dht::times times_of(client const& c) {
    auto const since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return {c.now(), dht::unix_time{std::chrono::duration_cast<dht::seconds>(since_1970).count()}};
}

/// Prints what an indexer finds, and keeps its place for the next time.
class index_run {
public:
    index_run(client& c, options const& o) : client_{c}, options_{o} {
        load_file(o.index_state, [&](dht::byte_view bytes) {
            return indexer().restore(times_of(client_), bytes);
        });
        indexer().resume();
    }

    /// Asked again and again. Never true: it ends when it is told to.
    bool step() {
        visit_contacts();
        while (auto const hash = indexer().poll()) {
            client_.say(options_.json ? json{{"infohash", text(*hash)}}.dump() : text(*hash));
            ++found_;
        }
        if (client_.now() >= saves_at_) save();
        return false;
    }

    void save() {
        saves_at_ = client_.now() + dht::seconds{10};
        save_file(options_.index_state,
                  [&](std::vector<std::byte>& bytes) { indexer().save(times_of(client_), bytes); });
    }

    [[nodiscard]] std::string status() {
        return fmt::format("{} torrents, {} nodes, {} questions", found_, indexer().nodes(),
                           indexer().asked());
    }

    [[nodiscard]] unsigned found() const noexcept { return found_; }

private:
    dht::content::indexer& indexer() { return client_.node().get<dht::content::indexer>(); }

    void visit_contacts() {
        bool news = false;
        for (dht::via_index via = 0; via < client_.node().addresses(); ++via)
            client_.node().for_each_contact(
                via, [&](dht::contact const& n) { news |= indexer().visit(client_.now(), n.at); });
        if (news) client_.advance();
    }

    client& client_;
    options const& options_;
    unsigned found_ = 0;
    dht::instant saves_at_ = client_.now() + dht::seconds{10};
};

} // namespace

exit_code follow(client& c, options const& o) {
    if (!o.salt.empty() && !o.source.salt.empty())
        throw usage_error{"the link has a salt already: leave --salt out"};
    if (!c.join()) return exit_code::no_network;
    auto& follower = c.node().get<dht::content::follower>();
    dht::byte_view const salt = o.salt.empty()
                                    ? dht::byte_view{o.source.salt.data(), o.source.salt.size()}
                                    : dht::as_bytes(o.salt);
    follower.follow(c.now(), o.source.k, salt);
    c.advance();
    unsigned seen = 0;
    auto const tell = [&] {
        while (auto const u = follower.poll()) {
            c.say(o.json ? json_of(*u).dump() : fmt::format("seq {}: {}", u->item.seq, shown(*u)));
            ++seen;
        }
        return o.updates_max != 0 && seen >= o.updates_max;
    };
    c.run_until_told(tell, for_ever, [&] { return fmt::format("{} updates so far", seen); });
    c.keep_state();
    return found_if(seen > 0);
}

exit_code index(client& c, options const& o) {
    index_run run{c, o};
    if (!c.join()) return exit_code::no_network;
    dht::duration const limit = o.index_s == 0 ? for_ever : dht::seconds{o.index_s};
    c.run_until_told([&] { return run.step(); }, limit, [&] { return run.status(); });
    run.save();
    c.keep_state();
    return found_if(run.found() > 0);
}

} // namespace example
