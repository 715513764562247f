// The same as echo.cpp by io_uring: one call sends a batch of answers and takes the next queries.
//
// usage: echo_uring ADDRESS:PORT BYTES

#include "batch_socket.hpp"
#include <array>
#include <cstdlib>
#include <liburing.h>
#include <vector>

using namespace compare;

namespace {

void check(int outcome, char const* what) {
    if (outcome < 0) throw std::system_error{-outcome, std::generic_category(), what};
}

/// Where the kernel writes a query and who sent it, and from where the answer leaves.
struct letter {
    io_uring_recvmsg_out head;
    sockaddr_in from;
    std::array<char, 33 * 64 - sizeof head - sizeof from> bytes; // an odd number of cache lines
};

/// Its settings are the ones that measured best: multishot recvmsg into provided buffers, send with
/// an address (no msghdr to copy), a registered socket and ring, no completion for what was sent.
class uring_echo {
public:
    uring_echo(int fd, std::size_t reply_bytes) : reply_bytes_{reply_bytes} {
        io_uring_params how{};
        how.flags =
            IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL;
        check(io_uring_queue_init_params(2 * letters_max, &ring_, &how), "io_uring_setup");
        check(io_uring_register_files(&ring_, &fd, 1), "register_files");
        check(io_uring_register_ring_fd(&ring_), "register_ring_fd");
        provide_letters();
    }

    [[noreturn]] void run() {
        listen();
        for (;;) {
            io_uring_submit_and_wait(&ring_, 1);
            take_back();
            answer();
        }
    }

private:
    static constexpr unsigned letters_max = 256; // a power of two, and more than are on their way
    static constexpr unsigned group = 0;

    void provide_letters() {
        void* const memory = std::aligned_alloc(4096, 4096);
        available_ = static_cast<io_uring_buf_ring*>(memory);
        io_uring_buf_reg where{};
        where.ring_addr = reinterpret_cast<std::uintptr_t>(memory);
        where.ring_entries = letters_max;
        where.bgid = group;
        check(io_uring_register_buf_ring(&ring_, &where, 0), "register_buf_ring");
        io_uring_buf_ring_init(available_);
        for (unsigned i = 0; i < letters_max; ++i)
            answered_.push_back(i);
        take_back();
    }

    /// They are sent when io_uring_submit() returns: MSG_DONTWAIT does not let them stay behind.
    void take_back() {
        int const mask = io_uring_buf_ring_mask(letters_max);
        int n = 0;
        for (unsigned const i : answered_)
            io_uring_buf_ring_add(available_, &letters_[i], sizeof(letter),
                                  static_cast<unsigned short>(i), mask, n++);
        io_uring_buf_ring_advance(available_, n);
        answered_.clear();
    }

    void listen() {
        io_uring_sqe* const s = io_uring_get_sqe(&ring_);
        io_uring_prep_recvmsg_multishot(s, 0, &shape_, 0);
        io_uring_sqe_set_data(s, &shape_);
        s->flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
        s->buf_group = group;
    }

    void answer() {
        unsigned head = 0;
        unsigned seen = 0;
        bool listens = true;
        io_uring_cqe* c = nullptr;
        io_uring_for_each_cqe(&ring_, head, c) {
            ++seen;
            if ((c->flags & IORING_CQE_F_BUFFER) != 0) send(c->flags >> IORING_CQE_BUFFER_SHIFT);
            if (io_uring_cqe_get_data(c) == &shape_) listens = (c->flags & IORING_CQE_F_MORE) != 0;
        }
        io_uring_cq_advance(&ring_, seen);
        if (!listens) listen();
    }

    void send(unsigned i) {
        letter& l = letters_[i];
        io_uring_sqe* const s = io_uring_get_sqe(&ring_);
        io_uring_prep_send(s, 0, l.bytes.data(), reply_bytes_, MSG_DONTWAIT);
        io_uring_prep_send_set_addr(s, reinterpret_cast<sockaddr*>(&l.from), sizeof l.from);
        io_uring_sqe_set_data(s, nullptr);
        s->flags |= IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS;
        answered_.push_back(i);
    }

    std::size_t reply_bytes_;
    io_uring ring_{};
    io_uring_buf_ring* available_ = nullptr;
    msghdr shape_{nullptr, sizeof(sockaddr_in), nullptr, 0, nullptr, 0, 0};
    std::vector<letter> letters_ = std::vector<letter>(letters_max);
    std::vector<unsigned> answered_;
};

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    int const fd = socket(AF_INET, SOCK_DGRAM, 0);
    bind_to(fd, place_of(argv[1]));
    uring_echo{fd, static_cast<std::size_t>(std::atoi(argv[2]))}.run();
}
