#include "seed_file.hpp"

#include <dht/policy/random_source.hpp>

#include "../common/hex_text.hpp"
#include "usage_error.hpp"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace example {

dht::ed25519_key_pair read_seed_file(std::filesystem::path const& path) {
    std::vector<std::byte> const content = read_given_file(path);
    std::string_view digits = dht::as_text(content);
    while (!digits.empty() && (digits.back() == '\n' || digits.back() == '\r'))
        digits.remove_suffix(1);
    dht::ed25519_seed seed{};
    if (!dht::from_hex(digits, seed))
        throw usage_error{path.string() + ": no key (64 hex digits); make one with dht keygen"};
    return dht::ed25519_key_pair::from_seed(seed);
}

dht::ed25519_key_pair make_seed_file(std::filesystem::path const& path) {
    dht::ed25519_seed seed{};
    dht::system_random{}.fill(seed);
    std::string const line = hex(seed) + '\n';
    int const file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool const is_new = file >= 0;
    bool const written =
        is_new && ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
        ::fsync(file) == 0;
    int const error = errno;
    if (is_new) ::close(file);
    if (!is_new && error == EEXIST)
        throw usage_error{path.string() +
                          ": is there already, and keys are not overwritten; choose "
                          "another name, or remove it first"};
    if (!written) throw usage_error{path.string() + ": " + std::strerror(error)};
    return dht::ed25519_key_pair::from_seed(seed);
}

} // namespace example
