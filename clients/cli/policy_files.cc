// candor policy check, test, build: sets on their authors' own machines.

#include <filesystem>

#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/policy_files.h"
#include "services/base/clock.h"
#include "services/policy/rule_set.h"

namespace candor::cli {
namespace {

using policy::TestResult;

// What a set is, or what is wrong with it; `file` is where it was written, or empty.
int Say(const policy::RuleSet* set, const std::vector<policy::Problem>& problems, const std::string& file, Output& out) {
  if (out.json()) {
    core::Json said = core::Json::Object(), list = core::Json::Array();
    for (const policy::Problem& problem : problems) list.Append(Printable(policy::ToText(problem)));
    said.Set("problems", std::move(list));
    if (!file.empty() && set != nullptr) said.Set("set", Printable(file));
    if (set != nullptr) said.Set("rules", set->rules().size()).Set("digest", set->digest().ToHex());
    out.Line(said.Encode());
    return set == nullptr ? kRefused : kDone;
  }
  for (const policy::Problem& problem : problems) out.Line(Printable(policy::ToText(problem)));
  if (set == nullptr) {
    out.Line(out.Bad("refused: ") + WithCommas(problems.size()) + (problems.size() == 1 ? " problem" : " problems"));
  } else {
    std::vector<std::pair<std::string, std::string>> pairs;
    if (!file.empty()) pairs.emplace_back("set", Printable(file));
    pairs.emplace_back("rules", WithCommas(set->rules().size()));
    pairs.emplace_back("digest", set->digest().ToHex());
    out.Pairs(pairs);
  }
  return set == nullptr ? kRefused : kDone;
}

struct CheckFlags {
  std::string set;
};

absl::StatusOr<int> Check(const CheckFlags& flags, const Program&, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const policy::Bundle bundle, ReadBundle(flags.set));
  std::vector<policy::Problem> problems;
  auto set = policy::RuleSet::Load("set", bundle, problems);
  if (set != nullptr && !policy::RuleSet::CheckTests(bundle, problems)) set = nullptr;
  return Say(set.get(), problems, {}, out);
}

struct TestFlags {
  std::string set, filter, junit;
  bool coverage = false;
};

void PrintCoverage(const policy::TestReport& report, Output& out) {
  std::vector<std::vector<std::string>> rows;
  for (const policy::FileCoverage& file : report.coverage) {
    std::string lines;
    for (const std::uint32_t line : file.not_covered) lines.append(lines.empty() ? "" : " ").append(std::to_string(line));
    const std::size_t all = file.covered.size() + file.not_covered.size();
    rows.push_back({Printable(file.file), all == 0 ? "-" : std::to_string(file.covered.size() * 100 / all) + " %", lines});
  }
  out.Table({"file", "covered", "lines without a test"}, rows);
}

bool HasFailed(const TestResult& test) {
  return test.kind == TestResult::Kind::kFail || test.kind == TestResult::Kind::kError;
}

std::string Xml(std::string_view text) {
  std::string safe;
  for (const char c : Printable(std::string(text))) {
    if (c == '<') safe += "&lt;";
    else if (c == '>') safe += "&gt;";
    else if (c == '&') safe += "&amp;";
    else if (c == '"') safe += "&quot;";
    else safe += c;
  }
  return safe;
}

// As build servers read it.
std::string JUnit(const std::string& set, const policy::TestReport& report) {
  const std::size_t failed = report.Count(TestResult::Kind::kFail) + report.Count(TestResult::Kind::kError);
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"" + Xml(set) + "\" tests=\"" +
                    std::to_string(report.tests.size()) + "\" failures=\"" + std::to_string(failed) + "\" skipped=\"" +
                    std::to_string(report.Count(TestResult::Kind::kSkip)) + "\">\n";
  for (const TestResult& test : report.tests) {
    xml += "  <testcase classname=\"" + Xml(test.file) + "\" name=\"" + Xml(test.path) + "\" file=\"" + Xml(test.file) +
           "\" line=\"" + std::to_string(test.line) + "\">";
    if (HasFailed(test)) xml += "<failure message=\"" + Xml(test.message) + "\"/>";
    if (test.kind == TestResult::Kind::kSkip) xml += "<skipped/>";
    xml += "</testcase>\n";
  }
  return xml + "</testsuite>\n";
}

core::Json JsonOf(const policy::TestReport& report) {
  core::Json tests = core::Json::Array();
  for (const TestResult& test : report.tests) {
    core::Json one = core::Json::Object();
    one.Set("test", Printable(test.path)).Set("file", Printable(test.file)).Set("line", test.line);
    one.Set("result", HasFailed(test) ? "failed" : test.kind == TestResult::Kind::kSkip ? "skipped" : "passed");
    if (!test.message.empty()) one.Set("message", Printable(test.message));
    tests.Append(std::move(one));
  }
  core::Json said = core::Json::Object();
  said.Set("tests", std::move(tests));
  if (report.coverage.empty()) return said;
  core::Json coverage = core::Json::Array();
  for (const policy::FileCoverage& file : report.coverage) {
    core::Json one = core::Json::Object(), lines = core::Json::Array();
    for (const std::uint32_t line : file.not_covered) lines.Append(line);
    one.Set("file", Printable(file.file)).Set("covered", file.covered.size()).Set("not_covered", std::move(lines));
    coverage.Append(std::move(one));
  }
  said.Set("coverage", std::move(coverage));
  return said;
}

absl::StatusOr<int> Test(const TestFlags& flags, const Program&, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const policy::Bundle bundle, ReadBundle(flags.set));
  std::vector<policy::Problem> problems;
  if (!policy::RuleSet::CheckTests(bundle, problems)) return Say(nullptr, problems, {}, out);
  CANDOR_ASSIGN_OR_RETURN(const policy::TestReport report,
                          policy::RuleSet::Test(bundle, flags.filter, SystemClock().Now(), flags.coverage));
  if (!flags.junit.empty()) CANDOR_RETURN_IF_ERROR(WriteFile(flags.junit, JUnit(flags.set, report)));
  const std::size_t passed = report.Count(TestResult::Kind::kPass);
  const std::size_t failed = report.Count(TestResult::Kind::kFail) + report.Count(TestResult::Kind::kError);
  const int exit = failed == 0 && passed > 0 ? kDone : kRefused;
  if (out.json()) {
    out.Line(JsonOf(report).Encode());
    return exit;
  }
  for (const TestResult& test : report.tests) {
    if (!HasFailed(test)) continue;
    out.Line(Printable(test.file) + ":" + std::to_string(test.line) + ": " + out.Bad("failed") + " " + Printable(test.path));
    if (!test.message.empty()) out.Line("    " + Printable(test.message));
    for (const std::string& text : test.prints) out.Line("    " + Printable(text));
  }
  if (flags.coverage) PrintCoverage(report, out);
  if (report.tests.empty()) out.Line("no tests: name rules test_… in files …_test.rego");
  out.Line(WithCommas(passed) + " passed, " + WithCommas(failed) + " failed, " +
           WithCommas(report.Count(TestResult::Kind::kSkip)) + " skipped");
  return exit;
}

struct BuildFlags {
  std::vector<std::string> folders;
  std::string out;
};

absl::StatusOr<int> Build(const BuildFlags& flags, const Program&, Output& out) {
  std::vector<policy::BundleFile> files;
  for (const std::string& folder : flags.folders) {
    CANDOR_ASSIGN_OR_RETURN(const policy::Bundle bundle, ReadBundle(folder));
    // A pack keeps its folder's name: it is where its data stand.
    const std::string under = std::filesystem::path(folder).lexically_normal().filename().string();
    for (const policy::BundleFile& file : bundle.files()) files.push_back({under + "/" + file.path, file.text});
  }
  const policy::Bundle whole(std::move(files));
  std::vector<policy::Problem> problems;
  const auto set = policy::RuleSet::Load("set", whole, problems);
  if (set != nullptr) CANDOR_RETURN_IF_ERROR(WriteFile(flags.out, whole.Pack()));
  return Say(set.get(), problems, flags.out, out);
}

}  // namespace

absl::StatusOr<policy::Bundle> ReadBundle(const std::string& path) {
  if (std::filesystem::is_directory(path)) {
    absl::StatusOr<policy::Bundle> bundle = policy::Bundle::Read(path);
    if (!bundle.ok()) return Unusable(std::string(bundle.status().message()), "mend the folder, then repeat");
    return bundle;
  }
  CANDOR_ASSIGN_OR_RETURN(const std::string archive, ReadFile(path, policy::kMaxArchiveBytes));
  absl::StatusOr<policy::Bundle> bundle = policy::Bundle::Unpack(archive);
  if (!bundle.ok()) return Unusable(path + ": " + std::string(bundle.status().message()), "name a folder or a .tar.gz");
  return bundle;
}

std::string DigestText(const std::string& bytes) { return ToHex(AsBytes(bytes)); }

absl::StatusOr<std::string> DigestFrom(const std::string& text) {
  const auto bytes = FromHex(text);
  if (!bytes || bytes->size() != 32) return Unusable("DIGEST is not 64 hexadecimal characters", "take it from `candor policy list`");
  return std::string(AsText(*bytes));
}

void AddPolicyFiles(CLI::App& group, Program& program) {
  CLI::App& check = *group.add_subcommand("check", "Say what is wrong with a policy set, and where");
  auto& checked = Runs<CheckFlags>(check, program, &Check);
  check.add_option("SET", checked.set, "Folder, or .tar.gz")->required();
  AddJson(check, program);

  CLI::App& test = *group.add_subcommand("test", "Run the tests of a policy set");
  auto& tested = Runs<TestFlags>(test, program, &Test);
  test.add_option("SET", tested.set, "Folder, or .tar.gz")->required();
  test.add_option("--filter", tested.filter, "Only tests of packages whose path holds this");
  test.add_flag("--coverage", tested.coverage, "Also say which lines no test reached");
  test.add_option("--junit", tested.junit, "Also write the results for a build server, as JUnit does")->type_name("FILE");
  AddJson(test, program);

  CLI::App& build = *group.add_subcommand("build", "Compose packs into one policy set");
  auto& built = Runs<BuildFlags>(build, program, &Build);
  build.add_option("FOLDER", built.folders, "Packs: their folders")->required();
  build.add_option("--out,-o", built.out, "Where the set goes: a .tar.gz")->required();
  AddJson(build, program);
}

}  // namespace candor::cli
