// candor search: decisions by what they are, for compliance.

#include "absl/strings/numbers.h"
#include "candor/v1/audit_service.grpc.pb.h"
#include "clients/cli/calls.h"
#include "clients/cli/errors.h"
#include "services/domain/terms.h"

namespace candor::cli {
namespace {

using Service = v1::AuditService;
using Stub = Service::Stub;

struct SearchFlags {
  std::string filter, person, conversation, datum, reason, grant;
  int limit = 50;
  bool all = false, total = false, fields = false;
};

std::string MarksOf(const v1::DecisionSummary& decision) {
  std::string text;
  for (const int mark : decision.marks()) {
    text += (text.empty() ? "" : ", ") + WordOf(*v1::Mark_descriptor(), mark);
  }
  return text;
}

absl::StatusOr<int> PrintFields(Output& out) {
  std::vector<std::vector<std::string>> rows;
  for (const domain::Field& field : domain::Fields()) {
    const bool compares = field.kind == domain::FieldKind::kNumber || field.kind == domain::FieldKind::kTime;
    rows.push_back({std::string(field.name), compares ? "= != < <= > >=" : "= !=", std::string(field.about)});
  }
  out.Table({"field", "compared with", "is"}, rows);
  return kDone;
}

// Shows the filter with the character that the error names.
absl::Status Pointing(const absl::Status& error, const std::string& filter) {
  for (const FieldProblem& problem : FieldProblemsOf(error)) {
    constexpr std::string_view kWord = "character ";
    const std::size_t at = problem.what.find(kWord);
    int character = 0;
    if (problem.field != "filter" || at == std::string::npos) continue;
    const std::size_t digits = at + kWord.size();
    if (!absl::SimpleAtoi(problem.what.substr(digits, problem.what.find(':', digits) - digits), &character)) continue;
    return Advise(error, "correct the filter; `candor search --fields` lists what it may ask for\n    " +
                             Printable(filter) + "\n    " + std::string(static_cast<std::size_t>(character - 1), ' ') + "^");
  }
  return error;
}

absl::StatusOr<v1::SearchResponse> Find(const SearchFlags& flags, const Connection& connection) {
  v1::SearchRequest request;
  request.set_filter(flags.filter);
  request.set_person_reference(flags.person);
  request.set_conversation_id(flags.conversation);
  request.set_datum_id(flags.datum);
  request.set_reason(flags.reason);
  request.set_with_total(flags.total);
  request.set_grant_id(flags.grant);
  v1::SearchResponse all;
  while (true) {
    request.set_page_size(flags.all ? 500 : std::min(500, flags.limit - all.decisions_size()));
    auto page = CallOf<Service>(connection, request, &Stub::Search);
    if (!page.ok()) return Pointing(page.status(), flags.filter);
    all.mutable_decisions()->MergeFrom(page->decisions());
    page->clear_decisions();
    all.MergeFrom(*page);
    all.set_next_page_token(page->next_page_token());
    const bool enough = !flags.all && all.decisions_size() >= flags.limit;
    if (enough || page->next_page_token().empty()) return all;
    request.set_page_token(page->next_page_token());
    request.set_with_total(false);
  }
}

absl::StatusOr<int> Search(const SearchFlags& flags, const Program& program, Output& out) {
  if (flags.fields) return PrintFields(out);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const v1::SearchResponse found, Find(flags, connection));
  if (out.json()) {
    out.Line(ToJson(found));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::DecisionSummary& decision : found.decisions()) {
    const std::string verdict = WordOf(*v1::Verdict_descriptor(), decision.verdict());
    rows.push_back({Printable(decision.decision_id()), ToText(decision.create_time()), Printable(decision.system()),
                    Printable(decision.action()), decision.verdict() == v1::VERDICT_UNSPECIFIED ? "-" : verdict,
                    decision.outcome().empty() ? "-" : Printable(decision.outcome()), MarksOf(decision)});
  }
  out.Table({"decision", "begun", "system", "action", "verdict", "outcome", "marks"}, rows);
  const std::uint64_t size = found.checkpoint().size();
  Pairs pairs = {{"shown", std::to_string(found.decisions_size()) + (found.next_page_token().empty() ? "" : ", and there are more: --all")}};
  if (found.has_total_count()) {
    pairs.emplace_back("in all", (found.total_is_more() ? "more than " : "") + WithCommas(found.total_count()));
  }
  pairs.emplace_back("counts", "all leaves below position " + std::to_string(found.searched_size()) +
                                   (found.searched_size() < size ? " of " + std::to_string(size) + ": repeat later for the rest" : ""));
  if (found.has_receipt()) pairs.emplace_back("this search", ToText(found.receipt()));
  out.Line();
  out.Pairs(pairs);
  return kDone;
}

}  // namespace

void AddSearch(CLI::App& app, Program& program) {
  CLI::App& command = *app.add_subcommand("search", "Find decisions, the newest first, for compliance");
  command.footer(
      "A filter, such as\n"
      "  'action = refund.grant AND (verdict = deny OR mark = late) AND amount > 100'\n"
      "  'time >= 2026-01-01 outcome = refused -notice:*'\n"
      "OR binds tighter than AND; conditions side by side must all hold; `field:*` asks whether there is\n"
      "any value. A search by person, conversation or datum is an entry; by person, the person can see it.\n");
  SearchFlags& flags = Runs(command, program, &Search);
  command.add_option("FILTER", flags.filter, "Which decisions, in the language of AIP-160; none: all");
  command.add_flag("--fields", flags.fields, "List the fields that a filter may ask for, and do nothing else");
  command.add_option("--person", flags.person, "Only decisions on this person, as they name the person")
      ->type_name("REFERENCE");
  command.add_option("--conversation", flags.conversation, "Only decisions of this conversation, by its id")->type_name("ID");
  command.add_option("--datum", flags.datum, "Only decisions that used this datum, by its id")->type_name("ID");
  command.add_option("--reason", flags.reason, "Why, a code of kind reason; required with these three")->type_name("CODE");
  command.add_option("--grant", flags.grant, "The grant it rests on: nothing else is seen or counted")->type_name("UUID");
  command.add_option("--limit", flags.limit, "Most decisions shown")->check(CLI::Range(1, 100000))->capture_default_str();
  command.add_flag("--all", flags.all, "Show all");
  command.add_flag("--total", flags.total, "Count all that fit, up to 100,000");
  AddServerFlags(command, program);
}

}  // namespace candor::cli
