#include "services/flow/filter.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "services/base/id.h"
#include "services/base/status.h"
#include "services/core/text/grammar.h"
#include "services/domain/terms.h"

namespace candor::flow {
namespace {

using domain::FieldKind;
using store::Step;
using Op = Step::Op;
using Relation = Step::Relation;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsNameChar(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }
// Of a value without quotation marks.
bool IsBare(char c) {
  return !IsSpace(c) && std::string_view("()\"'<>!,").find(c) == std::string_view::npos;
}

// `2026-01-31`, or RFC 3339.
std::optional<std::string> TimeOf(const std::string& value) {
  absl::Time time;
  std::string ignored;
  const bool is_day = value.size() == 10 && absl::ParseTime("%Y-%m-%d", value, absl::UTCTimeZone(), &time, &ignored);
  if (!is_day && (value.size() < 20 || !absl::ParseTime(absl::RFC3339_full, value, &time, &ignored))) return std::nullopt;
  return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<store::Condition> Parse() {
    for (SkipSpace(); at_ < text_.size(); SkipSpace()) {
      CANDOR_RETURN_IF_ERROR(wants_condition_ ? TakeCondition() : TakeJoint());
    }
    if (wants_condition_ && !empty()) return Bad(at_, "a condition is expected, such as action = refund.grant");
    while (!waiting_.empty()) {
      if (waiting_.back().kind == Kind::kOpen) return Bad(waiting_.back().at, "this ( is never closed");
      Settle();
    }
    return std::move(steps_);
  }

 private:
  enum class Kind { kOpen, kAnd, kOr, kNot };
  struct Waiting {
    Kind kind;
    std::size_t at;
  };
  struct Value {
    std::string text;
    std::size_t at = 0;
    bool quoted = false;
  };

  absl::Status Bad(std::size_t at, const std::string& what) const {
    // Characters, not bytes; a byte that continues one is none.
    const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
    const auto before = std::count_if(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at), begins);
    return BadField("filter", "character " + std::to_string(before + 1) + ": " + what);
  }
  bool empty() const { return steps_.empty() && waiting_.empty(); }
  void SkipSpace() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  }
  bool TakeWord(std::string_view word) {
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with(word) || (rest.size() > word.size() && IsBare(rest[word.size()]))) return false;
    at_ += word.size();
    return true;
  }

  // Applies what waits last to the steps before it. What is not not so is so.
  void Settle() {
    if (waiting_.back().kind == Kind::kNot && steps_.back().op == Op::kNot) {
      steps_.pop_back();
      waiting_.pop_back();
      return;
    }
    steps_.push_back({.op = waiting_.back().kind == Kind::kNot ? Op::kNot
                            : waiting_.back().kind == Kind::kOr ? Op::kOr : Op::kAnd});
    waiting_.pop_back();
  }
  // What binds tighter than `kind`, or as tight and stands before it, comes first.
  void Join(Kind kind, std::size_t at) {
    while (!waiting_.empty() && waiting_.back().kind != Kind::kOpen && waiting_.back().kind >= kind) Settle();
    waiting_.push_back({kind, at});
    wants_condition_ = true;
  }
  absl::Status Nest(Kind kind, std::size_t at) {
    if (++depth_ > kMostFilterDepth) return Bad(at, "at most 32 NOT and ( lie inside one another");
    waiting_.push_back({kind, at});
    return absl::OkStatus();
  }
  void SettleNot() {
    for (; !waiting_.empty() && waiting_.back().kind == Kind::kNot; --depth_) Settle();
  }

  // After a condition: what joins it to the next one, or ends a group.
  absl::Status TakeJoint() {
    const std::size_t at = at_;
    if (text_[at_] == ')') {
      ++at_;
      while (!waiting_.empty() && waiting_.back().kind != Kind::kOpen) Settle();
      if (waiting_.empty()) return Bad(at, "there is no ( that this ) closes");
      waiting_.pop_back();
      --depth_;
      SettleNot();
      return absl::OkStatus();
    }
    if (TakeWord("AND")) {
      Join(Kind::kAnd, at);
    } else if (TakeWord("OR")) {
      Join(Kind::kOr, at);
    } else {
      // Side by side binds tighter than AND in AIP-160, and means the same.
      Join(Kind::kAnd, at);
    }
    return absl::OkStatus();
  }

  absl::Status TakeCondition() {
    const std::size_t at = at_;
    if (text_[at_] == '(') {
      ++at_;
      return Nest(Kind::kOpen, at);
    }
    if (text_[at_] == '-' || TakeWord("NOT")) {
      if (at_ == at) ++at_;
      return Nest(Kind::kNot, at);
    }
    if (text_[at_] == ')') return Bad(at, "a condition is expected before this )");
    while (at_ < text_.size() && IsNameChar(text_[at_])) ++at_;
    const std::string name(text_.substr(at, at_ - at));
    if (name.empty()) return Bad(at, "a field is expected, such as action; AND, OR and NOT are written in capitals");
    const domain::Field* field = domain::FindField(name);
    if (field == nullptr) return Bad(at, "no such field; `candor search --fields` lists them");
    CANDOR_RETURN_IF_ERROR(TakeRestriction(*field));
    if (++conditions_ > kMostConditions) return Bad(at, "at most 100 conditions");
    wants_condition_ = false;
    SettleNot();
    return absl::OkStatus();
  }

  absl::Status TakeRestriction(const domain::Field& field) {
    SkipSpace();
    const std::size_t at = at_;
    std::string relation;
    for (const std::string_view one : {"<=", ">=", "!=", "=", "<", ">", ":"}) {
      if (relation.empty() && text_.substr(at_).starts_with(one)) relation = one;
    }
    if (relation.empty()) return Bad(at, "one of = != < <= > >= : is expected after a field");
    at_ += relation.size();
    SkipSpace();
    if (relation == ":" && TakeWord("*")) return AddPresence(field);
    Value value;
    CANDOR_RETURN_IF_ERROR(TakeValue(value));
    switch (field.kind) {
      case FieldKind::kTerm: return AddTerm(field, relation, at, value);
      case FieldKind::kDecision: return AddDecision(relation, at, value);
      case FieldKind::kNumber:
      case FieldKind::kTime: return AddComparison(field, relation, value);
    }
    return absl::OkStatus();
  }

  absl::Status AddPresence(const domain::Field& field) {
    if (field.kind == FieldKind::kNumber) {  // Each number there is fits one of the two.
      steps_.push_back({.op = Op::kNumber, .field = std::string(field.name), .relation = Relation::kAtLeast, .value = "0"});
      steps_.push_back({.op = Op::kNumber, .field = std::string(field.name), .relation = Relation::kLess, .value = "0"});
      steps_.push_back({.op = Op::kOr});
      return absl::OkStatus();
    }
    if (field.kind != FieldKind::kTerm) return Bad(at_ - 1, "every decision has this field: write a value");
    steps_.push_back({.op = Op::kHasField, .field = std::string(field.name)});
    return absl::OkStatus();
  }

  absl::Status AddTerm(const domain::Field& field, const std::string& relation, std::size_t at, const Value& value) {
    if (relation != "=" && relation != "!=" && relation != ":") {
      return Bad(at, "this field is only compared with = and !=");
    }
    const bool spelled = !value.text.empty() && value.text.size() <= 128 &&
                         std::all_of(value.text.begin(), value.text.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!spelled) return Bad(value.at, "a value of this field has 1 to 128 letters, digits and signs, and no space");
    steps_.push_back({.op = Op::kTerm, .value = std::string(field.name) + "=" + Spelled(value.text)});
    if (relation == "!=") steps_.push_back({.op = Op::kNot});
    return absl::OkStatus();
  }
  // Words of enums may be written in capitals, as the contract does.
  static std::string Spelled(const std::string& value) {
    const bool capitals = std::all_of(value.begin(), value.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
    std::string lower = value;
    if (capitals) absl::AsciiStrToLower(&lower);
    return lower;
  }

  absl::Status AddDecision(const std::string& relation, std::size_t at, const Value& value) {
    if (relation != "=" && relation != "!=" && relation != ":") {
      return Bad(at, "this field is only compared with = and !=");
    }
    if (!Uuid::FromText(value.text)) return Bad(value.at, "a UUID is expected, lower case, 36 characters");
    steps_.push_back({.op = Op::kDecision, .value = value.text});
    if (relation == "!=") steps_.push_back({.op = Op::kNot});
    return absl::OkStatus();
  }

  absl::Status AddComparison(const domain::Field& field, const std::string& relation, const Value& value) {
    Step step{.op = field.kind == FieldKind::kNumber ? Op::kNumber : Op::kTime, .field = std::string(field.name),
              .relation = Relation::kEqual, .value = value.text};
    if (relation == "!=") step.relation = Relation::kNotEqual;
    if (relation == "<") step.relation = Relation::kLess;
    if (relation == "<=") step.relation = Relation::kAtMost;
    if (relation == ">") step.relation = Relation::kMore;
    if (relation == ">=") step.relation = Relation::kAtLeast;
    if (step.op == Op::kNumber && !core::IsDecimal(value.text)) {
      return Bad(value.at, "a number is expected, such as 49.90");
    }
    if (step.op == Op::kTime) {
      const auto time = TimeOf(value.text);
      if (!time) return Bad(value.at, "a time is expected, such as 2026-01-31 or 2026-01-31T12:00:00Z");
      step.value = *time;
    }
    steps_.push_back(std::move(step));
    return absl::OkStatus();
  }

  absl::Status TakeValue(Value& value) {
    value.at = at_;
    if (at_ == text_.size()) return Bad(at_, "a value is expected");
    const char quote = text_[at_];
    if (quote != '"' && quote != '\'') {
      while (at_ < text_.size() && IsBare(text_[at_]) && (text_[at_] != '=' || at_ > value.at)) value.text += text_[at_++];
      if (value.text.empty()) return Bad(at_, "a value is expected; put one with other signs in quotation marks");
      return absl::OkStatus();
    }
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value.text += text_[at_];
    }
    if (at_ == text_.size()) return Bad(value.at, "this quotation mark is never closed");
    ++at_;
    return absl::OkStatus();
  }

  const std::string_view text_;
  std::size_t at_ = 0, depth_ = 0, conditions_ = 0;
  bool wants_condition_ = true;
  std::vector<Waiting> waiting_;
  store::Condition steps_;
};

}  // namespace

absl::StatusOr<store::Condition> ParseFilter(std::string_view text) {
  if (text.size() > kMostFilterBytes) return BadField("filter", "holds at most 2048 bytes");
  return Parser(text).Parse();
}

}  // namespace candor::flow
