#include <dht/crypto/ed25519.hpp>

#include "../../bytes.hpp"
#include "../../catch.hpp"

using namespace dht;
using test::array_of;
using test::bytes_of;
using test::hex_of;

namespace {

/// Tests 2 to 225 of the widely used list that came with the first implementation of Ed25519.
struct signing_case {
    char const* seed;
    char const* public_key;
    char const* message;
    char const* signature;
};

signing_case const signing_cases[] = {
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
     "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290"
     "ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    {"0d4a05b07352a5436e180356da0ae6efa0345ff7fb1572575772e8005ed978e9",
     "e61a185bcef2613a6c7cb79763ce945d3b245d76114dd440bcf5f2dc1aa57057", "cbc77b",
     "d9868d52c2bebce5f3fa5a79891970f309cb6591e3e1702a70276fa97c24b3a8e58606c38c975852"
     "9da50ee31b8219cba45271c689afa60b0ea26c99db19b00c"},
    {"89f0d68299ba0a5a83f248ae0c169f8e3849a9b47bd4549884305c9912b46603",
     "aba3e795aab2012acceadd7b3bd9daeeed6ff5258bdcd7c93699c2a3836e3832",
     "4f1846dd7ad50e545d4cfbffbb1dc2ff145dc123754d08af4e44ecc0bc8c91411388bc7653e2d893"
     "d1eac2107d05",
     "2c691fa8d487ce20d5d2fa41559116e0bbf4397cf5240e152556183541d66cf753582401a4388d39"
     "0339dbef4d384743caa346f55f8daba68ba7b9131a8a6e0b"},
    {"0a3c1844e2db070fb24e3c95cb1cc6714ef84e2ccd2b9dd2f1460ebf7ecf13b1",
     "72e409937e0610eb5c20b326dc6ea1bbbc0406701c5cd67d1fbde09192b07c01",
     "4c8274d0ed1f74e2c86c08d955bde55b2d54327e82062a1f71f70d536fdc8722cdead7d22aaead2b"
     "faa1ad00b82957",
     "87f7fdf46095201e877a588fe3e5aaf476bd63138d8a878b89d6ac60631b3458b9d41a3c61a588e1"
     "db8d29a5968981b018776c588780922f5aa732ba6379dd05"},
    {"c8d7a8818b98dfdb20839c871cb5c48e9e9470ca3ad35ba2613a5d3199c8ab23",
     "90d2efbba4d43e6b2b992ca16083dbcfa2b322383907b0ee75f3e95845d3c47f",
     "783e33c3acbdbb36e819f544a7781d83fc283d3309f5d3d12c8dcd6b0b3d0e89e38cfd3b4d088566"
     "1ca547fb9764abff",
     "fa2e994421aef1d5856674813d05cbd2cf84ef5eb424af6ecd0dc6fdbdc2fe605fe985883312ecf3"
     "4f59bfb2f1c9149e5b9cc9ecda05b2731130f3ed28ddae0b"},
    {"b482703612d0c586f76cfcb21cfd2103c957251504a8c0ac4c86c9c6f3e429ff",
     "fd711dc7dd3b1dfb9df9704be3e6b26f587fe7dd7ba456a91ba43fe51aec09ad",
     "29d77acfd99c7a0070a88feb6247a2bce9984fe3e6fbf19d4045042a21ab26cbd771e184a9a75f31"
     "6b648c6920db92b87b",
     "58832bdeb26feafc31b46277cf3fb5d7a17dfb7ccd9b1f58ecbe6feb979666828f239ba4d7521926"
     "0ecac0acf40f0e5e2590f4caa16bbbcd8a155d347967a607"},
    {"84e50dd9a0f197e3893c38dbd91fafc344c1776d3a400e2f0f0ee7aa829eb8a2",
     "2c50f870ee48b36b0ac2f8a5f336fb090b113050dbcc25e078200a6e16153eea",
     "f3992cde6493e671f1e129ddca8038b0abdb77bb9035f9f8be54bd5d68c1aeff724ff47d29344391"
     "dc536166b8671cbbf123",
     "69e6a4491a63837316e86a5f4ba7cd0d731ecc58f1d0a264c67c89befdd8d3829d8de13b33cc0bf5"
     "13931715c7809657e2bfb960e5c764c971d733746093e500"},
    {"b322d46577a2a991a4d1698287832a39c487ef776b4bff037a05c7f1812bdeec",
     "eb2bcadfd3eec2986baff32b98e7c4dbf03ff95d8ad5ff9aa9506e5472ff845f",
     "19f1bf5dcf1750c611f1c4a2865200504d82298edd72671f62a7b1471ac3d4a30f7de9e5da4108c5"
     "2a4ce70a3e114a52a3b3c5",
     "c7b55137317ca21e33489ff6a9bfab97c855dc6f85684a70a9125a261b56d5e6f149c5774d734f2d"
     "8debfc77b721896a8267c23768e9badb910eef83ec258802"},
    {"960cab5034b9838d098d2dcbf4364bec16d388f6376d73a6273b70f82bbc98c0",
     "5e3c19f2415acf729f829a4ebd5c40e1a6bc9fbca95703a9376087ed0937e51a",
     "f8b21962447b0a8f2e4279de411bea128e0be44b6915e6cda88341a68a0d818357db938eac73e0af"
     "6d31206b3948f8c48a447308",
     "27d4c3a1811ef9d4360b3bdd133c2ccc30d02c2f248215776cb07ee4177f9b13fc42dd70a6c2fed8"
     "f225c7663c7f182e7ee8eccff20dc7b0e1d5834ec5b1ea01"},
    {"ae1d2c6b171be24c2e413d364dcda97fa476aaf9123d3366b0be03a142fe6e7d",
     "d437f57542c681dd543487408ec7a44bd42a5fd545ce2f4c8297d67bb0b3aa7b",
     "9e6c2fc76e30f17cd8b498845da44f22d55bec150c6130b411c6339d14b39969ab1033be687569a9"
     "91a06f70b2a8a6931a777b0e4be6723cd75e5aa7532813ef50b3d37271640fa2fb287c0355257641"
     "ea935c851c0b6ac68be72c88dfc5856fb53543fb377b0dbf64808afcc4274aa456855ad28f61267a"
     "419bc72166b9ca73cd3bb79bf7dd259baa75911440974b68e8ba95a78cbbe1cb6ad807a33a1cce2f"
     "406ff7bcbd058b44a311b38ab4d4e61416c4a74d883d6a6a794abd9cf1c039028bf1b20e3d4990aa"
     "e86f32bf06cd8349a7a884cce0165e36a0640e987b9d51",
     "909008f3fcfff43988aee1314b15b1822caaa8dab120bd452af494e08335b44a94c313c4b145eadd"
     "5166eaac034e29b7e6ac7941d5961fc49d260e1c4820b00e"},
    {"0265a7944baccfebf417b87ae1e6df2ff2a544ffb58225a08e092be03f026097",
     "63d327615ea0139be0740b618aff1acfa818d4b0c2cfeaf0da93cdd5245fb5a9",
     "874ed712a2c41c26a2d9527c55233fde0a4ffb86af8e8a1dd0a820502c5a26932bf87ee0de72a887"
     "4ef2eebf83384d443f7a5f46a1233b4fb514a2469981824894f325bf86aa0fe1217153d40f3556c4"
     "3a8ea9269444e149fb70e9415ae0766c565d93d1d6368f9a23a0ad76f9a09dbf79634aa971786777"
     "34d04ef1a5b3f87ce1ee9fc5a9ac4e7a72c9d7d31ec89e28a845d2e1103c15d6410ce3c723b0cc22"
     "09f698aa9fa288bbbecfd9e5f89cdcb09d3c215feb47a58b71ea70e2abead67f1b08ea6f561fb93e"
     "f05232eedabfc1c7702ab039bc465cf57e207f1093fc8208",
     "b6c445b7eddca5935c61708d44ea5906bd19cc54224eae3c8e46ce99f5cbbd341f26623938f5fe04"
     "070b1b02e71fbb7c78a90c0dda66cb143fab02e6a0bae306"},
};

} // namespace

TEST_CASE("ed25519 makes the known keys and signatures") {
    for (auto const& [seed, public_key, message, signature] : signing_cases) {
        CAPTURE(seed);
        auto const pair = ed25519_key_pair::from_seed(array_of<32>(seed));
        CHECK(hex_of(pair.public_key()) == public_key);
        CHECK(hex_of(pair.sign(bytes_of(message))) == signature);
        CHECK(ed25519_verify(bytes_of(public_key), bytes_of(message), bytes_of(signature)));
    }
}

TEST_CASE("ed25519 refuses one flipped bit anywhere") {
    auto const key = bytes_of(signing_cases[0].public_key);
    auto const message = bytes_of(signing_cases[0].message);
    auto const signature = bytes_of(signing_cases[0].signature);
    auto const flipped = [](std::vector<std::byte> bytes, std::size_t bit) {
        bytes[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
        return bytes;
    };
    for (std::size_t bit = 0; bit < 8 * key.size(); ++bit)
        CHECK_FALSE(ed25519_verify(flipped(key, bit), message, signature));
    for (std::size_t bit = 0; bit < 8 * message.size(); ++bit)
        CHECK_FALSE(ed25519_verify(key, flipped(message, bit), signature));
    for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit)
        CHECK_FALSE(ed25519_verify(key, message, flipped(signature, bit)));
}

TEST_CASE("ed25519 refuses keys and signatures of the wrong size") {
    auto const key = bytes_of(signing_cases[0].public_key);
    auto const message = bytes_of(signing_cases[0].message);
    auto const signature = bytes_of(signing_cases[0].signature);
    auto longer = signature;
    longer.push_back(std::byte{0});
    CHECK_FALSE(ed25519_verify({}, {}, {}));
    CHECK_FALSE(ed25519_verify(key, message, {}));
    CHECK_FALSE(ed25519_verify({}, message, signature));
    CHECK_FALSE(ed25519_verify(byte_view{key}.first(31), message, signature));
    CHECK_FALSE(ed25519_verify(key, message, byte_view{signature}.first(63)));
    CHECK_FALSE(ed25519_verify(key, message, longer));
    CHECK_FALSE(ed25519_verify(signature, message, key));
}

TEST_CASE("ed25519 refuses what only lax verifiers accept") {
    SECTION("a key of small order, under which one signature fits every message") {
        auto identity = bytes_of(std::string(64, '0'));
        identity[0] = std::byte{1};
        auto signature = identity;
        signature.resize(64);
        CHECK_FALSE(ed25519_verify(identity, as_bytes("anything"), signature));
    }
    SECTION("the same signature with the order of the group added to its number") {
        auto const key = bytes_of(signing_cases[0].public_key);
        auto const message = bytes_of(signing_cases[0].message);
        CHECK_FALSE(ed25519_verify(
            key, message,
            bytes_of("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                     "f52db7415978abc61b2c2eb6aeebfca0387b2eaeb4302aeeb00d291612bb0c10")));
    }
}

TEST_CASE("ed25519 signs the empty message") {
    auto const pair = ed25519_key_pair::from_seed(array_of<32>(signing_cases[0].seed));
    auto const signature = pair.sign({});
    CHECK(ed25519_verify(pair.public_key(), {}, signature));
    CHECK_FALSE(ed25519_verify(pair.public_key(), as_bytes("x"), signature));
}
