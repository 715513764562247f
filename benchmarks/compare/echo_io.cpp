// The same as echo.cpp by this library's sockets and poll, as in ours.cpp, but without its clock
// and deadlines: the least of what a node costs that is not the node's.
//
// usage: echo_io ADDRESS:PORT BYTES

#include <dht/io/udp_socket.hpp>

#include <asio/io_context.hpp>

#include "batch_socket.hpp"
#include <cstdlib>
#include <poll.h>

namespace {

using namespace dht;

[[noreturn]] void echo(io::udp_socket& socket, std::size_t reply_bytes) {
    std::vector<std::byte> const reply(reply_bytes);
    std::vector<transmit> answers;
    io::input_batch came;
    for (;;) {
        if (socket.receive(came) == io::udp_socket::input::datagram) {
            for (auto const& d : came.datagrams())
                answers.push_back({0, d.from, reply});
            socket.send(answers);
            answers.clear();
        }
        pollfd input{socket.native().native_handle(), POLLIN, 0};
        poll(&input, 1, -1);
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    compare::place const p = compare::place_of(argv[1]);
    asio::io_context context;
    io::udp_socket socket{context.get_executor(), {address::v4(p.ip), p.port}};
    echo(socket, static_cast<std::size_t>(std::atoi(argv[2])));
}
