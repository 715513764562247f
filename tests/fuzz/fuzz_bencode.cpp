#include <dht/wire/bencode_reader.hpp>
#include <dht/wire/bencode_writer.hpp>

#include <cstdlib>
#include <vector>

// Walks one value of any shape with every function that the reader has, writes it again, and
// insists that what was canonical comes out as it went in.

namespace {

using namespace dht;

void insist(bool condition) {
    if (!condition) std::abort();
}

class rewriter {
public:
    explicit rewriter(byte_view input) : in_{input}, bytes_(input.size()), out_{bytes_} {}

    /// One value, with what is inside containers read one by one down to a few levels.
    void value(int levels) {
        switch (in_.peek()) {
        case bencode::kind::dictionary:
            return levels > 0 ? dictionary(levels) : raw();
        case bencode::kind::list:
            return levels > 0 ? list(levels) : raw();
        case bencode::kind::string:
            return out_.string(in_.next().content());
        case bencode::kind::integer:
            return integer();
        case bencode::kind::none:
        case bencode::kind::end:
            raw();
        }
    }

    void check(byte_view input) const {
        if (!in_.ok()) return;
        std::size_t const used = input.size() - in_.rest().size();
        bool const same =
            !out_.overflowed() && equal(input.first(used), byte_view{bytes_}.first(out_.size()));
        insist(!in_.canonical() || same);
    }

private:
    void dictionary(int levels) {
        out_.begin_dictionary();
        bencode::dictionary_reader keys{in_};
        while (keys.next()) {
            insist(keys.current().head == bencode::key_head(keys.current().text()));
            out_.string(keys.current().text());
            value(levels - 1);
        }
        out_.end();
    }

    void list(int levels) {
        in_.open();
        out_.begin_list();
        while (in_.ok() && !in_.close())
            value(levels - 1);
        out_.end();
    }

    void integer() {
        bencode::value const v = in_.next();
        if (auto const number = bencode::to_integer(v))
            out_.integer(*number);
        else if (in_.ok())
            out_.raw(v.raw()); // more than 64 bits
    }

    void raw() {
        bencode::value const v = in_.next();
        if (in_.ok()) out_.raw(v.raw());
    }

    bencode::reader in_;
    std::vector<std::byte> bytes_;
    bencode::writer out_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    byte_view const input = std::as_bytes(std::span{data, size});
    bencode::reader whole{input};
    bencode::value const v = whole.next();
    insist(whole.ok() == (v.type != bencode::kind::none));
    rewriter walk{input};
    walk.value(4);
    walk.check(input);
    insist(bencode::is_canonical(input) ==
           (whole.ok() && whole.canonical() && whole.rest().empty()));
    return 0;
}
