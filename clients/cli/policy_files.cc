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

struct CheckFlags {
  std::string set;
};

absl::StatusOr<int> Check(const CheckFlags& flags, const Program&, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const policy::Bundle bundle, ReadBundle(flags.set));
  std::vector<policy::Problem> problems;
  const auto set = policy::RuleSet::Load("set", bundle, problems);
  for (const policy::Problem& problem : problems) out.Line(Printable(policy::ToText(problem)));
  if (set == nullptr) {
    out.Line(out.Bad("refused: ") + WithCommas(problems.size()) + (problems.size() == 1 ? " problem" : " problems"));
    return kRefused;
  }
  out.Pairs({{"rules", WithCommas(set->rules().size())}, {"digest", set->digest().ToHex()}});
  return kDone;
}

struct TestFlags {
  std::string set, filter;
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

absl::StatusOr<int> Test(const TestFlags& flags, const Program&, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const policy::Bundle bundle, ReadBundle(flags.set));
  const auto report = policy::RuleSet::Test(bundle, flags.filter, SystemClock().Now(), flags.coverage);
  if (!report.ok()) {
    out.Line(Printable(std::string(report.status().message())));
    return kRefused;
  }
  for (const TestResult& test : report->tests) {
    const bool failed = test.kind == TestResult::Kind::kFail || test.kind == TestResult::Kind::kError;
    if (!failed) continue;
    out.Line(Printable(test.file) + ":" + std::to_string(test.line) + ": " + out.Bad("failed") + " " + Printable(test.path));
    if (!test.message.empty()) out.Line("    " + Printable(test.message));
    for (const std::string& text : test.prints) out.Line("    " + Printable(text));
  }
  if (flags.coverage) PrintCoverage(*report, out);
  const std::size_t passed = report->Count(TestResult::Kind::kPass);
  const std::size_t failed = report->Count(TestResult::Kind::kFail) + report->Count(TestResult::Kind::kError);
  out.Line(WithCommas(passed) + " passed, " + WithCommas(failed) + " failed, " +
           WithCommas(report->Count(TestResult::Kind::kSkip)) + " skipped");
  return failed == 0 && passed > 0 ? kDone : kRefused;
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
  for (const policy::Problem& problem : problems) out.Line(Printable(policy::ToText(problem)));
  if (set == nullptr) return kRefused;
  CANDOR_RETURN_IF_ERROR(WriteFile(flags.out, whole.Pack()));
  out.Pairs({{"set", Printable(flags.out)}, {"rules", WithCommas(set->rules().size())}, {"digest", set->digest().ToHex()}});
  return kDone;
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

void AddPolicyFiles(CLI::App& group, Program& program) {
  CLI::App& check = *group.add_subcommand("check", "Say what is wrong with a policy set, and where");
  auto& checked = Runs<CheckFlags>(check, program, &Check);
  check.add_option("SET", checked.set, "Folder, or .tar.gz")->required();

  CLI::App& test = *group.add_subcommand("test", "Run the tests of a policy set");
  auto& tested = Runs<TestFlags>(test, program, &Test);
  test.add_option("SET", tested.set, "Folder, or .tar.gz")->required();
  test.add_option("--filter", tested.filter, "Only tests of packages whose path holds this");
  test.add_flag("--coverage", tested.coverage, "Also say which lines no test reached");

  CLI::App& build = *group.add_subcommand("build", "Compose packs into one policy set");
  auto& built = Runs<BuildFlags>(build, program, &Build);
  build.add_option("FOLDER", built.folders, "Packs: their folders")->required();
  build.add_option("--out,-o", built.out, "Where the set goes: a .tar.gz")->required();
}

}  // namespace candor::cli
