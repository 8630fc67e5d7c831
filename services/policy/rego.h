// Rego, compiled and evaluated: the only door to the engine behind rego/candor_rego.h.
//
// A RegoSet is immutable; any thread may call. A RegoEngine belongs to one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/policy/bundle.h"

struct candor_rego_engine;
struct candor_rego_set;

namespace candor::policy {

// Of a METADATA block: its YAML and the line it begins in.
struct Annotation {
  std::uint32_t line = 0;  // 0: there is none.
  std::string text;
};

struct RegoRule {
  std::string path, package, name, file;  // `data.a.b`, `data.a` without `data.`, `b`.
  std::uint32_t line = 0;
  bool complete = false;                  // Neither function, set nor partial object.
  Annotation annotation;
};
struct RegoPackage {
  std::string path, file;
  Annotation annotation;
};
struct RegoContents {
  std::vector<RegoRule> rules;
  std::vector<RegoPackage> packages;
};

struct TestResult {
  std::string path, file;
  std::uint32_t line = 0;
  enum class Kind { kPass, kFail, kError, kSkip } kind = Kind::kError;
  std::string message;
  std::vector<std::string> prints;
};
struct FileCoverage {
  std::string file;
  std::vector<std::uint32_t> covered, not_covered;  // Lines.
};
struct TestReport {
  std::vector<TestResult> tests;
  std::vector<FileCoverage> coverage;

  std::size_t Count(TestResult::Kind kind) const;
};

class RegoEngine {
 public:
  ~RegoEngine();
  RegoEngine(const RegoEngine&) = delete;
  RegoEngine& operator=(const RegoEngine&) = delete;

  // Values of the engine's rules that are defined, by path: a JSON object, as text. Errors:
  // kDeadlineExceeded when the time is over; kInvalidArgument for an input beyond the limits;
  // kInternal after which the engine must not be used again; otherwise kFailedPrecondition,
  // an error of the rules, with its place.
  absl::StatusOr<std::string> Evaluate(std::string_view input_json, absl::Time now);

 private:
  friend class RegoSet;
  explicit RegoEngine(candor_rego_engine* engine) : engine_(engine) {}
  candor_rego_engine* const engine_;
};

class RegoSet {
 public:
  // Checks and compiles modules with one data document, a JSON object. Nothing, with at least
  // one fatal problem added, when it is refused.
  static std::shared_ptr<const RegoSet> Load(const std::vector<const BundleFile*>& modules,
                                             std::string_view data_json, std::vector<Problem>& problems);
  ~RegoSet();
  RegoSet(const RegoSet&) = delete;
  RegoSet& operator=(const RegoSet&) = delete;

  const RegoContents& contents() const { return contents_; }

  // An engine for the rules of these paths. Errors: kFailedPrecondition.
  absl::StatusOr<std::unique_ptr<RegoEngine>> MakeEngine(const std::vector<std::string_view>& paths) const;

  // Runs the `test_` rules of packages whose path holds `filter`.
  absl::StatusOr<TestReport> Test(std::string_view filter, absl::Time now, bool coverage) const;

 private:
  explicit RegoSet(candor_rego_set* set) : set_(set) {}
  absl::Status Describe();

  candor_rego_set* const set_;
  RegoContents contents_;
};

// Name and version of the engine.
std::string RegoVersion();

}  // namespace candor::policy
