// candor dossier, gaps, reads: what compliance looks at of what was found.

#include "clients/cli/audit.h"

#include "candor/v1/audit_service.grpc.pb.h"
#include "clients/cli/calls.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "services/pages/dossier.h"

namespace candor::cli {
namespace {

using Service = v1::AuditService;
using Stub = Service::Stub;

struct DossierFlags {
  std::string decision, reason, html, request_id, grant;
  std::vector<std::string> sections;
};

absl::StatusOr<int> Dossier(const DossierFlags& flags, const Program& program, Output& out) {
  v1::GetDossierRequest request;
  request.set_decision_id(flags.decision);
  request.set_reason(flags.reason);
  request.set_grant_id(flags.grant);
  for (const std::string& section : flags.sections) request.add_sections(section);
  std::string request_id = flags.request_id;
  if (!flags.sections.empty()) {
    CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
    request.set_request_id(request_id);
  }
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const v1::GetDossierResponse answer, AppendTo<Service>(connection, request, &Stub::GetDossier));
  const std::string proof = ToJson(answer) + "\n";
  const pages::Document page = pages::DossierOf(answer, proof);
  if (!flags.html.empty()) CANDOR_RETURN_IF_ERROR(WriteFile(flags.html, pages::ToHtml(page)));
  if (out.json()) {
    out.Raw(proof);
  } else if (flags.html.empty()) {
    out.Raw(pages::ToPlainText(page));
  } else {
    Pairs pairs = {{"page", flags.html}};
    if (answer.has_receipt()) pairs.emplace_back("this reading", ToText(answer.receipt()));
    out.Pairs(pairs);
  }
  return kDone;
}

struct GapsFlags {
  std::string kind, producer, grant;
  bool closed = false;
};

std::string NumbersOf(const v1::Gap& gap) {
  if (gap.first_seq() == 0) return "-";
  if (gap.last_seq() == 0) return "from " + std::to_string(gap.first_seq()) + ", unknown";
  return std::to_string(gap.first_seq()) + "-" + std::to_string(gap.last_seq());
}

absl::StatusOr<int> Gaps(const GapsFlags& flags, const Program& program, Output& out) {
  v1::ListGapsRequest request;
  request.set_producer(flags.producer);
  request.set_grant_id(flags.grant);
  request.set_with_closed(flags.closed);
  if (!flags.kind.empty()) {
    CANDOR_ASSIGN_OR_RETURN(const int kind, NumberOf(*v1::GapKind_descriptor(), flags.kind, "--kind"));
    request.set_kind(static_cast<v1::GapKind>(kind));
  }
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const v1::ListGapsResponse all, ListAllOf<Service>(connection, request, &Stub::ListGaps));
  if (out.json()) {
    out.Line(ToJson(all));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::Gap& gap : all.gaps()) {
    const std::string mark = gap.mark() == v1::MARK_UNSPECIFIED ? std::string() : ", " + WordOf(*v1::Mark_descriptor(), gap.mark());
    rows.push_back({WordOf(*v1::GapKind_descriptor(), gap.kind()) + mark, ToText(gap.notice_time()),
                    gap.producer().empty() ? "-" : Printable(gap.producer()), NumbersOf(gap),
                    gap.decision_id().empty() ? "-" : gap.decision_id(),
                    gap.has_close_time() ? "closed " + ToText(gap.close_time()) : "open"});
  }
  out.Table({"what", "noticed", "producer", "numbers", "decision", "state"}, rows);
  const std::uint64_t total = all.gated_count() + all.observed_count();
  out.Line();
  out.Pairs({{"gated", WithCommas(all.gated_count()) + " of " + WithCommas(total) + " decisions; the others were only observed"},
             {"counts", "all leaves below position " + std::to_string(all.searched_size())}});
  return kDone;
}

struct ReadsFlags {
  std::string decision, person, reason, grant;
};

absl::StatusOr<int> Reads(const ReadsFlags& flags, const Program& program, Output& out) {
  v1::ListReadsRequest request;
  request.set_decision_id(flags.decision);
  request.set_person_reference(flags.person);
  request.set_reason(flags.reason);
  request.set_grant_id(flags.grant);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const v1::ListReadsResponse all, ListAllOf<Service>(connection, request, &Stub::ListReads));
  if (out.json()) {
    out.Line(ToJson(all));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::Reading& reading : all.readings()) {
    std::string sections;
    for (const std::string& section : reading.sections()) sections += (sections.empty() ? "" : ", ") + Printable(section);
    rows.push_back({ToText(reading.read_time()), Printable(reading.reader()), Printable(reading.reason()), sections,
                    reading.decision_id().empty() ? "a search" : reading.decision_id()});
  }
  out.Table({"when", "who", "why", "what", "decision"}, rows);
  return kDone;
}

struct CountFlags {
  std::string filter, grant, from = "1970-01-01T00:00:00Z", until = "9999-01-01T00:00:00Z", bucket;
  std::vector<std::string> by, measures;
};

absl::StatusOr<int> Count(const CountFlags& flags, const Program& program, Output& out) {
  v1::AggregateRequest request;
  request.set_filter(flags.filter);
  request.set_grant_id(flags.grant);
  CANDOR_RETURN_IF_ERROR(FromText(flags.from, "--from", *request.mutable_period()->mutable_from_time()));
  CANDOR_RETURN_IF_ERROR(FromText(flags.until, "--until", *request.mutable_period()->mutable_until_time()));
  for (const std::string& field : flags.by) request.add_fields(field);
  for (const std::string& word : flags.measures) {
    CANDOR_ASSIGN_OR_RETURN(const int measure, NumberOf(*v1::Measure_descriptor(), word, "--measure"));
    request.add_measures(static_cast<v1::Measure>(measure));
  }
  if (flags.measures.empty()) request.add_measures(v1::MEASURE_DECISIONS);
  if (!flags.bucket.empty()) {
    CANDOR_ASSIGN_OR_RETURN(const int bucket, NumberOf(*v1::Bucket_descriptor(), flags.bucket, "--bucket"));
    request.set_bucket(static_cast<v1::Bucket>(bucket));
  }
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const v1::AggregateResponse counted, CallOf<Service>(connection, request, &Stub::Aggregate));
  if (out.json()) {
    out.Line(ToJson(counted));
    return kDone;
  }
  std::vector<std::string> heads = flags.by;
  if (!flags.bucket.empty()) heads.emplace_back("from");
  for (const char* head : {"measure", "count", "of", "value", "95 %"}) heads.emplace_back(head);
  std::vector<std::vector<std::string>> rows;
  for (const v1::AggregateRow& row : counted.rows()) {
    std::vector<std::string>& cells = rows.emplace_back();
    for (const std::string& value : row.segments()) cells.push_back(value.empty() ? "-" : Printable(value));
    if (!flags.bucket.empty()) cells.push_back(ToText(row.bucket_time()));
    for (const std::string& cell : {WordOf(*v1::Measure_descriptor(), row.measure()), std::to_string(row.count()),
                                    std::to_string(row.total()), row.value() + (row.currency().empty() ? "" : " " + row.currency()),
                                    row.low().empty() ? std::string("-") : row.low() + " to " + row.high()}) {
      cells.push_back(cell);
    }
  }
  out.Table(heads, rows);
  out.Line();
  out.Pairs({{"left out", counted.suppressed_count() == 0 ? "" : std::to_string(counted.suppressed_count()) + " decisions, in groups that are too small"},
             {"counts", "all leaves below position " + std::to_string(counted.searched_size())}});
  return kDone;
}

}  // namespace

void AddAudit(CLI::App& app, Program& program) {
  CLI::App& dossier = *app.add_subcommand("dossier", "Show the whole story of one decision: every entry, with its proof");
  dossier.footer("To open sealed sections is an entry of the ledger, and the person can see it.\n");
  DossierFlags& flags = Runs(dossier, program, &Dossier);
  dossier.add_option("DECISION", flags.decision, "Id of the decision")->type_name("UUID")->required();
  dossier.add_option("--open", flags.sections, "A section to open, such as inputs; may repeat; needs --reason")
      ->type_name("SECTION")
      ->allow_extra_args(false);
  dossier.add_option("--reason", flags.reason, "Why they are opened, a code of kind reason")->type_name("CODE");
  dossier.add_option("--html", flags.html, "Write a page to this file, instead of text; it holds the proofs")->type_name("FILE");
  dossier.add_option("--grant", flags.grant, "The grant it rests on: nothing else is seen or counted")->type_name("UUID");
  AddRequestId(dossier, flags.request_id);
  AddServerFlags(dossier, program);

  CLI::App& gaps = *app.add_subcommand("gaps", "List what is missing, and records against their verdict");
  GapsFlags& gap_flags = Runs(gaps, program, &Gaps);
  gaps.add_option("--kind", gap_flags.kind, "Only sequence, outcome, authorization, tail, finding or case")->type_name("WORD");
  gaps.add_option("--producer", gap_flags.producer, "Only of this producer")->type_name("CODE");
  gaps.add_flag("--closed", gap_flags.closed, "Also what arrived late");
  gaps.add_option("--grant", gap_flags.grant, "The grant it rests on: nothing else is seen or counted")->type_name("UUID");
  AddServerFlags(gaps, program);

  CLI::App& count = *app.add_subcommand("count", "Count decisions, and shares of them, in groups of 10 or more");
  count.footer("Shares come with Wilson's 95 % interval. Fields: `candor search --fields`.\n");
  CountFlags& count_flags = Runs(count, program, &Count);
  count.add_option("FILTER", count_flags.filter, "Which decisions, as for `candor search`; none: all");
  count.add_option("--by", count_flags.by, "Count apart by this field, such as outcome; at most two")
      ->type_name("FIELD")
      ->allow_extra_args(false);
  count.add_option("--measure", count_flags.measures,
                   "decisions, resolution, escalation, override, reversal, repeat_contact, complaint, cost_per_resolution, "
                   "denial, adverse, coverage; may repeat")
      ->type_name("WORD")
      ->allow_extra_args(false);
  count.add_option("--bucket", count_flags.bucket, "Count apart for each day, week or month")->type_name("WORD");
  count.add_option("--from", count_flags.from, "Decisions begun from this time on")->type_name("TIME");
  count.add_option("--until", count_flags.until, "Decisions begun before this time")->type_name("TIME");
  count.add_option("--grant", count_flags.grant, "The grant it rests on: nothing else is seen or counted")->type_name("UUID");
  AddServerFlags(count, program);

  CLI::App& reads = *app.add_subcommand("reads", "List who read personal data, and why");
  ReadsFlags& read_flags = Runs(reads, program, &Reads);
  reads.add_option("--decision", read_flags.decision, "Only of this decision")->type_name("UUID");
  reads.add_option("--person", read_flags.person, "Only of this person, as decisions name the person")->type_name("REFERENCE");
  reads.add_option("--reason", read_flags.reason, "Why, a code of kind reason; required with --person")->type_name("CODE");
  reads.add_option("--grant", read_flags.grant, "The grant it rests on: nothing else is seen or counted")->type_name("UUID");
  AddServerFlags(reads, program);
}

}  // namespace candor::cli
