// The least that a server of datagrams can do: answers each with as many bytes of its own.
//
// usage: echo ADDRESS:PORT BYTES

#include "batch_socket.hpp"
#include <array>
#include <cstdlib>

using namespace compare;

namespace {

constexpr std::size_t batch = 64;

[[noreturn]] void echo(int fd, std::size_t reply_bytes) {
    static std::array<std::array<char, buffer_bytes>, batch> buffers;
    std::array<sockaddr_in, batch> names;
    std::array<iovec, batch> pieces;
    std::array<mmsghdr, batch> messages{};
    for (;;) {
        for (std::size_t i = 0; i < batch; ++i) {
            pieces[i] = {buffers[i].data(), buffers[i].size()};
            messages[i].msg_hdr = {&names[i], sizeof names[i], &pieces[i], 1, nullptr, 0, 0};
        }
        int const n = recvmmsg(fd, messages.data(), batch, MSG_WAITFORONE, nullptr);
        if (n <= 0) continue;
        for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
            pieces[i].iov_len = reply_bytes;
        sendmmsg(fd, messages.data(), static_cast<unsigned>(n), 0);
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    int const fd = socket(AF_INET, SOCK_DGRAM, 0);
    bind_to(fd, place_of(argv[1]));
    echo(fd, static_cast<std::size_t>(std::atoi(argv[2])));
}
