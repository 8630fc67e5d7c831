#include "examples/mortgages/applications.h"

#include <fstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mortgages {

absl::StatusOr<std::vector<Application>> ReadApplications(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  const std::vector<std::string> names = absl::StrSplit(absl::StripSuffix(line, "\r"), ',');

  std::vector<Application> applications;
  for (int number = 2; std::getline(file, line); ++number) {
    const std::vector<std::string> values = absl::StrSplit(absl::StripSuffix(line, "\r"), ',');
    Application application;
    if (values.size() != names.size() || !absl::SimpleAtoi(values[0], &application.number)) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", number, ": not ", names.size(),
                                                     " values that begin with a number"));
    }
    for (std::size_t i = 1; i < names.size(); ++i) application.columns[names[i]] = values[i];
    if (!application.columns.contains("deny")) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": has no column `deny`"));
    }
    applications.push_back(std::move(application));
  }
  return applications;
}

}  // namespace mortgages
