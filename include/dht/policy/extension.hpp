#ifndef DHT_POLICY_EXTENSION_HPP
#define DHT_POLICY_EXTENSION_HPP

#include <dht/policy/authenticator.hpp>
#include <dht/policy/token_scheme.hpp>
#include <dht/wire/krpc_encode.hpp>

/// Slot extension (any number): a machine of its own inside the node. It models at least one of the
/// parts below, each with all of its members; all noexcept.
///
/// *Answers queries* of methods that the node does not know itself:
///
/// | expression               | type                       | meaning                              |
/// |--------------------------|----------------------------|--------------------------------------|
/// | `t.answer(query, reply)` | answer_verdict             | declined, replied, refused or later  |
/// | `t.poll_answer(at)`      | std::optional<late_answer> | optional: a parked query decided now |
///
/// declined: another may answer; replied: `reply.parts` and `reply.fields` go into "r"; refused:
/// with `reply.code`; later: parked under query.id.
///
/// *Keeps topics*, whose queries carry a key "c" (BEP 50). An overlay of its own: no table or store
/// of the node takes anything from them, nor from questions with a topic.
///
/// | expression                        | type           | meaning                              |
/// |-----------------------------------|----------------|--------------------------------------|
/// | `t.answer_on_topic(query, reply)` | answer_verdict | declined: not our topic; never later |
///
/// Any method may come; the error is 203 when everybody declines.
///
/// *Asks questions*:
///
/// | expression                            | type                              | meaning         |
/// |---------------------------------------|-----------------------------------|-----------------|
/// | `t.next(at)`                          | std::optional<extension_question> | what to ask now |
/// | `t.on_reply(at, cookie, from, reply)` | void                              | the answer      |
/// | `t.on_failure(at, cookie, why)`       | void                              | why none came   |
///
/// `next` is polled in every step until nothing. The views in `reply` hold during the call. `why`
/// is timed_out, remote_error or limit_reached.
///
/// *Adds keys* to ordinary messages, and reads those of others:
///
/// | expression                  | type | meaning                                            |
/// |-----------------------------|------|----------------------------------------------------|
/// | `t.extend(at, out, fields)` | void | appends to fields.body ("a" or "r") and fields.top |
/// | `t.read(at, from, message)` | void | every well-formed message that was admitted        |
///
/// Appended keys stand in ascending order.
///
/// *Guards the table*:
///
/// | expression                 | type          | meaning                                       |
/// |----------------------------|---------------|-----------------------------------------------|
/// | `t.may_enter(at, contact)` | entry_verdict | yes, no, or ask_first: not before asked again |
///
/// or `t.may_enter(at, contact, auth)`, also told who signed the message that brought the contact.
///
/// *Claims datagrams* that are not KRPC:
///
/// | expression                        | type | meaning                    |
/// |-----------------------------------|------|----------------------------|
/// | `t.claims(first_byte)`            | bool | never 'd'                  |
/// | `t.receive(at, via, from, bytes)` | void | a datagram that it claimed |
///
/// *Begins operations*, as a user of the node would:
///
/// | expression                          | type                               | meaning           |
/// |-------------------------------------|------------------------------------|-------------------|
/// | `t.next_operation(at)`              | std::optional<extension_operation> | what to begin now |
/// | `t.on_outcome(at, cookie, outcome)` | void                               | progress, the end |
///
/// `next_operation` is polled in every step until nothing. Exactly one finished outcome comes for
/// each; its error is limit_reached when operations_max or lookups_max did not allow it.
///
/// *Knows who we are*:
///
/// | expression           | type | meaning                                               |
/// |----------------------|------|-------------------------------------------------------|
/// | `t.own_nodes(nodes)` | void | our ids and addresses by via; again when they changed |
///
/// *Has deadlines*:
///
/// | expression          | type                   | meaning                                  |
/// |---------------------|------------------------|------------------------------------------|
/// | `t.next_deadline()` | std::optional<instant> | when to call advance; nothing: never     |
/// | `t.advance(at)`     | void                   | called in every step that time passes in |
namespace dht::inline DHT_ABI {

/// Keys with raw bencoded values, ascending by key. The memory stays the extension's until its next
/// call.
using raw_fields = static_vector<bencode::raw_field, 8>;

struct extension_query {
    times at;
    via_index via;
    endpoint from;
    ticket id;
    krpc::query const& query;
    auth_verdict const& auth;
};

enum class answer_verdict : std::uint8_t { declined, replied, refused, later };

struct extension_reply {
    raw_fields fields;
    krpc::error_code code = krpc::error_code::generic;
    std::string_view text;
    krpc::reply_parts parts{}; ///< results of KRPC's own; the node writes id, tid and version
};

struct late_answer {
    ticket id;
    answer_verdict verdict = answer_verdict::refused; ///< replied or refused
    extension_reply reply;
};

struct extension_question {
    via_index via = 0;
    endpoint to;
    std::string_view method;
    raw_fields arguments; ///< beside "id", which the node writes
    std::uint32_t cookie = 0;
    krpc::arguments known = krpc::other{}; ///< of a method of KRPC: written by the node, too
    std::optional<key160> topic{};         ///< goes into "c" (BEP 50)
};

/// What an extension wants the node to do, as a user would ask for it.
struct extension_operation {
    std::variant<find_peers_wish, announce_wish, get_wish, put_wish> wish;
    std::uint32_t cookie = 0;
};

struct outgoing_message {
    message_kind kind = message_kind::query;
    std::string_view method; ///< of the query, or of the query that is answered
    endpoint to;
    via_index via = 0;
};

struct added_fields {
    raw_fields body;
    raw_fields top;
};

/// Who we are on one local address.
struct own_node : node_contact {
    std::optional<endpoint> external{}; ///< as others see it, once enough of them have said so
};

enum class entry_verdict : std::uint8_t { yes, no, ask_first };

template <class T>
concept answers_queries = requires(T& t, extension_query const& q, extension_reply& r) {
    { t.answer(q, r) }
    noexcept->std::same_as<answer_verdict>;
};

template <class T>
concept answers_later = answers_queries<T> && requires(T& t, times at) {
    { t.poll_answer(at) }
    noexcept->std::same_as<std::optional<late_answer>>;
};

template <class T>
concept keeps_topics = requires(T& t, extension_query const& q, extension_reply& r) {
    { t.answer_on_topic(q, r) }
    noexcept->std::same_as<answer_verdict>;
};

template <class T>
concept asks_questions = requires(T& t, times at, endpoint const& from, krpc::reply const& r) {
    { t.next(at) }
    noexcept->std::same_as<std::optional<extension_question>>;
    { t.on_reply(at, std::uint32_t{}, from, r) }
    noexcept;
    { t.on_failure(at, std::uint32_t{}, errc{}) }
    noexcept;
};

template <class T>
concept adds_keys = requires(T& t, times at, outgoing_message const& m, added_fields& fields) {
    { t.extend(at, m, fields) }
    noexcept;
};

template <class T>
concept reads_keys = requires(T& t, times at, endpoint const& from, krpc::message const& m) {
    { t.read(at, from, m) }
    noexcept;
};

template <class T>
concept guards_table_by_signer = requires(T& t, times at, contact const& c,
                                          auth_verdict const& auth) {
    { t.may_enter(at, c, auth) }
    noexcept->std::same_as<entry_verdict>;
};

template <class T>
concept guards_table = guards_table_by_signer<T> || requires(T& t, times at, contact const& c) {
    { t.may_enter(at, c) }
    noexcept->std::same_as<entry_verdict>;
};

template <class T>
concept claims_datagrams = requires(T& t, times at, via_index via, endpoint const& from,
                                    byte_view bytes) {
    { t.claims(std::byte{}) }
    noexcept->std::same_as<bool>;
    { t.receive(at, via, from, bytes) }
    noexcept;
};

template <class T>
concept begins_operations = requires(T& t, times at, outcome const& o) {
    { t.next_operation(at) }
    noexcept->std::same_as<std::optional<extension_operation>>;
    { t.on_outcome(at, std::uint32_t{}, o) }
    noexcept;
};

template <class T>
concept knows_own_nodes = requires(T& t, std::span<own_node const> nodes) {
    { t.own_nodes(nodes) }
    noexcept;
};

template <class T>
concept has_deadlines = requires(T& t, times at) {
    { t.next_deadline() }
    noexcept->std::same_as<std::optional<instant>>;
    { t.advance(at) }
    noexcept;
};

template <class T>
concept extension = answers_queries<T> || keeps_topics<T> || asks_questions<T> || adds_keys<T> ||
    reads_keys<T> || guards_table<T> || claims_datagrams<T> || begins_operations<T> ||
    knows_own_nodes<T> || has_deadlines<T>;

/// The key "c" of BEP 50, bencoded; nothing for no topic.
class topic_field {
public:
    explicit topic_field(byte_view topic) noexcept {
        bencode::writer out{value_};
        if (topic.size() == key160::size_bytes) out.string(topic);
        size_ = out.size();
    }

    /// Puts it among those that go into a message, at its place. Holds as long as this.
    void join(raw_fields& top) const noexcept {
        if (size_ == 0) return;
        std::size_t at = 0;
        while (at < top.size() && top[at].key < "c")
            ++at;
        top.insert(at, {"c", byte_view{value_}.first(size_)});
    }

private:
    std::array<std::byte, 3 + key160::size_bytes> value_; // "20:" and the topic
    std::size_t size_ = 0;
};

} // namespace dht::inline DHT_ABI

#endif
