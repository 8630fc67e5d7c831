// A policy set, checked, compiled and ready: the rules of a bundle as an Engine.
//
// Immutable to its callers; any thread may call. Engines are made when they are first
// needed, one for each combination of rules that can apply together, and kept.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/policy/bundle.h"
#include "services/policy/engine.h"
#include "services/policy/rego.h"
#include "services/policy/rule.h"

namespace candor::policy {

class RuleSet final : public Engine {
 public:
  // Checks everything about `bundle`, tests apart. Nothing, with at least one fatal problem
  // added, when it is refused; warnings may be added either way.
  static std::shared_ptr<const RuleSet> Load(std::string name, const Bundle& bundle,
                                             std::vector<Problem>& problems);

  // Checks the same of its tests: no, with at least one fatal problem added, when they are refused.
  static bool CheckTests(const Bundle& bundle, std::vector<Problem>& problems);

  // Runs the tests of `bundle`. Errors: kFailedPrecondition when they do not compile.
  static absl::StatusOr<TestReport> Test(const Bundle& bundle, std::string_view filter, absl::Time now,
                                         bool coverage);

  const std::string& name() const override { return name_; }
  const Digest& digest() const override { return digest_; }
  Judgement Evaluate(const Input& input) const override;
  std::optional<ReasonText> TextOf(std::string_view reason, std::string_view language) const override;

  // Whether any rule can apply at that call.
  bool Judges(std::string_view call) const;

  const std::vector<Rule>& rules() const { return rules_; }  // By name.

  // The same judgement with every rule evaluated and scope applied afterwards: for the proof
  // that leaving rules out changes nothing.
  Judgement EvaluateUnpruned(const Input& input) const;

 private:
  using Numbers = std::vector<std::uint16_t>;  // Of rules, ascending.
  RuleSet(std::string name, const Digest& digest) : name_(std::move(name)), digest_(digest) {}

  bool ReadRules(const RegoContents& contents, std::vector<Problem>& problems);
  Numbers Applying(const Input& input) const;
  Judgement Judge(const Input& input, const Numbers& applying, const Numbers& evaluated) const;
  absl::StatusOr<std::string> Ask(const Numbers& rules, const std::string& input, absl::Time now) const;
  absl::StatusOr<std::unique_ptr<RegoEngine>> Borrow(const Numbers& rules) const;
  void Return(const Numbers& rules, std::unique_ptr<RegoEngine> engine) const;

  const std::string name_;
  const Digest digest_;
  std::shared_ptr<const RegoSet> rego_;
  std::vector<Rule> rules_;
  mutable absl::Mutex mutex_;
  mutable std::map<Numbers, std::vector<std::unique_ptr<RegoEngine>>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace candor::policy
