// The figures of a bias audit: of how many decisions, by protected attribute, something came that counts as
// selected. Takes decisions one by one and keeps counts alone.
//
// Belongs to one thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/flow/attributes.h"
#include "services/flow/report.h"
#include "services/law/fairness.h"

namespace candor::flow {

// What came of a decision: values of a field of domain/terms in the newest leaf that has it.
std::vector<std::string> ValuesNow(const SeenDecision& decision, const std::string& field);

struct BiasTable {
  std::vector<std::string> attributes;    // One, or all together.
  std::vector<law::Standing> standings;   // By their values.
  std::vector<bool> hidden;               // Of each: too few people to be shown, or what would tell of those.
  std::map<std::string, std::uint64_t> unknown;  // Not in the table, by why: see BiasAudit::Count.

  bool hides_any() const;
};

struct BiasFigures {
  std::uint64_t assessed = 0;   // Decisions of which something came.
  std::uint64_t open = 0;       // Those of which nothing came yet, which are in no table.
  std::uint64_t opened = 0;     // Sections that were opened.
  std::uint64_t scores = 0;     // That the median is of; 0: nothing was scored.
  std::vector<BiasTable> tables;
};

class BiasAudit {
 public:
  struct Asked {
    bool scored = false;                  // Selected is a score above the median of all whose category is known.
    std::string measured;                 // Else a field, and
    std::set<std::string> selected;       // its values that count.
    std::vector<std::string> attributes;  // Empty: each that is found, by itself.
    bool leaves_out_small = false;
    bool hides_small = true;
  };
  explicit BiasAudit(Asked asked) : asked_(std::move(asked)) {}

  // Errors: those of OpenAttributes.
  absl::Status Take(const SeenDecision& decision, vault::Opening& opening);

  // A decision of a person with these attributes; nothing: they were destroyed. Unknown is a value that is
  // `not_recorded`, was recorded as `unknown`, was only `inferred` from something else, or was `erased`.
  void Count(bool selected, const std::optional<Attributes>& attributes);
  // The same with a score, a decimal: whether it counts as selected is known when all came.
  void CountScore(const std::string& score, const std::optional<Attributes>& attributes);

  // After all came; once.
  BiasFigures Figures();

 private:
  BiasTable TableOf(const std::vector<std::string>& attributes) const;

  // How often: the values of a person by attribute, where an unknown one is its reason.
  struct Value {
    std::string text;
    bool unknown = false;
    friend auto operator<=>(const Value&, const Value&) = default;
  };
  using Person = std::map<std::string, Value>;
  struct Times {
    std::uint64_t people = 0, selected = 0;
  };
  struct Scored {
    std::string score;
    Times* times = nullptr;
    bool known = false;
  };
  absl::Status TakeScore(const SeenDecision& decision, vault::Opening& opening, std::optional<std::string>& score);
  Person PersonOf(const Attributes& attributes);
  void CountAboveMedian();

  const Asked asked_;
  std::map<Person, Times> counted_;
  Times erased_;
  std::vector<Scored> scored_;
  std::set<std::string> names_;
  std::uint64_t open_ = 0, opened_ = 0, scores_ = 0;
};

}  // namespace candor::flow
