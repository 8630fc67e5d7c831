#include "services/law/law_book.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "services/base/id.h"
#include "services/base/status.h"
#include "services/core/json/json.h"
#include "services/core/text/grammar.h"

namespace candor::law {
namespace {

using nlohmann::json;

constexpr int kMostDepth = 8, kMostOfALength = 3650;
constexpr std::string_view kOtherwise = "c_30";
constexpr std::array<std::string_view, 7> kStatuses = {"in_force", "enacted_future", "draft", "withdrawn",
                                                       "repealed", "enjoined",       "design"};
constexpr std::array<std::string_view, 7> kWeekdays = {"monday", "tuesday",  "wednesday", "thursday",
                                                       "friday", "saturday", "sunday"};

// The members of one object, each read once; the first thing that is wrong is kept, with its place.
class Members {
 public:
  Members(const json& object, std::string place, absl::Status& wrong) : object_(object), place_(std::move(place)), wrong_(wrong) {
    if (!object.is_object()) Refuse("", "must be an object");
  }
  ~Members() {
    if (!object_.is_object()) return;
    for (const auto& [name, _] : object_.items()) {
      if (!read_.contains(name)) Refuse(name, "is not known here");
    }
  }
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  void Refuse(std::string_view name, std::string_view what) const {
    if (!wrong_.ok()) return;
    std::string place = place_;
    if (!name.empty()) place.append(place.ends_with(": ") ? "" : ".").append(name);
    wrong_ = absl::InvalidArgumentError(place + ": " + std::string(what));
  }
  std::string Place(std::string_view name) const {
    return place_ + (place_.ends_with(": ") ? "" : ".") + std::string(name);
  }
  absl::Status& wrong() const { return wrong_; }

  const json* Find(const char* name) {
    read_.insert(name);
    const auto found = object_.is_object() ? object_.find(name) : object_.end();
    return found == object_.end() ? nullptr : &*found;
  }

  std::string Text(const char* name, bool required = true) {
    const json* value = Find(name);
    if (value == nullptr && !required) return {};
    const auto* text = value == nullptr ? nullptr : value->get_ptr<const std::string*>();
    if (text != nullptr && !text->empty()) return *text;
    Refuse(name, "must be a text");
    return {};
  }
  std::string Code(const char* name) {
    std::string code = Text(name);
    if (!code.empty() && !core::IsCode(code)) Refuse(name, "must be a code, such as c_30");
    return code;
  }
  template <std::size_t N>
  std::string OneOf(const char* name, const std::array<std::string_view, N>& words) {
    std::string word = Text(name);
    if (std::find(words.begin(), words.end(), word) != words.end()) return word;
    std::string all;
    for (const std::string_view one : words) all.append(all.empty() ? "" : ", ").append(one);
    Refuse(name, "must be one of " + all);
    return {};
  }
  // 0: it is not there.
  int Number(const char* name, int least, int most) {
    const json* value = Find(name);
    if (value == nullptr) return 0;
    const auto* number = value->get_ptr<const json::number_integer_t*>();
    if (number != nullptr && *number >= least && *number <= most) return static_cast<int>(*number);
    Refuse(name, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return 0;
  }
  bool Flag(const char* name) {
    const json* value = Find(name);
    if (value == nullptr) return false;
    if (!value->is_boolean()) Refuse(name, "must be true or false");
    return value->is_boolean() && value->get<bool>();
  }
  std::optional<absl::CivilDay> Day(const char* name) {
    const std::string text = Text(name, /*required=*/false);
    if (text.empty()) return std::nullopt;
    absl::CivilDay day;
    const bool read = text.size() == 10 && absl::ParseCivilTime(text, &day) && absl::FormatCivilTime(day) == text;
    if (!read) Refuse(name, "must be a day, such as 2026-12-24");
    return read ? std::optional(day) : std::nullopt;
  }
  std::vector<std::string> Codes(const char* name) {
    std::vector<std::string> codes;
    Each(name, [&](const json& item, const std::string& place) {
      const auto* code = item.get_ptr<const std::string*>();
      if (code != nullptr && core::IsCode(*code)) {
        codes.push_back(*code);
      } else if (wrong_.ok()) {
        wrong_ = absl::InvalidArgumentError(place + ": must be a code");
      }
    });
    return codes;
  }
  template <typename Take>
  void Each(const char* name, const Take& take) {
    const json* list = Find(name);
    if (list == nullptr) return;
    if (!list->is_array()) return Refuse(name, "must be a list");
    for (std::size_t i = 0; i < list->size(); ++i) take((*list)[i], Place(name) + "[" + std::to_string(i) + "]");
  }

 private:
  const json& object_;
  const std::string place_;
  absl::Status& wrong_;
  std::set<std::string> read_;
};

Length LengthOf(Members& clock, const char* name, bool required) {
  Length length;
  const json* value = clock.Find(name);
  if (value == nullptr) {
    if (required) clock.Refuse(name, "must say how long");
    return length;
  }
  int years = 0;
  {
    Members members(*value, clock.Place(name), clock.wrong());
    years = members.Number("years", 1, 10);
    length.months = members.Number("months", 1, kMostOfALength / 31) + 12 * years;
    length.days = members.Number("days", 1, kMostOfALength);
    length.business_days = members.Number("business_days", 1, kMostOfALength / 2);
    length.hours = members.Number("hours", 1, kMostOfALength * 24);
  }
  if (value->is_object() && value->size() != 1) clock.Refuse(name, "must hold one of years, months, days, business_days, hours");
  return length;
}

bool HaveOneUnit(const Length& one, const Length& other) {
  return (one.months > 0) == (other.months > 0) && (one.days > 0) == (other.days > 0) &&
         (one.business_days > 0) == (other.business_days > 0) && (one.hours > 0) == (other.hours > 0);
}

Clock ClockIn(const json& value, const std::string& place, absl::Status& wrong) {
  Members members(value, place, wrong);
  Clock clock;
  clock.code = members.Code("id");
  clock.law = members.Text("law");
  clock.article = members.Text("article");
  clock.starts = members.Text("starts");
  clock.ends = members.Text("ends");
  clock.source = members.Text("source");
  clock.status = members.OneOf("status", kStatuses);
  clock.case_kinds = members.Codes("for");
  clock.length = LengthOf(members, "length", /*required=*/true);
  clock.extension = LengthOf(members, "extension", /*required=*/false);
  clock.stops_for = members.Codes("stops_for");
  clock.rolls = members.Flag("rolls");
  clock.from = members.Day("from").value_or(absl::CivilDay::min());
  clock.until = members.Day("until").value_or(absl::CivilDay::max());
  if (clock.extension.IsSet() && !HaveOneUnit(clock.length, clock.extension)) {
    members.Refuse("extension", "must be of the same unit as length");
  }
  if (clock.length.hours > 0 && (clock.rolls || !clock.stops_for.empty())) {
    members.Refuse("length", "of hours neither rolls nor stops");
  }
  if (clock.from > clock.until) members.Refuse("until", "must not lie before from");
  return clock;
}

Holiday HolidayIn(const json& value, const std::string& place, absl::Status& wrong) {
  Members members(value, place, wrong);
  Holiday holiday;
  holiday.name = members.Text("name");
  holiday.date = members.Day("date");
  holiday.month = members.Number("month", 1, 12);
  holiday.day = members.Number("day", 1, 31);
  holiday.nth = members.Number("nth", -1, 5);
  if (members.Find("easter") != nullptr) holiday.easter = members.Number("easter", -60, 100);
  if (const int since = members.Number("since", 1583, 9999); since > 0) holiday.since = since;
  if (members.Find("weekday") != nullptr) {
    const std::string weekday = members.OneOf("weekday", kWeekdays);
    const auto* found = std::find(kWeekdays.begin(), kWeekdays.end(), weekday);
    holiday.weekday = static_cast<absl::Weekday>(found - kWeekdays.begin());
  }
  const bool by_day = holiday.day > 0, by_weekday = holiday.weekday.has_value();
  const int rules = (holiday.date ? 1 : 0) + (holiday.easter ? 1 : 0) + (by_day ? 1 : 0) + (by_weekday ? 1 : 0);
  if (by_day && absl::CivilDay(2024, holiday.month, holiday.day).day() != holiday.day) {
    members.Refuse("day", "is none of that month");
  }
  if (rules != 1 || (holiday.month > 0) != (by_day || by_weekday) || (holiday.nth != 0) != by_weekday) {
    members.Refuse("", "must say when: date; or easter; or month and day; or month, weekday and nth");
  }
  return holiday;
}

void FillCalendar(Members& members, std::vector<Holiday>& holidays, Calendar& calendar) {
  members.Each("holidays", [&](const json& item, const std::string& place) {
    holidays.push_back(HolidayIn(item, place, members.wrong()));
  });
  const std::string zone = members.Text("zone", /*required=*/false);
  if (!zone.empty() && !absl::LoadTimeZone(zone, &calendar.zone)) {
    members.Refuse("zone", "must be a time zone that this machine knows, such as Europe/Berlin");
  }
}

// Each file holds one object, named after where its law holds.
absl::StatusOr<json> Parse(const LawFile& file) {
  const absl::Status is_json = core::CheckFreeJson(file.text, kMostDepth);
  if (is_json.ok()) return json::parse(file.text, nullptr, /*allow_exceptions=*/false);
  // "byte N: what is wrong": people count lines and columns.
  const std::string message(is_json.message());
  std::string_view what = message;
  std::size_t at = 0;
  if (what.starts_with("byte ")) {
    for (what.remove_prefix(5); !what.empty() && what[0] != ':'; what.remove_prefix(1)) at = at * 10 + static_cast<std::size_t>(what[0] - '0');
    what.remove_prefix(2);
  }
  const std::string_view before = std::string_view(file.text).substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t column = at - (before.rfind('\n') + 1) + 1;
  return absl::InvalidArgumentError(file.name + ": line " + std::to_string(line) + ", column " + std::to_string(column) +
                                    ": " + std::string(what));
}

bool Counts(const Clock& clock) {
  return clock.status == "in_force" || clock.status == "enacted_future" || clock.status == "design";
}

// Two clocks that one request would start on one day leave open which counts.
bool Collide(const Clock& one, const Clock& other) {
  if (!Counts(one) || !Counts(other) || one.from > other.until || other.from > one.until) return false;
  return std::any_of(one.case_kinds.begin(), one.case_kinds.end(), [&](const std::string& kind) {
    return std::find(other.case_kinds.begin(), other.case_kinds.end(), kind) != other.case_kinds.end();
  });
}

}  // namespace

std::vector<LawFile> ShippedLaws() {
  static constexpr struct {
    const char *name, *text;
  } kFiles[] = {
#include "laws.inc"
  };
  std::vector<LawFile> laws;
  for (const auto& file : kFiles) laws.push_back({"policies/law/" + std::string(file.name) + ".json", file.text});
  return laws;
}

absl::StatusOr<LawBook> LawBook::Read(const std::vector<LawFile>& laws) {
  LawBook book;
  for (const LawFile& file : laws) {
    CANDOR_ASSIGN_OR_RETURN(const json root, Parse(file));
    absl::Status wrong;
    if (!root.is_object() || root.size() != 1 || !core::IsCode(root.begin().key())) {
      return absl::InvalidArgumentError(file.name + ": must hold one object, named by a code");
    }
    const std::string where = root.begin().key();
    {
      Members members(root.begin().value(), file.name + ": " + where, wrong);
      members.Each("clocks", [&](const json& item, const std::string& place) {
        Clock clock = ClockIn(item, place, wrong);
        for (const Clock& other : book.clocks_) {
          const bool again = other.code == clock.code;
          if (wrong.ok() && (again || Collide(other, clock))) {
            wrong = absl::InvalidArgumentError(place + (again ? ".id: there are two of this name"
                                                              : ".for: " + other.code + " times one of these kinds too"));
          }
        }
        book.clocks_.push_back(std::move(clock));
      });
      if (const json* value = members.Find("calendar")) {
        Members parts(*value, members.Place("calendar"), wrong);
        static constexpr std::array<std::string_view, 2> kObserved = {"nearest_weekday", "next_weekday"};
        Calendar& calendar = book.calendars_[where];
        calendar.name = where;
        parts.Text("source");
        if (parts.Find("observed") != nullptr) {
          calendar.observed = parts.OneOf("observed", kObserved) == kObserved[0] ? Calendar::Observed::kNearestWeekday
                                                                                 : Calendar::Observed::kNextWeekday;
        }
        FillCalendar(parts, calendar.holidays, calendar);
      }
    }
    CANDOR_RETURN_IF_ERROR(wrong);
  }
  if (book.Find(kOtherwise) != nullptr) return book;
  return absl::InvalidArgumentError("no law file holds the clock c_30, for what no law times");
}

absl::Status LawBook::ReadTenants(const LawFile& file) {
  CANDOR_ASSIGN_OR_RETURN(const json root, Parse(file));
  absl::Status wrong;
  {
    Members top(root, file.name + ": ", wrong);
    const json* tenants = top.Find("tenants");
    if (tenants == nullptr || !tenants->is_object()) {
      top.Refuse("tenants", "must be an object");
      return wrong;
    }
    for (const auto& [tenant_id, value] : tenants->items()) {
      Members members(value, top.Place("tenants") + "." + tenant_id, wrong);
      if (!Uuid::FromText(tenant_id)) members.Refuse("", "is no id of a tenant: a UUID");
      const std::string named = members.Text("calendar", /*required=*/false);
      const Calendar* base = named.empty() ? &weekends_ : FindCalendar(named);
      if (base == nullptr) members.Refuse("calendar", "there is none of this name in policies/law");
      Calendar calendar = base == nullptr ? Calendar() : *base;
      const bool has_zone = base != nullptr && base->zone != absl::UTCTimeZone();
      if (!has_zone && members.Find("zone") == nullptr) members.Refuse("zone", "is required: the calendar names none");
      FillCalendar(members, calendar.own, calendar);
      if (!calendar.own.empty()) calendar.name += calendar.name.empty() ? "own" : ":own";
      tenants_[tenant_id] = std::move(calendar);
    }
  }
  return wrong;
}

const Clock* LawBook::Find(std::string_view code) const {
  const auto found = std::find_if(clocks_.begin(), clocks_.end(), [&](const Clock& one) { return one.code == code; });
  return found == clocks_.end() ? nullptr : &*found;
}

const Clock& LawBook::ClockOf(std::string_view case_kind, absl::CivilDay day) const {
  for (const Clock& clock : clocks_) {
    const bool times = std::find(clock.case_kinds.begin(), clock.case_kinds.end(), case_kind) != clock.case_kinds.end();
    if (times && Counts(clock) && clock.IsInForceOn(day)) return clock;
  }
  return *Find(kOtherwise);
}

const Calendar* LawBook::FindCalendar(std::string_view name) const {
  const auto found = calendars_.find(name);
  return found == calendars_.end() ? nullptr : &found->second;
}

const Calendar& LawBook::CalendarOf(std::string_view tenant_id) const {
  const auto found = tenants_.find(tenant_id);
  return found == tenants_.end() ? weekends_ : found->second;
}

}  // namespace candor::law
