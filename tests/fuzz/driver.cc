// Runs a fuzz target without libFuzzer: over the files named on the command line, or over
// its seeds and a fixed number of mutations of them (CANDOR_FUZZ_RUNS, else 20,000).
// `--seeds <folder>` writes the seeds as files, for libFuzzer to begin with.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace candor::fuzz {
namespace {

// SplitMix64: the same numbers on every machine.
class Numbers {
 public:
  std::size_t Below(std::size_t end) { return end == 0 ? 0 : Next() % end; }
  char Byte() { return static_cast<char>(Next() & 0xff); }

 private:
  std::uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }

  std::uint64_t state_ = 42;
};

void Run(const std::string& input) {
  // A copy of the exact size, so that a read beyond its end is noticed.
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

void MutateOnce(std::string& text, const std::vector<std::string>& seeds, Numbers& numbers) {
  const std::size_t at = numbers.Below(text.size() + 1);
  const std::size_t length = numbers.Below(std::min<std::size_t>(text.size() - at, 16) + 1);
  const std::string& other = seeds[numbers.Below(seeds.size())];
  switch (numbers.Below(7)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ 1 << numbers.Below(8));
      break;
    case 1:
      if (at < text.size()) text[at] = numbers.Byte();
      break;
    case 2:
      text.insert(at, 1, numbers.Byte());
      break;
    case 3:
      text.erase(at, length);
      break;
    case 4:
      text.insert(at, text.substr(at, length));
      break;
    case 5:
      text.insert(at, other.substr(numbers.Below(other.size() + 1), length + 1));
      break;
    default:
      text = text.substr(0, at) + other.substr(std::min(at, other.size()));
  }
}

void RunMutations(const std::vector<std::string>& seeds, long runs) {
  Numbers numbers;
  for (long run = 0; run < runs; ++run) {
    std::string text = seeds[numbers.Below(seeds.size())];
    for (std::size_t left = 1 + numbers.Below(4); left > 0; --left) {
      MutateOnce(text, seeds, numbers);
    }
    Run(text);
  }
}

void WriteSeeds(const std::string& folder) {
  const std::vector<std::string> seeds = Seeds();
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    std::ofstream(folder + "/seed-" + std::to_string(i), std::ios::binary) << seeds[i];
  }
}

}  // namespace
}  // namespace candor::fuzz

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--seeds") {
    candor::fuzz::WriteSeeds(argv[2]);
    return 0;
  }
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    candor::fuzz::Run({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
  }
  if (argc > 1) return 0;
  const std::vector<std::string> seeds = candor::fuzz::Seeds();
  for (const std::string& seed : seeds) candor::fuzz::Run(seed);
  const char* wanted = std::getenv("CANDOR_FUZZ_RUNS");
  const long runs = wanted != nullptr ? std::atol(wanted) : 20'000;
  candor::fuzz::RunMutations(seeds, runs);
  std::printf("%zu seeds and %ld mutations of them\n", seeds.size(), runs);
  return 0;
}
