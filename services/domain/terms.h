// What a decision is found and counted by, folded from its leaves: terms `field=value`, and the
// numbers and times that are compared. Codes and words only; no personal data.
//
// Pure values; any thread may call.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/core/leaf/leaf.h"
#include "services/domain/task.h"

namespace candor::domain {

// How a field of a decision can be asked for.
enum class FieldKind {
  kTerm,      // Equal to a value; where a decision has several, one of them is enough.
  kNumber,    // Compared with a decimal.
  kTime,      // Compared with a time.
  kDecision,  // Equal to a UUID.
};
struct Field {
  std::string_view name;
  FieldKind kind = FieldKind::kTerm;
  std::string_view fact{};  // The fact that it is taken from; empty: see Terms.
  std::string_view about{};
};
// All of them, by name. Guide: docs/guides/search.md.
const std::vector<Field>& Fields();
const Field* FindField(std::string_view name);

// Takes the leaves of one decision in order of their positions.
class Terms {
 public:
  void Apply(std::uint64_t position, const core::Leaf& leaf);
  // What grants cover a decision by: terms of its first leaf that no filter asks for. Before all Apply.
  void Begin(const core::Leaf& first);

  // What holds after them. Sorted, none twice.
  std::vector<std::string> List() const;
  // The newest fact of this name that is a decimal.
  std::optional<std::string> Number(std::string_view fact) const;

 private:
  void Add(std::string_view field, std::string_view value);
  void AddFact(std::string_view field, const core::Json& value);
  // Takes the place of all values that the field had.
  void Replace(std::string_view field, std::string_view value);
  std::string_view Value(std::string_view field) const;
  void ApplyAuthorization(std::uint64_t position, const core::Leaf& leaf);
  void ApplyOutcome(const core::Leaf& leaf);
  void ApplyReview(std::uint64_t position, const core::Leaf& leaf);

  std::vector<std::pair<std::string, std::string>> terms_;  // Field and value.
  std::vector<std::pair<std::string, std::string>> numbers_;
  std::optional<Task> task_;  // The newest.
};

// The value of a field that has one; empty where it has none.
std::string ValueOf(const std::vector<std::string>& terms, std::string_view field);
std::vector<std::string> ValuesOf(const std::vector<std::string>& terms, std::string_view field);

}  // namespace candor::domain
