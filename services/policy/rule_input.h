// What rules see, as one JSON text: the facts and sections of a leaf in the shape that
// docs/policies.md describes. Made alike for a live decision and for a recorded one.
//
// A value; belongs to one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/policy/engine.h"

namespace candor::policy {

inline constexpr std::size_t kMaxInputBytes = 256 * 1024;

class RuleInput {
 public:
  // `input` must outlive this.
  explicit RuleInput(const Input& input);

  const std::string& text() const { return text_; }

  // Whether the path, such as `facts.amount` or `person.consent.state`, leads to a value. A
  // path into the caller's own JSON does when that JSON is there and has the member.
  bool Has(std::string_view path) const;

 private:
  void AddSections();
  void AddSection(const std::string& name, const core::Json& members);
  void AddNotices();

  const Input& input_;
  std::string text_;
  core::Json shown_ = core::Json::Object();  // Everything but the caller's own JSON texts.
  core::Json notices_ = core::Json::Array();
};

}  // namespace candor::policy
