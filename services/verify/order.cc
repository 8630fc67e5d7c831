#include "services/verify/order.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace candor::verify {
namespace {

// Fewer rows than that are swapped or replaced, not shifted.
constexpr std::size_t kFewestShifted = 3;

}  // namespace

Order::Order(std::uint64_t first_position, std::vector<Pair> pairs)
    : first_position_(first_position) {
  std::vector<std::pair<Digest, std::size_t>> by_tile;
  for (const Pair& pair : pairs) by_tile.emplace_back(pair.tile, pair.row);
  std::sort(by_tile.begin(), by_tile.end());
  for (const Pair& pair : pairs) {
    if (pair.leaf == pair.tile) continue;
    const auto at =
        std::lower_bound(by_tile.begin(), by_tile.end(), std::pair(pair.leaf, std::size_t{0}));
    if (at != by_tile.end() && at->first == pair.leaf) elsewhere_[pair.row] = at->second;
  }
  FindShifts(pairs);
}

void Order::FindShifts(const std::vector<Pair>& pairs) {
  Shift shift;
  const auto close = [&] {
    if (shift.end - shift.first >= kFewestShifted) {
      Stretch(shift, pairs);
      shifts_.push_back(shift);
    }
  };
  for (const auto& [row, should_be] : elsewhere_) {
    const auto by = static_cast<std::int64_t>(should_be) - static_cast<std::int64_t>(row);
    if (row == shift.end && by == shift.by && shift.end > shift.first) {
      ++shift.end;
      continue;
    }
    close();
    shift = {.first = row, .end = row + 1, .by = by};
  }
  close();
}

// At the ends of what the tiles of this segment cover, rows come from, or went, beyond.
void Order::Stretch(Shift& shift, const std::vector<Pair>& pairs) const {
  const std::size_t covered = pairs.back().row + 1;
  const auto distance = static_cast<std::size_t>(shift.by < 0 ? -shift.by : shift.by);
  if (shift.by > 0 && shift.end + distance >= covered) shift.end = covered;
  if (shift.by < 0 && shift.first <= distance) shift.first = 0;
}

void Order::NameShifts(Findings& findings) const {
  for (const Shift& shift : shifts_) {
    const std::uint64_t last = first_position_ + shift.end - 1;
    const std::string what =
        shift.by > 0 ? absl::StrCat("up to ", last, " each row is that of ", shift.by,
                                    " positions further on: as many are missing before it")
                     : absl::StrCat("up to ", last, " each row is that of ", -shift.by,
                                    " positions before: as many were put in before it");
    findings.Add({.table = "entries", .position = first_position_ + shift.first, .what = what});
  }
}

bool Order::Explains(std::size_t row) const {
  return std::any_of(shifts_.begin(), shifts_.end(),
                     [&](const Shift& shift) { return row >= shift.first && row < shift.end; });
}

std::optional<std::uint64_t> Order::ElsewhereOf(std::size_t row) const {
  const auto at = elsewhere_.find(row);
  if (at == elsewhere_.end()) return std::nullopt;
  return first_position_ + at->second;
}

}  // namespace candor::verify
