#include "services/law/small_cells.h"

#include <map>
#include <utility>

namespace candor::law {
namespace {

// Hides one more of the cells at `places`, if what is hidden of them could be told from their sum.
bool HideMore(const std::vector<Cell>& cells, const std::vector<std::size_t>& places, std::vector<bool>& hidden) {
  std::size_t count = 0, smallest = cells.size();
  std::uint64_t people = 0;
  for (const std::size_t at : places) {
    if (hidden[at]) {
      ++count;
      people += cells[at].people;
    } else if (smallest == cells.size() || cells[at].people < cells[smallest].people) {
      smallest = at;
    }
  }
  if (count == 0 || (count > 1 && people >= kSmallestCell) || smallest == cells.size()) return false;
  return hidden[smallest] = true;
}

}  // namespace

std::vector<bool> Hidden(const std::vector<Cell>& cells) {
  std::vector<bool> hidden;
  std::vector<std::vector<std::size_t>> sums(1);  // Cells that a sum is shown of; the first: all.
  std::map<std::pair<std::size_t, std::string>, std::vector<std::size_t>> sharing;
  for (std::size_t at = 0; at < cells.size(); ++at) {
    hidden.push_back(cells[at].people < kSmallestCell);
    sums[0].push_back(at);
    const auto& values = cells[at].values;
    for (std::size_t i = 0; values.size() > 1 && i < values.size(); ++i) sharing[{i, values[i]}].push_back(at);
  }
  for (auto& [_, places] : sharing) sums.push_back(std::move(places));
  for (bool more = true; more;) {
    more = false;
    for (const auto& places : sums) more = HideMore(cells, places, hidden) || more;
  }
  return hidden;
}

}  // namespace candor::law
