// candor policy explain, diff: why a set says what it says, and how two sets differ.

#include <algorithm>
#include <map>

#include "absl/strings/str_join.h"
#include "clients/cli/errors.h"
#include "clients/cli/policy_files.h"
#include "clients/cli/registry_calls.h"
#include "services/policy/rule_set.h"

namespace candor::cli {
namespace {

using Stub = v1::RegistryService::Stub;

struct ExplainFlags {
  std::string id, set;
};

std::string Painted(v1::Verdict verdict, const Output& out) {
  const std::string word = WordOf(*v1::Verdict_descriptor(), verdict);
  if (verdict == v1::VERDICT_ALLOW) return out.Good(word);
  return verdict == v1::VERDICT_DENY ? out.Bad(word) : out.Odd(word);
}

std::string Shown(const v1::SeenFact& fact) {
  return Printable(fact.path()) + (fact.value_json().empty() ? "" : " = " + Printable(fact.value_json()));
}

void PrintRule(const v1::ExplainedRule& rule, Output& out) {
  out.Line();
  out.Line(Printable(rule.rule()) + ": " + WordOf(*v1::RuleResult_descriptor(), rule.result()) + ", " + Painted(rule.verdict(), out));
  Pairs pairs = {{"  what", Printable(rule.title())}, {"  source", Printable(rule.source())}, {"  written in", Printable(rule.place())}};
  if (rule.missing_facts_size() > 0) pairs.emplace_back("  lacks", Printable(absl::StrJoin(rule.missing_facts(), ", ")));
  for (const v1::SeenFact& fact : rule.facts()) {
    pairs.emplace_back(&fact == &rule.facts(0) ? "  hangs on" : "  and on", Shown(fact));
  }
  out.Pairs(pairs);
  if (!rule.description().empty()) out.Line("  " + out.Quiet(Printable(rule.description())));
}

void PrintAlternatives(const v1::ExplainVerdictResponse& answer, Output& out) {
  if (answer.replayed_verdict() == v1::VERDICT_ALLOW) return;
  out.Line();
  if (answer.alternatives_size() == 0) {
    out.Line("No single change of what was given would have made it milder (" + WithCommas(answer.asked_count()) + " tried).");
    return;
  }
  out.Line("What would have changed it, one thing at a time (" + WithCommas(answer.asked_count()) + " tried):");
  std::vector<std::vector<std::string>> rows;
  for (const v1::VerdictAlternative& one : answer.alternatives()) {
    rows.push_back({Printable(one.path()), one.value_json().empty() ? "not given" : Printable(one.value_json()),
                    Painted(one.verdict(), out), Printable(absl::StrJoin(one.silent_rules(), ", "))});
  }
  out.Table({"if this", "were", "it would be", "silent then"}, rows);
}

absl::StatusOr<int> Explain(const ExplainFlags& flags, const Program& program, Output& out) {
  v1::ExplainVerdictRequest request;
  request.set_id(flags.id);
  if (!flags.set.empty()) {
    CANDOR_ASSIGN_OR_RETURN(const std::string digest, DigestFrom(flags.set));
    request.set_digest(digest);
  }
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const v1::ExplainVerdictResponse answer,
                          CallOf<v1::RegistryService>(connection, request, &Stub::ExplainVerdict));
  if (out.json()) {
    out.Line(ToJson(answer));
    return kDone;
  }
  Pairs pairs = {{"authorization", Printable(answer.authorization_id())},
                 {"verdict", Painted(answer.verdict(), out)},
                 {"asked now", Printable(answer.policy_set().name()) + " " + DigestText(answer.policy_set().digest())},
                 {"it says", Painted(answer.replayed_verdict(), out)},
                 {"reasons", Printable(absl::StrJoin(answer.reason_codes(), ", "))}};
  out.Pairs(pairs);
  if (flags.set.empty() && answer.verdict() != answer.replayed_verdict()) {
    out.Line();
    out.Line("The rules answer otherwise now than was answered then, such as where their time ran out. Its own reasons:");
    out.Line("  candor show " + Printable(answer.authorization_id()));
  }
  for (const v1::ExplainedRule& rule : answer.rules()) PrintRule(rule, out);
  PrintAlternatives(answer, out);
  return kDone;
}

struct DiffFlags {
  std::string before, after;
};

// A rule, all of it but where it stands.
std::map<std::string, std::string> Members(const policy::Rule& rule) {
  const auto list = [](const std::vector<std::string>& texts) { return absl::StrJoin(texts, ", "); };
  std::string duties;
  for (const policy::Duty& duty : rule.duties) {
    duties += (duties.empty() ? "" : ", ") + duty.type + " " + duty.params.Encode() +
              (duty.due ? " in " + absl::FormatDuration(*duty.due) : std::string());
  }
  std::string words;
  for (const auto& [language, text] : rule.person) words += (words.empty() ? "" : " · ") + language + ": " + text;
  return {{"title", rule.title},
          {"description", rule.description},
          {"version", std::to_string(rule.version)},
          {"source", rule.source},
          {"verdict", std::string(policy::EffectName(rule.effect))},
          {"status", std::to_string(static_cast<int>(rule.status))},
          {"in force from", rule.in_force_from ? absl::FormatTime("%Y-%m-%d", *rule.in_force_from, absl::UTCTimeZone()) : ""},
          {"in force until", rule.in_force_until ? absl::FormatTime("%Y-%m-%d", *rule.in_force_until, absl::UTCTimeZone()) : ""},
          {"calls", list(rule.scope.calls)},
          {"stages", list(rule.scope.stages)},
          {"domains", list(rule.scope.domains)},
          {"jurisdictions", list(rule.scope.jurisdictions)},
          {"roles", list(rule.scope.roles)},
          {"actions", list(rule.scope.actions)},
          {"needs", list(rule.needs)},
          {"reasons", list(rule.reasons)},
          {"notice", rule.notice},
          {"obligations", duties},
          {"words", words}};
}

struct Side {
  policy::Bundle bundle;
  std::shared_ptr<const policy::RuleSet> set;
};

absl::StatusOr<Side> Load(const std::string& path) {
  CANDOR_ASSIGN_OR_RETURN(policy::Bundle bundle, ReadBundle(path));
  std::vector<policy::Problem> problems;
  auto set = policy::RuleSet::Load("set", bundle, problems);
  if (set == nullptr) return Unusable(path + " is refused", "see candor policy check " + path);
  return Side{std::move(bundle), std::move(set)};
}

// A line of the difference: the same for people and for programs.
struct Difference {
  std::string what, name, detail;
};

void CompareRules(const Side& before, const Side& after, std::vector<Difference>& found) {
  std::map<std::string, const policy::Rule*> old;
  for (const policy::Rule& rule : before.set->rules()) old[rule.name] = &rule;
  for (const policy::Rule& rule : after.set->rules()) {
    const auto same = old.find(rule.name);
    if (same == old.end()) {
      found.push_back({"rule added", rule.name, rule.title});
      continue;
    }
    const auto was = Members(*same->second), is = Members(rule);
    for (const auto& [member, text] : is) {
      if (was.at(member) != text) found.push_back({"rule changed", rule.name, member + ": " + was.at(member) + " → " + text});
    }
    old.erase(same);
  }
  for (const auto& [name, rule] : old) found.push_back({"rule gone", name, rule->title});
}

void CompareFiles(const Side& before, const Side& after, std::vector<Difference>& found) {
  std::map<std::string, std::string_view> old;
  for (const policy::BundleFile& file : before.bundle.files()) old[file.path] = file.text;
  for (const policy::BundleFile& file : after.bundle.files()) {
    const auto same = old.find(file.path);
    if (same == old.end()) {
      found.push_back({"file added", file.path, ""});
      continue;
    }
    if (same->second != file.text) found.push_back({"file changed", file.path, ""});
    old.erase(same);
  }
  for (const auto& [path, _] : old) found.push_back({"file gone", path, ""});
}

absl::StatusOr<int> Diff(const DiffFlags& flags, const Program&, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Side before, Load(flags.before));
  CANDOR_ASSIGN_OR_RETURN(const Side after, Load(flags.after));
  std::vector<Difference> found;
  CompareRules(before, after, found);
  CompareFiles(before, after, found);
  const int exit = before.set->digest() == after.set->digest() ? kDone : kRefused;
  if (out.json()) {
    core::Json list = core::Json::Array();
    for (const Difference& one : found) {
      core::Json line = core::Json::Object();
      line.Set("what", one.what).Set("name", Printable(one.name));
      if (!one.detail.empty()) line.Set("detail", Printable(one.detail));
      list.Append(std::move(line));
    }
    core::Json said = core::Json::Object();
    said.Set("before", before.set->digest().ToHex()).Set("after", after.set->digest().ToHex()).Set("differences", std::move(list));
    out.Line(said.Encode());
    return exit;
  }
  out.Pairs({{"before", before.set->digest().ToHex()}, {"after", after.set->digest().ToHex()}});
  for (const Difference& one : found) {
    out.Line(one.what + " " + Printable(one.name) + (one.detail.empty() ? "" : ": " + Printable(one.detail)));
  }
  if (found.empty()) out.Line("the same");
  return exit;
}

}  // namespace

void AddPolicyWhy(CLI::App& group, Program& program) {
  CLI::App& explain_command = *group.add_subcommand(
      "explain", "Say why an authorization was answered as it was, and what would have changed it");
  ExplainFlags& explain = Runs(explain_command, program, &Explain);
  explain_command.add_option("ID", explain.id, "The authorization, or the decision")->required();
  explain_command.add_option("--set", explain.set, "Ask this set instead of the one that ruled")->type_name("DIGEST");
  AddServerFlags(explain_command, program);

  CLI::App& diff_command = *group.add_subcommand("diff", "Say how two policy sets differ; exit status 0 only if they do not");
  DiffFlags& diff = Runs(diff_command, program, &Diff);
  diff_command.add_option("BEFORE", diff.before, "Folder, or .tar.gz")->required();
  diff_command.add_option("AFTER", diff.after, "Folder, or .tar.gz")->required();
  AddJson(diff_command, program);
}

}  // namespace candor::cli
