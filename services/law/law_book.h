// The book of laws: the clocks and calendars of policies/law, and which calendar each tenant keeps.
//
// A value; any thread may call.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/law/clocks.h"

namespace candor::law {

struct LawFile {
  std::string name, text;
};

// Those of policies/law, as they were when this program was built.
std::vector<LawFile> ShippedLaws();

class LawBook {
 public:
  // Errors: kInvalidArgument with the file, and the line and column or the member in it, and what is wrong.
  static absl::StatusOr<LawBook> Read(const std::vector<LawFile>& laws);

  // Adds which calendar each tenant keeps: an object `tenants` that holds for each id of a tenant `calendar`, the
  // name of one, `zone` and `holidays`, its own. Errors: as above.
  absl::Status ReadTenants(const LawFile& file);

  // The clock of that code; nullptr: there is none.
  const Clock* Find(std::string_view code) const;
  // That which a person's request of a kind, a word of the contract's CaseKind, starts on a day. What no law
  // in force then times has `c_30`.
  const Clock& ClockOf(std::string_view case_kind, absl::CivilDay day) const;

  const std::vector<Clock>& clocks() const { return clocks_; }
  const Calendar* FindCalendar(std::string_view name) const;
  const Calendar& CalendarOf(std::string_view tenant_id) const;

 private:
  std::vector<Clock> clocks_;
  std::map<std::string, Calendar, std::less<>> calendars_, tenants_;
  Calendar weekends_;
};

}  // namespace candor::law
