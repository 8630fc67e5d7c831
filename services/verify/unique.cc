#include "services/verify/unique.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace candor::verify {
namespace {

constexpr std::uint64_t kIdsInAPart = 1 << 20;

// The last bits are random in every version that is accepted.
std::uint64_t LastBits(const Uuid& id) {
  std::uint64_t bits = 0;
  for (std::size_t i = 9; i < id.bytes.size(); ++i) bits = bits << 8 | id.bytes[i];
  return bits;
}

}  // namespace

void UniqueIds::Add(std::uint64_t first, std::span<const Uuid> ids) {
  runs_.emplace_back(first, ids);
  count_ += ids.size();
}

void UniqueIds::Check() {
  const std::uint64_t parts = count_ / kIdsInAPart + 1;
  for (std::uint64_t part = 0; part < parts; ++part) CheckPart(part, parts);
}

void UniqueIds::CheckPart(std::uint64_t part, std::uint64_t parts) {
  std::vector<std::pair<Uuid, std::uint64_t>> ids;
  ids.reserve(count_ / parts + count_ / parts / 8);
  for (const auto& [first, run] : runs_) {
    for (std::size_t i = 0; i < run.size(); ++i) {
      if (run[i] != Uuid() && LastBits(run[i]) % parts == part) ids.emplace_back(run[i], first + i);
    }
  }
  std::sort(ids.begin(), ids.end());
  for (std::size_t i = 1; i < ids.size(); ++i) {
    if (ids[i].first != ids[i - 1].first) continue;
    findings_.Add({.table = "entries",
                   .position = ids[i].second,
                   .column = column_,
                   .what = absl::StrCat("is that of position ", ids[i - 1].second)});
  }
}

}  // namespace candor::verify
