#include "services/verify/finding.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"

namespace candor::verify {

std::string ToText(const Finding& finding) {
  std::string text = finding.table;
  if (finding.position) absl::StrAppend(&text, " ", *finding.position);
  if (!finding.column.empty()) absl::StrAppend(&text, " ", finding.column);
  absl::StrAppend(&text, ": ", finding.what);
  return text;
}

void Findings::Add(Finding finding) {
  if (findings_.size() < kMaxFindings) {
    findings_.push_back(std::move(finding));
  } else {
    ++more_;
  }
}

void Findings::Append(Findings other) {
  for (Finding& finding : other.findings_) Add(std::move(finding));
  more_ += other.more_;
}

std::vector<Finding> Findings::Take() && {
  const auto place = [](const Finding& finding) {
    return finding.position.value_or(std::numeric_limits<std::uint64_t>::max());
  };
  std::stable_sort(findings_.begin(), findings_.end(),
                   [&](const Finding& a, const Finding& b) { return place(a) < place(b); });
  if (more_ > 0) {
    findings_.push_back({.table = "verification", .what = absl::StrCat(more_, " more findings")});
  }
  return std::move(findings_);
}

}  // namespace candor::verify
