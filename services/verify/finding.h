// What a verifier found: never a bare bool, always the table, row and column.
//
// Values; distinct ones may be used by distinct threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace candor::verify {

struct Finding {
  std::string table;  // Where: a table of the ledger, or `receipt`, `checkpoint`, `heads`.
  std::optional<std::uint64_t> position{};  // The leaf's; of a tile, its index in its level.
  std::string column{};                     // Empty: the whole row.
  std::string what{};                       // What is wrong; quotes no value but the key of a row.

  auto operator<=>(const Finding&) const = default;
};

// `entries 17 leaf: is not what chain and tile hold`
std::string ToText(const Finding& finding);

// No list of findings grows beyond this; a last one says how many more there were.
inline constexpr std::size_t kMaxFindings = 10'000;

// Collects findings up to that number.
class Findings {
 public:
  void Add(Finding finding);
  void Append(Findings other);

  bool empty() const { return findings_.empty(); }

  // By position, those without one last.
  std::vector<Finding> Take() &&;

 private:
  std::vector<Finding> findings_;
  std::uint64_t more_ = 0;
};

}  // namespace candor::verify
