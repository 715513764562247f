#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

// Runs a fuzzer without libFuzzer: every file given, or in the directories given, as it is and with
// fixed damages, as many as the first argument says. The same inputs in every run and with every
// compiler.

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace {

namespace fs = std::filesystem;
using input = std::vector<std::uint8_t>;

/// xorshift32 (Marsaglia 2003).
class chance {
public:
    std::uint32_t below(std::size_t bound) {
        state_ ^= state_ << 13U;
        state_ ^= state_ >> 17U;
        state_ ^= state_ << 5U;
        return state_ % static_cast<std::uint32_t>(bound);
    }

private:
    std::uint32_t state_ = 2463534242;
};

/// In memory of exactly its size, so that a sanitizer sees the first byte read behind it.
void run(input bytes) {
    bytes.shrink_to_fit();
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

void damage(input& bytes, chance& random) {
    std::size_t const at = random.below(bytes.size() + 1);
    auto const place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    auto const byte = static_cast<std::uint8_t>(random.below(256));
    static constexpr char grammar[] = "0123456789:deli-";
    switch (random.below(5)) {
    case 0:
        bytes.insert(place, byte);
        break;
    case 1:
        bytes.resize(at);
        break;
    case 2:
        bytes.insert(place, bytes.begin(), place);
        break;
    case 3:
        if (place != bytes.end()) bytes.erase(place);
        break;
    default:
        if (place != bytes.end())
            *place = static_cast<std::uint8_t>(grammar[random.below(sizeof grammar - 1)]);
    }
}

void replay(input const& seed, int damages) {
    run(seed);
    chance random;
    for (int i = 0; i < damages; ++i) {
        input bytes = seed;
        for (std::uint32_t times = random.below(4) + 1; times > 0; --times)
            damage(bytes, random);
        run(std::move(bytes));
    }
}

input read(fs::path const& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

std::vector<fs::path> files_of(fs::path const& given) {
    if (!fs::is_directory(given)) return {given};
    std::vector<fs::path> files;
    for (fs::directory_entry const& entry : fs::directory_iterator{given})
        if (entry.is_regular_file()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

} // namespace

int main(int argc, char** argv) {
    std::size_t count = 0;
    int const damages = argc > 1 ? std::atoi(argv[1]) : 0;
    for (int i = 2; i < argc; ++i)
        for (fs::path const& file : files_of(argv[i])) {
            input const seed = read(file);
            if (seed.empty()) {
                std::fprintf(stderr, "nothing to read in %s\n", file.c_str());
                return 1;
            }
            replay(seed, damages);
            ++count;
        }
    std::printf("%zu files, %d damages of each\n", count, damages);
    return count > 0 ? 0 : 1;
}
