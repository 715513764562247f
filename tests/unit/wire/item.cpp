#include <dht/wire/item.hpp>

#include "../../bytes.hpp"
#include "../../catch.hpp"

using namespace dht;
using test::bytes_of;
using test::hex_of;

namespace {

struct mutable_item {
    char const* name;
    std::string k;
    std::string salt; // hex
    std::int64_t seq;
    std::string v;    // hex
    std::string text; // hex: what is signed
    std::string sig;
    std::string key;
};

std::string hex(std::string_view text) {
    return hex_of(as_bytes(text));
}

std::string const hello_hex = hex("12:Hello World!");
std::string const bep44_k = "77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548";
std::string const bep44_sig = "305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff"
                              "1260d3f39e4999684aa92eb73ffd136e6f4f3ecbfda0ce53a1608ecd7ae21f01";
std::string const seed_hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
std::string const seed_k = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
std::string const seed_key = "fd81a6db64d6faf7f702c07971a82c25c1dc3c90";
std::string const salt64 = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
                           "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f";
std::string const long_v = hex("996:" + std::string(996, 'a'));

/// The first two are the examples of BEP 44, the others were signed with `seed_hex`.
std::vector<mutable_item> const items{
    {"bep44 test 1", bep44_k, "", 1, hello_hex, hex("3:seqi1e1:v12:Hello World!"), bep44_sig,
     "4a533d47ec9c7d95b1ad75f576cffc641853b750"},
    {"bep44 test 2", bep44_k, hex("foobar"), 1, hello_hex,
     hex("4:salt6:foobar3:seqi1e1:v12:Hello World!"),
     "6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17d"
     "df9a8a7104b1258f30bed3787e6cb896fca78c58f8e03b5f18f14951a87d9a08",
     "411eba73b6f087ca51a3795d9c8c938d365e32c1"},
    {"seq 0", seed_k, "", 0, hex("1:x"), hex("3:seqi0e1:v1:x"),
     "55b546af1a67b1d120620102a8f5ee4c9cbc5062d1654f85b6207a5856c86d8a"
     "4287942fd8ee517e6efef723652272061d325e4d2d4c9dc87318164e67f22a04",
     seed_key},
    {"largest seq", seed_k, "", INT64_MAX, hex("1:x"), hex("3:seqi9223372036854775807e1:v1:x"),
     "060470582252a33198b91fc76ac24657800ce7639e5f667b1f6f91de8af25744"
     "a62074ebf84de41c3bed2da42d700d2703f7c5e81017152ad45c89cf26bbba0d",
     seed_key},
    {"a dictionary", seed_k, "", 7, hex("d1:ai1e1:bl1:c1:dee"),
     hex("3:seqi7e1:vd1:ai1e1:bl1:c1:dee"),
     "06380324fec0bfd1af26b0251ae4be90614de03f7d6a233bf2611855d9ebc291"
     "f4d9c94779ecccaf267ebd2fbcee96b86f6ec10ea06731468ca9f790347e5a04",
     seed_key},
    {"the longest salt", seed_k, salt64, 3, hex("5:hello"),
     hex("4:salt64:") + salt64 + hex("3:seqi3e1:v5:hello"),
     "a7cf79115006a914c0cd0e037a1460dbe6a74128d1ba11d409ae3e40b646ad6f"
     "8b5ee368541528611598b56c806410f7060c49762537612eec115ef1f3df600e",
     "ad479fbdc88fcee0666330f87ae2410bf875a4a6"},
    {"the longest value", seed_k, "", 1, long_v, hex("3:seqi1e1:v") + long_v,
     "9a59028dedd3718b48f88e07f8826d5cffc24da7b73783dcf90196cf6bc8c4ec"
     "b9193da1a793e6721560c3152c2666ad30fccb7f0a6e499a049a56bc1ec00a0a",
     seed_key},
    {"an info hash (BEP 46)", seed_k, hex("n"), 4, hex("d2:ih20:mnopqrstuvwxyz123456e"),
     hex("4:salt1:n3:seqi4e1:vd2:ih20:mnopqrstuvwxyz123456e"),
     "7e9f546e996b97eca8020ceaf0a7160e44a6af474cc0f855773b8db90e4b2910"
     "66a17afd6d2b2197cff5aa82025393ac369b48b37c7383094666cb076130c808",
     "a5700998b63f3177256e7650024d3d37f76f3838"},
};

bool valid(std::string const& k, std::string const& salt, std::int64_t seq, std::string const& v,
           std::string const& sig) {
    return item_signature_valid(bytes_of(k), bytes_of(salt), seq, bytes_of(v), bytes_of(sig));
}

} // namespace

TEST_CASE("mutable items: what is signed, the signature and the key") {
    for (mutable_item const& i : items) {
        CAPTURE(i.name);
        signed_item_text const text{bytes_of(i.salt), i.seq, bytes_of(i.v)};
        CHECK(hex_of(text.bytes()) == i.text);
        CHECK(valid(i.k, i.salt, i.seq, i.v, i.sig));
        CHECK(hex_of(mutable_item_key(bytes_of(i.k), bytes_of(i.salt)).bytes) == i.key);
    }
}

TEST_CASE("a pair made from a seed signs the same") {
    auto const pair = ed25519_key_pair::from_seed(test::array_of<32>(seed_hex));
    CHECK(hex_of(pair.public_key()) == seed_k);
    for (mutable_item const& i : items) {
        if (i.k != seed_k) continue;
        CAPTURE(i.name);
        CHECK(hex_of(pair.sign(bytes_of(i.text))) == i.sig);
    }
}

TEST_CASE("the examples in the prose of BEP 44") {
    byte_view const v = as_bytes("12:Hello world!");
    CHECK(as_text(signed_item_text{{}, 4, v}.bytes()) == "3:seqi4e1:v12:Hello world!");
    CHECK(as_text(signed_item_text{as_bytes("foobar"), 4, v}.bytes()) ==
          "4:salt6:foobar3:seqi4e1:v12:Hello world!");
}

TEST_CASE("a signature covers seq, salt and value, and each of its own bits") {
    CHECK_FALSE(valid(bep44_k, "", 2, hello_hex, bep44_sig));
    CHECK_FALSE(valid(bep44_k, hex("foobar"), 1, hello_hex, bep44_sig));
    CHECK_FALSE(valid(bep44_k, "", 1, hex("12:Hello World?"), bep44_sig));
    CHECK_FALSE(valid(seed_k, "", 1, hello_hex, bep44_sig));
    std::string flipped = bep44_sig;
    flipped[11] = '8';
    CHECK_FALSE(valid(bep44_k, "", 1, hello_hex, flipped));
    // S + L: the same signature in a form that RFC 8032 forbids
    CHECK_FALSE(valid(bep44_k, "", 1, hello_hex,
                      "305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff"
                      "ff33c950b9acabc02046265a1ef7f2826f4f3ecbfda0ce53a1608ecd7ae21f11"));
}

TEST_CASE("an empty salt is no salt") {
    CHECK(hex_of(signed_item_text{{}, 1, bytes_of(hello_hex)}.bytes()) == items[0].text);
    CHECK(mutable_item_key(bytes_of(bep44_k), {}) == item_key{test::array_of<20>(items[0].key)});
    auto const wrong = hex("4:salt0:") + items[0].text;
    CHECK_FALSE(ed25519_verify(bytes_of(bep44_k), bytes_of(wrong), bytes_of(bep44_sig)));
}

TEST_CASE("sizes that BEP 44 forbids have no text and no valid signature") {
    std::vector<std::byte> const salt(65, std::byte{'s'});
    std::vector<std::byte> const v(1001, std::byte{'v'});
    auto const pair = ed25519_key_pair::from_seed(test::array_of<32>(seed_hex));
    auto const sig = pair.sign({});
    CHECK(signed_item_text{salt, 1, as_bytes("1:x")}.bytes().empty());
    CHECK(signed_item_text{{}, 1, v}.bytes().empty());
    CHECK_FALSE(item_signature_valid(pair.public_key(), salt, 1, as_bytes("1:x"), sig));
    CHECK_FALSE(item_signature_valid(pair.public_key(), {}, 1, v, sig));
    CHECK_FALSE(valid("", "", 1, hello_hex, bep44_sig));
    CHECK_FALSE(valid(bep44_k, "", 1, hello_hex, ""));
}

TEST_CASE("everything at its largest fits the text") {
    std::vector<std::byte> const salt(64, std::byte{'s'});
    std::vector<std::byte> const v(1000, std::byte{'v'});
    signed_item_text const text{salt, INT64_MIN, v};
    CHECK(text.bytes().size() == 9 + 64 + 30 + 1000);
}

TEST_CASE("an immutable item is stored under the SHA-1 of its value") {
    auto const key = [](std::string const& v) {
        return hex_of(immutable_item_key(bytes_of(v)).bytes);
    };
    CHECK(key(hello_hex) == "e5f96f6f38320f0f33959cb4d3d656452117aadb");
    CHECK(key("32303aab766f6fae6dc3208a8c71b04c8774849c7e4bad") ==
          "0217712b430bb91a1a1ecceecc010d54342856e7");
    CHECK(key("31393a766f6fae6dc3208a8c71b04c8774849c7e4bad") !=
          "0217712b430bb91a1a1ecceecc010d54342856e7");
}

TEST_CASE("the targets of BEP 46 are keys of mutable items") {
    std::string const k = "8543d3e6115f0f98c944077a4493dcd543e49c739fd998550a1f614ab36ed63e";
    CHECK(hex_of(mutable_item_key(bytes_of(k), {}).bytes) ==
          "cc3f9d90b572172053626f9980ce261a850d050b");
    CHECK(hex_of(mutable_item_key(bytes_of(k), as_bytes("n")).bytes) ==
          "59ee7c2cb9b4f7eb1986ee2d18fd2fdb8a56554f");
}
