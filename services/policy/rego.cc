#include "services/policy/rego.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "services/base/check.h"
#include "services/policy/rego/candor_rego.h"

namespace candor::policy {
namespace {

using nlohmann::json;

constexpr candor_rego_limits kLimits = {
    .abi = CANDOR_REGO_ABI,
    .timeout_us = 200'000,
    .check_every = 16,
    .max_file_bytes = kMaxPolicyBytes,
    .max_depth = 12,
    .max_data_bytes = kMaxBundleBytes,
    .max_input_bytes = 256 * 1024,
    .max_input_depth = 36,  // A section's 32, below the members that hold it.
};

candor_rego_slice Slice(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// A buffer of the engine, given back at the end.
class Buffer {
 public:
  Buffer() = default;
  ~Buffer() { candor_rego_buf_free(&buf_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  candor_rego_buf* out() { return &buf_; }
  std::string_view text() const { return {reinterpret_cast<const char*>(buf_.p), buf_.n}; }
  json Parse() const { return json::parse(text(), nullptr, /*allow_exceptions=*/false); }

 private:
  candor_rego_buf buf_{};
};

void InitOnce() {
  static const bool done = [] {
    CANDOR_CHECK(candor_rego_init(CANDOR_REGO_ABI) == CANDOR_REGO_OK);
    return true;
  }();
  (void)done;
}

std::string TextOf(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint32_t NumberOf(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint32_t>() : 0;
}

Annotation AnnotationOf(const json& object) {
  const auto found = object.find("annotation");
  if (found == object.end() || !found->is_object()) return {};
  return {.line = NumberOf(*found, "line"), .text = TextOf(*found, "text")};
}

absl::Status ErrorOf(std::int32_t status, const Buffer& buffer) {
  const json error = buffer.Parse();
  std::string message = error.is_object() ? TextOf(error, "message") : std::string();
  if (error.is_object() && !TextOf(error, "path").empty()) {
    message = TextOf(error, "path") + ":" + std::to_string(NumberOf(error, "line")) + ":" +
              std::to_string(NumberOf(error, "column")) + ": " + message;
  }
  switch (status) {
    case CANDOR_REGO_TIME: return absl::DeadlineExceededError(message);
    case CANDOR_REGO_INPUT: return absl::InvalidArgumentError(message);
    case CANDOR_REGO_PANIC: return absl::InternalError(message);
    default: return absl::FailedPreconditionError(message);
  }
}

std::vector<std::uint32_t> LinesOf(const json& object, const char* name) {
  std::vector<std::uint32_t> lines;
  if (const auto found = object.find(name); found != object.end()) {
    for (const json& line : *found) lines.push_back(line.get<std::uint32_t>());
  }
  return lines;
}

TestResult::Kind KindOf(const std::string& word) {
  if (word == "pass") return TestResult::Kind::kPass;
  if (word == "fail") return TestResult::Kind::kFail;
  return word == "skip" ? TestResult::Kind::kSkip : TestResult::Kind::kError;
}

TestReport ReportOf(const json& answer) {
  TestReport report;
  for (const json& one : answer.value("tests", json::array())) {
    TestResult result{.path = TextOf(one, "path"), .file = TextOf(one, "file"), .line = NumberOf(one, "line"),
                      .kind = KindOf(TextOf(one, "result")), .message = TextOf(one, "message"), .prints = {}};
    for (const json& text : one.value("prints", json::array())) result.prints.push_back(text.get<std::string>());
    report.tests.push_back(std::move(result));
  }
  for (const json& one : answer.value("coverage", json::array())) {
    report.coverage.push_back({.file = TextOf(one, "file"), .covered = LinesOf(one, "covered"),
                               .not_covered = LinesOf(one, "not_covered")});
  }
  return report;
}

}  // namespace

std::size_t TestReport::Count(TestResult::Kind kind) const {
  return static_cast<std::size_t>(
      std::count_if(tests.begin(), tests.end(), [kind](const TestResult& test) { return test.kind == kind; }));
}

std::string RegoVersion() {
  const candor_rego_slice version = candor_rego_version();
  return {reinterpret_cast<const char*>(version.p), version.n};
}

RegoEngine::~RegoEngine() { candor_rego_engine_free(engine_); }

absl::StatusOr<std::string> RegoEngine::Evaluate(std::string_view input_json, absl::Time now) {
  Buffer result, error;
  std::uint64_t elapsed = 0;
  const std::int32_t status = candor_rego_eval(engine_, Slice(input_json), absl::ToUnixNanos(now), result.out(),
                                               error.out(), &elapsed);
  if (status != CANDOR_REGO_OK) return ErrorOf(status, error);
  return std::string(result.text());
}

RegoSet::~RegoSet() { candor_rego_set_release(set_); }

std::shared_ptr<const RegoSet> RegoSet::Load(const std::vector<const BundleFile*>& modules,
                                             std::string_view data_json, std::vector<Problem>& problems) {
  InitOnce();
  std::vector<candor_rego_file> files;
  for (const BundleFile* module : modules) files.push_back({Slice(module->path), Slice(module->text)});
  candor_rego_set* made = nullptr;
  Buffer error;
  const std::int32_t status =
      candor_rego_set_new(files.data(), files.size(), Slice(data_json), &kLimits, &made, error.out());
  if (status == CANDOR_REGO_OK) {
    const std::shared_ptr<RegoSet> set(new RegoSet(made));
    const absl::Status described = set->Describe();
    if (described.ok()) return set;
    problems.push_back(ProblemOf(std::string(described.message())));
    return nullptr;
  }
  const json answer = error.Parse();
  const std::size_t before = problems.size();
  if (answer.is_object()) {
    for (const json& one : answer.value("problems", json::array())) {
      problems.push_back({.path = TextOf(one, "path"), .line = NumberOf(one, "line"), .column = NumberOf(one, "column"),
                          .message = TextOf(one, "message")});
    }
  }
  if (problems.size() == before) problems.push_back(ProblemOf("the engine refused the set without a reason"));
  return nullptr;
}

absl::Status RegoSet::Describe() {
  Buffer answer, error;
  const std::int32_t status = candor_rego_set_describe(set_, answer.out(), error.out());
  if (status != CANDOR_REGO_OK) return ErrorOf(status, error);
  const json described = answer.Parse();
  for (const json& one : described.value("rules", json::array())) {
    contents_.rules.push_back({.path = TextOf(one, "path"), .package = TextOf(one, "package"),
                               .name = TextOf(one, "name"), .file = TextOf(one, "file"), .line = NumberOf(one, "line"),
                               .complete = one.value("complete", false), .annotation = AnnotationOf(one)});
  }
  for (const json& one : described.value("packages", json::array())) {
    contents_.packages.push_back(
        {.path = TextOf(one, "path"), .file = TextOf(one, "file"), .annotation = AnnotationOf(one)});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<RegoEngine>> RegoSet::MakeEngine(const std::vector<std::string_view>& paths) const {
  std::string lines;
  for (const std::string_view path : paths) {
    if (!lines.empty()) lines += '\n';
    lines += path;
  }
  candor_rego_engine* engine = nullptr;
  Buffer error;
  const std::int32_t status = candor_rego_engine_new(set_, Slice(lines), &engine, error.out());
  if (status != CANDOR_REGO_OK) return ErrorOf(status, error);
  return std::unique_ptr<RegoEngine>(new RegoEngine(engine));
}

absl::StatusOr<TestReport> RegoSet::Test(std::string_view filter, absl::Time now, bool coverage) const {
  Buffer report, error;
  const std::int32_t status = candor_rego_test(set_, Slice(filter), absl::ToUnixNanos(now), coverage ? 1 : 0,
                                               report.out(), error.out());
  if (status != CANDOR_REGO_OK) return ErrorOf(status, error);
  return ReportOf(report.Parse());
}

}  // namespace candor::policy
