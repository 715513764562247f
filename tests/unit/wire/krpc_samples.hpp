#ifndef DHT_TESTS_UNIT_WIRE_KRPC_SAMPLES_HPP
#define DHT_TESTS_UNIT_WIRE_KRPC_SAMPLES_HPP

#include <dht/base/bytes.hpp>

#include "../../bytes.hpp"

// Well-formed messages, all in canonical bencoding: the examples of BEP 5 and BEP 51, what other
// implementations test themselves with, and replies of live nodes with their addresses replaced by
// those of RFC 5737.
namespace dht::test {

struct sample {
    char const* name;
    std::vector<std::byte> bytes;
};

inline std::vector<std::byte> copy_of(std::string_view text) {
    byte_view const bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

inline std::vector<sample> const& krpc_samples() {
    using namespace std::string_view_literals;
    static std::vector<sample> const samples{
        {"error_201", copy_of("d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee"sv)},
        {"ping_query", copy_of("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe"sv)},
        {"ping_response", copy_of("d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re"sv)},
        {"find_node_query",
         copy_of("d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_nod"
                 "e1:t2:aa1:y1:qe"sv)},
        {"find_node_response_bad_nodes_len",
         copy_of("d1:rd2:id20:0123456789abcdefghij5:nodes9:def456...e1:t2:aa1:y1:re"sv)},
        {"get_peers_query",
         copy_of("d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_p"
                 "eers1:t2:aa1:y1:qe"sv)},
        {"get_peers_response_values",
         copy_of("d1:rd2:id20:abcdefghij01234567895:token8:aoeusnth6:valuesl6:axje.u6:idhtnmee1"
                 ":t2:aa1:y1:re"sv)},
        {"get_peers_response_nodes_bad_len",
         copy_of("d1:rd2:id20:abcdefghij01234567895:nodes9:def456...5:token8:aoeusnthe1:t2:aa1:"
                 "y1:re"sv)},
        {"announce_peer_implied_port",
         copy_of("d1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:mnopqrstuvwxy"
                 "z1234564:porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe"sv)},
        {"ping_response_binary_tid",
         copy_of("d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:\000\0041:y1:re"sv)},
        {"find_node_response_zero_nodes",
         copy_of("d1:rd2:id20:0123456789abcdefghij5:nodes0:e1:t2:aa1:y1:re"sv)},
        {"find_node_response_one_node",
         copy_of("d1:rd2:id20:0123456789abcdefghij5:nodes26:abcdefghijklmnopqrst\213\202\216"
                 "\365\014ae1:t2:aa1:y1:re"sv)},
        {"find_node_response_eight_nodes",
         copy_of("d1:rd2:id20:0123456789abcdefghij5:nodes208:abcdefghijklmnopqrst\213\202\216"
                 "\365\014aabcdefghijklmnopqrst\213\202\216\365\014aabcdefghijklmnopqrst\213"
                 "\202\216\365\014aabcdefghijklmnopqrst\213\202\216\365\014aabcdefghijklmnopqrs"
                 "t\213\202\216\365\014aabcdefghijklmnopqrst\213\202\216\365\014aabcdefghijklmn"
                 "opqrst\213\202\216\365\014azyxwvutsrqponmlkjihg\365\216\202\213\033\023e1:t2:"
                 "aa1:y1:re"sv)},
        {"empty_return",
         bytes_of("64313a7264323a696432303a000000000000000000000000000000000000000065313a74323a"
                  "8c25313a79313a7265")},
        {"nodes",
         bytes_of("64313a7264323a696432303a0000000000000000000000000000000000000000353a6e6f6465"
                  "7332363a000000000000000000000000000000000000000001020304123465313a74323a8c25"
                  "313a79313a7265")},
        {"values",
         copy_of("d1:rd2:id20:\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
                 "\000\000\000\0006:valuesl6:\001\002\003\004Vxee1:t2:\214%1:y1:re"sv)},
        {"ip_key",
         copy_of("d2:ip6:|\250\264\010\365|1:rd2:id20:\353\3776isQ\377J\354)\315\272\253\362"
                 "\373\343F|\302ge1:t1:\0031:y1:re"sv)},
        {"read_only", copy_of("d2:roi1e1:t0:1:y0:e"sv)},
        {"bep44_get_list_v",
         copy_of("d1:rd2:id20:\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
                 "\000\000\000\0001:k32:KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK3:seqi0e3:sig64:SSSSSSS"
                 "SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS1:vl3:tee3:heeee1:t0"
                 ":1:y0:e"sv)},
        {"bep51",
         copy_of("d1:rd2:id20:hellohellohellohello8:intervali420e7:samples0:e1:t5:hello1:y1:re"sv)},
        {"live_find_node_request",
         copy_of("d1:ad2:id20:\275{G|\373\315\020\363\013p]\242\002\001\347\020\035\215\361U6:t"
                 "arget20:\275{G|\373\315\020\363\013p]\242\002\001\347\020\035\215\361Ue1:q9:f"
                 "ind_node1:t2:\000\0051:y1:qe"sv)},
        {"live_get_peers_request_0",
         copy_of("d1:ad2:id20:\275{G|\373\315\020\363\013p]\242\002\001\347\020\035\215\361U9:i"
                 "nfo_hash20:\312\265\007IM\002\353\261\027\2138\362\351\327\276)\234\206\270be"
                 "1:q9:get_peers1:t2:\000\0061:y1:qe"sv)},
        {"live_get_peers_request_1",
         copy_of("d1:ad2:id20:\275{G|\373\315\020\363\013p]\242\002\001\347\020\035\215\361U9:i"
                 "nfo_hash20:\312\265\007IM\002\353\261\027\2138\362\351\327\276)\234\206\270be"
                 "1:q9:get_peers1:t2:\000\0071:y1:qe"sv)},
        {"live_find_node_response_1",
         bytes_of("64313a7264323a696432303a3c00727348b3b8ed70baa1e1411b3869d8481321353a6e6f6465"
                  "733230383a67a312defb7d429086bfdcd5a209684ee13f5961c00002011ae167a312defb7d42"
                  "9086bfdcd5a209684ee13f5961c00002021ae267a312defb7d429086bfdcd5a209684ee13f59"
                  "61c00002031ae367a312defb7d429086bfdcd5a209684ee13f5961c00002041ae467a312defb"
                  "7d429086bfdcd5a209684ee13f5961c00002051ae567a312defb7d429086bfdcd5a209684ee1"
                  "3f5961c00002061ae667a312defb7d429086bfdcd5a209684ee13f5961c00002071ae767a312"
                  "defb7d429086bfdcd5a209684ee13f5961c00002081ae865313a74323a0005313a76343a4a42"
                  "0000313a79313a7265")},
        {"live_find_node_response_2",
         bytes_of("64323a6970363acb0071071ae1313a7264323a696432303a32f54e697351ff4aec29cdbaabf2"
                  "fbe3467cc267353a6e6f6465733431363a54133f7f6d77567ff210fe88d49839107d1a9559c0"
                  "0002011ae1438e4a0af6b324d9672886052c856b26b25835a6c00002021ae2b643eb20605e1d"
                  "18f848b32cd275a117afb52d3ac00002031ae38dd20d3fbd936983af4ea87135d785d0661de2"
                  "f4c00002041ae469105c05caa68658851c018d8890f73604e334afc00002051ae5a8f3e0211b"
                  "d2af91c4af4eee69415a273c0bd1c2c00002061ae6139b6c6ebc6dcb6ee53aac3c5147530a43"
                  "2e1b62c00002071ae7364d7fd2f10f2499f47e862d847937e39a51aed7c00002081ae8d52086"
                  "8f1893aaa007d1af19b5328f1b4840759ec00002091ae9090c76b846145c6895303b7a49be38"
                  "7fd609a921c000020a1aeafd2ddcf776b4688dd359c8157120809ac8b6651ec000020b1aeb0f"
                  "a124e1f4ed536d61e4ee25d5a702fc8ab70cdfc000020c1aec215cc406c4caa862bcd0a6b88e"
                  "58128d2b280ac7c000020d1aedfa4484a5560c31de4fc046b97b4c6ac31dc324abc000020e1a"
                  "eefcecdbc8cf79e4cfd378a89779c605559b79b8aec000020f1aef629f7b9cc0ad33143832e1"
                  "bca63da63cdb8a9401c00002101af065313a74323a0002313a79313a7265")},
        {"live_find_node_response_3",
         bytes_of("64323a6970363acb0071071ae1313a7264323a696432303a32f54e697351ff4aec29cdbaabf2"
                  "fbe3467cc267353a6e6f6465733431363a26d4302a32aecf28f3fee9f6caf8867d762e28b9c0"
                  "0002011ae17373b33fb43c9d7c0d3daf45ee22ab947d4511c0c00002021ae264878fc4a31e88"
                  "b41d7ea953f7dc91d8017dafeec00002031ae39fd3ec1c37c6807cad0a5601698909e7a48753"
                  "2fc00002041ae47ca5e376bee87c4caafa88f2f9a9cc2ed992cd48c00002051ae56efc225561"
                  "c00dc3f40d04ab08d93c21a1b89097c00002061ae62d6f1d86e041a5525a69b26d265d039cd5"
                  "2c8bebc00002071ae7f71c7ed05e349d54465cca22233147f21d4c1cc5c00002081ae8ea6539"
                  "09abe367bc25efab70bbe28cd38cbafc2ec00002091ae9c20bc8a4c9490d84bf29f09ceb44c2"
                  "30dd2ced8bc000020a1aeaff66e9ed230e165873b0bef32163ad52c66edce2c000020b1aeb7a"
                  "f27ba1eac73737ac167e21ed9116b1ef8104a7c000020c1aecf36d7584b791128793e8f8a0e6"
                  "b48897a6463532c000020d1aed067237d4d77bf40f1c09773ea85dd269adf35eeec000020e1a"
                  "eeb116c0512abc2cbc74973d5e5f09940d0bbdf4e0c000020f1aef3d794b1230188404a9fd2a"
                  "5a10ccefb0622057bcc00002101af065313a74323a0003313a79313a7265")},
        {"sample_infohashes_query",
         copy_of("d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q17:sample_"
                 "infohashes1:t2:aa1:y1:qe"sv)},
        {"sample_infohashes_response_empty",
         copy_of("d1:rd2:id20:abcdefghij01234567898:intervali0e5:nodes0:3:numi0e7:samples0:e1:t"
                 "2:aa1:y1:re"sv)},
        {"sample_infohashes_response_two",
         copy_of("d1:rd2:id20:abcdefghij01234567898:intervali21600e5:nodes0:3:numi300e7:samples"
                 "40:mnopqrstuvwxyz1234560123456789abcdefghije1:t2:aa1:y1:re"sv)},
        {"sample_infohashes_response_of_a_node_without_bep51",
         copy_of("d1:rd2:id20:abcdefghij01234567895:nodes0:e1:t2:aa1:y1:re"sv)},
        {"sample_infohashes_response_bad_len",
         copy_of("d1:rd2:id20:abcdefghij01234567898:intervali10e5:nodes0:3:numi1e7:samples19:mn"
                 "opqrstuvwxyz12345e1:t2:aa1:y1:re"sv)},
        {"sample_infohashes_response_interval_over",
         copy_of("d1:rd2:id20:abcdefghij01234567898:intervali1099511627776e5:nodes0:3:numi1e7:s"
                 "amples20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re"sv)},
        {"sample_infohashes_response_interval_negative",
         copy_of("d1:rd2:id20:abcdefghij01234567898:intervali-5e5:nodes0:3:numi-1e7:samples20:m"
                 "nopqrstuvwxyz123456e1:t2:aa1:y1:re"sv)},
    };
    return samples;
}

inline byte_view krpc_sample(std::string_view name) {
    for (sample const& s : krpc_samples())
        if (s.name == name) return s.bytes;
    throw std::invalid_argument{"no such sample"};
}

} // namespace dht::test

#endif
