// What rules see, as one JSON text: the facts and sections of a leaf in the shape that
// docs/policies.md describes. Made alike for a live decision and for a recorded one.
//
// A value; belongs to one thread.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <memory>
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
  ~RuleInput();

  const std::string& text() const { return text_; }

  // Whether the path, such as `facts.amount` or `person.consent.state`, leads to a value. A
  // path into the caller's own JSON does when that JSON is there and has the member.
  bool Has(std::string_view path) const;

 private:
  void AddSections();
  void AddSection(const std::string& name, const core::Json& members);
  void AddNotices();
  void AddStanding();
  bool HasInText(std::string_view path) const;

  const Input& input_;
  std::string text_;
  core::Json shown_ = core::Json::Object();  // The caller's own JSON as the text it came in.
  core::Json notices_ = core::Json::Array();
  mutable std::unique_ptr<nlohmann::json> tree_;  // Of `text_`, when it was asked for.
};

}  // namespace candor::policy
