#include "state_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace example {

namespace {

/// Far more than a routing table needs: a wrong path must not fill the memory.
constexpr std::size_t state_bytes_max = 16'777'216;

[[noreturn]] void fail(std::filesystem::path const& path) {
    throw std::system_error{errno, std::generic_category(), path.string()};
}

class open_file {
public:
    open_file(std::filesystem::path const& path, int flags)
        : path_{path},
          descriptor_{::open(path.c_str(), flags | O_CLOEXEC, 0600)} {}

    ~open_file() {
        if (is_open()) ::close(descriptor_);
    }

    open_file(open_file const&) = delete;
    open_file& operator=(open_file const&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }

    /// 0: the end.
    std::size_t read(std::span<std::byte> out) {
        ssize_t const taken = ::read(descriptor_, out.data(), out.size());
        if (taken < 0) fail(path_);
        return static_cast<std::size_t>(taken);
    }

    void write(dht::byte_view bytes) {
        while (!bytes.empty()) {
            ssize_t const written = ::write(descriptor_, bytes.data(), bytes.size());
            if (written < 0 && errno != EINTR) fail(path_);
            if (written > 0) bytes = bytes.subspan(static_cast<std::size_t>(written));
        }
    }

    void sync() {
        if (::fsync(descriptor_) != 0) fail(path_);
    }

private:
    std::filesystem::path path_;
    int descriptor_;
};

} // namespace

std::vector<std::byte> read_file(std::filesystem::path const& path) {
    open_file file{path, O_RDONLY};
    if (!file.is_open() && errno == ENOENT) return {};
    if (!file.is_open()) fail(path);
    std::vector<std::byte> bytes;
    std::array<std::byte, 16'384> part{};
    while (std::size_t const taken = file.read(part)) {
        bytes.insert(bytes.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(taken));
        if (bytes.size() > state_bytes_max)
            throw std::system_error{std::make_error_code(std::errc::file_too_large), path.string()};
    }
    return bytes;
}

void replace_file(std::filesystem::path const& path, dht::byte_view bytes) {
    std::filesystem::path beside = path;
    beside.replace_extension(std::to_string(::getpid()) + ".new");
    {
        open_file file{beside, O_WRONLY | O_CREAT | O_TRUNC};
        if (!file.is_open()) fail(beside);
        file.write(bytes);
        file.sync();
    }
    std::filesystem::rename(beside, path);
}

std::optional<std::filesystem::path> set_aside(std::filesystem::path const& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
    std::filesystem::path aside = path;
    aside += ".damaged";
    for (int n = 2; std::filesystem::exists(aside, error); ++n) {
        aside = path;
        aside += ".damaged." + std::to_string(n);
    }
    std::filesystem::rename(path, aside, error);
    return error ? std::nullopt : std::optional{aside};
}

} // namespace example
