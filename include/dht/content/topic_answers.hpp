#ifndef DHT_CONTENT_TOPIC_ANSWERS_HPP
#define DHT_CONTENT_TOPIC_ANSWERS_HPP

#include <dht/content/topic.hpp>

namespace dht::inline DHT_ABI::content {

/// Answers one query on a topic: ping, find_node, and get and put of its item alone. What BEP 50
/// prohibits is the error 203.
class topic_answers {
public:
    topic_answers(topic& t, topic_commons& c, extension_query const& q, extension_reply& r) noexcept
        : topic_{t},
          commons_{c},
          query_{q},
          reply_{r} {}

    answer_verdict operator()(krpc::ping const&) noexcept { return answer_verdict::replied; }

    answer_verdict operator()(krpc::find_node const& a) noexcept {
        return name_closest_to(a.target);
    }

    answer_verdict operator()(krpc::get_item const& a) noexcept {
        if (a.target != topic_.key()) return refuse("the target must be the topic");
        if (auto const& newest = topic_.newest()) {
            item_view const i = newest->view();
            bool const is_news = !a.seq || i.seq > *a.seq;
            reply_.parts.item.emplace();
            if (is_news) *reply_.parts.item = {i.v, i.k, i.sig, {}};
            reply_.parts.item->seq = i.seq;
        }
        commons_.issued = commons_.tokens.issue(claim());
        reply_.parts.token = {commons_.issued.data(), commons_.issued.size()};
        return name_closest_to(a.target);
    }

    /// The order of BEP 44: token, sizes, signature, cas and seq. Only a valid and newer one is
    /// kept, and forwarded then.
    answer_verdict operator()(krpc::put_item const& a) {
        using code = krpc::error_code;
        if (commons_.tokens.verify(claim(), a.token, {}) != token_verdict::valid)
            return refuse("bad token");
        if (a.v.size() > krpc::item_value_bytes_max)
            return refuse("v must be at most 1000 bytes", code::value_too_big);
        if (a.salt.size() > krpc::item_salt_bytes_max)
            return refuse("salt must be at most 64 bytes", code::salt_too_big);
        if (!equal(a.k, topic_.owner()) || !equal(a.salt, topic_.salt()))
            return refuse("the item must be the topic's");
        item_view const offered{a.v, a.k, a.sig, a.salt, a.seq.value_or(0), a.cas};
        if (!is_kept(offered)) {
            if (!topic_.may_check(commons_, query_.at.now, {query_.via, query_.from}))
                return refuse("too many puts", code::server);
            if (!item_signature_valid(a.k, a.salt, offered.seq, a.v, a.sig))
                return refuse("invalid signature", code::invalid_signature);
        }
        return take(offered);
    }

    answer_verdict operator()(krpc::get_peers const&) noexcept { return prohibited(); }

    answer_verdict operator()(krpc::announce_peer const&) noexcept { return prohibited(); }

    answer_verdict operator()(krpc::sample_infohashes const&) noexcept { return prohibited(); }

    answer_verdict operator()(krpc::other const&) noexcept {
        return refuse("Method Unknown", krpc::error_code::method_unknown);
    }

private:
    answer_verdict refuse(std::string_view why,
                          krpc::error_code code = krpc::error_code::protocol) noexcept {
        reply_.code = code;
        reply_.text = why;
        return answer_verdict::refused;
    }

    answer_verdict prohibited() noexcept { return refuse("prohibited on a topic"); }

    answer_verdict name_closest_to(key160 const& target) noexcept {
        topic_table const& table = topic_.members().tables()[query_.via];
        commons_.named = {};
        for (node_contact const& n : table.closest_to(target, query_.from))
            commons_.named.push_back(n.id, n.at);
        auto& list = table.own().at.ip.is_v4() ? reply_.parts.nodes : reply_.parts.nodes6;
        list = commons_.named.bytes();
        return answer_verdict::replied;
    }

    [[nodiscard]] token_claim claim() noexcept {
        return commons_.claim(query_.at.now, query_.from, topic_.key());
    }

    /// The very item that we have: its signature was checked.
    [[nodiscard]] bool is_kept(item_view const& i) const noexcept {
        auto const& kept = topic_.newest();
        return kept && kept->seq == i.seq && equal(kept->v, i.v) && equal(kept->sig, i.sig);
    }

    answer_verdict take(item_view const& valid) {
        auto const& kept = topic_.newest();
        if (kept && valid.cas && *valid.cas != kept->seq)
            return refuse("cas is not the stored seq", krpc::error_code::cas_mismatch);
        topic_.note_seq({query_.via, query_.from}, valid.seq);
        if (kept && (valid.seq < kept->seq || (valid.seq == kept->seq && !equal(kept->v, valid.v))))
            return refuse("seq is not newer than the stored one", krpc::error_code::seq_too_old);
        topic_.take(query_.at.now, valid);
        return answer_verdict::replied;
    }

    topic& topic_;
    topic_commons& commons_;
    extension_query const& query_;
    extension_reply& reply_;
};

} // namespace dht::inline DHT_ABI::content

#endif
