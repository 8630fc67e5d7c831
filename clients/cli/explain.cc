// candor explain, and what `candor person` shows and asks for: the person's own view.

#include <filesystem>

#include "candor/v1/transparency_service.grpc.pb.h"
#include "clients/cli/answers.h"
#include "clients/cli/calls.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/part_file.h"
#include "services/core/json/json.h"
#include "services/pages/explanation.h"

namespace candor::cli {
namespace {

using Stub = v1::TransparencyService::Stub;

// --person-token-file stands where others have --key-file.
absl::StatusOr<Connection> OpenAsPerson(const Program& program, const std::string& token_file) {
  ServerFlags server = program.server;
  if (!token_file.empty()) server.key_file = token_file;
  return Connection::Open(server);
}

void AddPersonFlags(CLI::App& command, Program& program, std::string& token_file) {
  command.add_option("--person-token-file", token_file, "The person's token, of `candor person token`; default --key-file")
      ->type_name("FILE");
  AddServerFlags(command, program);
}

struct ExplainFlags {
  std::string decision, token_file, language, html, proof;
};

absl::StatusOr<int> Explain(const ExplainFlags& flags, const Program& program, Output& out) {
  v1::ExplainRequest request;
  request.set_decision_id(flags.decision);
  request.set_language(flags.language);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, OpenAsPerson(program, flags.token_file));
  const auto stub = connection.Stub<v1::TransparencyService>();
  v1::ExplainResponse answer;
  CANDOR_RETURN_IF_ERROR(connection.Call([&](grpc::ClientContext* context) { return stub->Explain(context, request, &answer); }));
  const std::string proof = ToJson(answer) + "\n";
  const pages::Document page = pages::PageOf(answer, proof);
  if (!flags.proof.empty()) CANDOR_RETURN_IF_ERROR(WriteFile(flags.proof, proof));
  if (!flags.html.empty()) CANDOR_RETURN_IF_ERROR(WriteFile(flags.html, pages::ToHtml(page)));
  if (out.json()) {
    out.Raw(proof);
  } else if (flags.html.empty()) {
    out.Raw(pages::ToPlainText(page));
  }
  if (!out.json() && !flags.html.empty()) out.Pairs({{"page", flags.html}, {"proof", flags.proof}});
  return kDone;
}

struct ListFlags {
  std::string token_file, decision;
};

absl::StatusOr<int> Decisions(const ListFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, OpenAsPerson(program, flags.token_file));
  CANDOR_ASSIGN_OR_RETURN(const auto all, (ListAllOf<v1::TransparencyService>(connection, v1::ListDecisionsRequest(),
                                                                             &Stub::ListDecisions)));
  if (out.json()) {
    out.Line(ToJson(all));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::PersonDecision& decision : all.decisions()) {
    rows.push_back({decision.decision_id(), ToText(decision.create_time()), Printable(decision.title()),
                    Printable(decision.outcome_text())});
  }
  out.Table({"decision", "asked", "about", "result"}, rows);
  return kDone;
}

absl::StatusOr<int> DataUse(const ListFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, OpenAsPerson(program, flags.token_file));
  v1::DataUseRequest request;
  request.set_decision_id(flags.decision);
  CANDOR_ASSIGN_OR_RETURN(const auto all, ListAllOf<v1::TransparencyService>(connection, request, &Stub::DataUse));
  if (out.json()) {
    out.Line(ToJson(all));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::UsedDatum& datum : all.data()) {
    rows.push_back({ToText(datum.use_time()), Printable(datum.name()), Printable(datum.value_json()),
                    WordOf(*v1::SourceKind_descriptor(), datum.source_kind()), Printable(datum.purpose_text())});
  }
  out.Table({"used", "what", "value", "source", "for"}, rows);
  return kDone;
}

absl::StatusOr<int> WhoLooked(const ListFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, OpenAsPerson(program, flags.token_file));
  CANDOR_ASSIGN_OR_RETURN(const auto all, (ListAllOf<v1::TransparencyService>(connection, v1::WhoLookedRequest(),
                                                                             &Stub::WhoLooked)));
  if (out.json()) {
    out.Line(ToJson(all));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::ShownReading& reading : all.readings()) {
    std::string sections;
    for (const std::string& section : reading.sections()) sections += (sections.empty() ? "" : ", ") + section;
    rows.push_back({ToText(reading.read_time()), Printable(reading.role_text()), Printable(reading.reason_text()),
                    Printable(sections), reading.decision_id()});
  }
  out.Table({"when", "who", "why", "what", "decision"}, rows);
  return kDone;
}

struct AskFlags {
  std::string token_file, request_id, statement, purpose, consent, case_id, decision, kind = "contest", datum, wrong, right, out;
  bool opt_out = false;
};

Pairs PairsOf(const v1::Case& one) {
  Pairs pairs = {{"case", one.case_id()},
                 {"asks for", WordOf(*v1::CaseKind_descriptor(), one.kind())},
                 {"about", one.decision_ids().empty() ? "" : Printable(one.decision_ids(0))},
                 {"state", WordOf(*v1::CaseState_descriptor(), one.state())},
                 {"received", ToText(one.receive_time())},
                 {"answer due", ToText(one.due_time())},
                 {"due by law", ToText(one.legal_due_time())},
                 {"counted by", one.calendar().empty() ? Printable(one.clock()) : Printable(one.clock()) + ", holidays of " + Printable(one.calendar())}};
  if (one.has_extend_time()) pairs.emplace_back("takes longer", Printable(one.extend_text()));
  if (one.question() != v1::QUESTION_KIND_UNSPECIFIED) {
    pairs.emplace_back("asks the person", WordOf(*v1::QuestionKind_descriptor(), one.question()) + ": " + Printable(one.question_text()));
    pairs.emplace_back("clock", one.clock_stands() ? "stands until they reply" : "runs on");
  }
  if (one.has_answer_time()) pairs.emplace_back("answered", ToText(one.answer_time()));
  if (one.outcome() != v1::CASE_OUTCOME_UNSPECIFIED) pairs.emplace_back("outcome", WordOf(*v1::CaseOutcome_descriptor(), one.outcome()));
  pairs.emplace_back("answer", Printable(one.answer_text()));
  pairs.emplace_back("ground", Printable(one.refusal_ground()));
  pairs.emplace_back("decided instead", Printable(one.changed_decision_id()));
  for (const v1::CaseStep& step : one.steps()) {
    pairs.emplace_back("step", WordOf(*v1::CaseStage_descriptor(), step.stage()) + ", " + ToText(step.time()));
  }
  pairs.emplace_back("besides", Printable(one.remedies_text()));
  return pairs;
}

// Sends what the person asks for, and prints the case that it opens.
template <typename Request, typename Response>
absl::StatusOr<int> Ask(Request request, const AskFlags& flags, const Program& program, Output& out,
                        Method<v1::TransparencyService, Request, Response> method) {
  std::string request_id = flags.request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  if constexpr (requires { request.set_statement(flags.statement); }) request.set_statement(flags.statement);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, OpenAsPerson(program, flags.token_file));
  CANDOR_ASSIGN_OR_RETURN(const Response answer, AppendTo<v1::TransparencyService>(connection, request, method));
  if (out.json()) {
    out.Line(ToJson(answer));
    return kDone;
  }
  Pairs pairs = PairsOf(answer.case_());
  pairs.emplace_back("receipt", ToText(answer.receipt()));
  pairs.emplace_back("request", request_id);
  out.Pairs(pairs);
  return kDone;
}

absl::StatusOr<int> Contest(const AskFlags& flags, const Program& program, Output& out) {
  v1::ContestRequest request;
  request.set_decision_id(flags.decision);
  CANDOR_ASSIGN_OR_RETURN(const int kind, NumberOf(*v1::CaseKind_descriptor(), flags.kind, "--kind"));
  request.set_kind(static_cast<v1::CaseKind>(kind));
  return Ask(std::move(request), flags, program, out, &Stub::Contest);
}

absl::StatusOr<int> Object(const AskFlags& flags, const Program& program, Output& out) {
  v1::ObjectRequest request;
  request.set_purpose(flags.purpose);
  if (flags.opt_out) request.set_opt_out(true);
  return Ask(std::move(request), flags, program, out, &Stub::Object);
}

absl::StatusOr<int> Withdraw(const AskFlags& flags, const Program& program, Output& out) {
  v1::WithdrawConsentRequest request;
  request.set_consent_id(flags.consent);
  return Ask(std::move(request), flags, program, out, &Stub::WithdrawConsent);
}

absl::StatusOr<int> Correct(const AskFlags& flags, const Program& program, Output& out) {
  v1::RequestCorrectionRequest request;
  request.set_decision_id(flags.decision);
  v1::Correction& one = *request.add_corrections();
  one.set_datum_id(flags.datum);
  one.set_wrong(flags.wrong);
  one.set_right(flags.right);
  return Ask(std::move(request), flags, program, out, &Stub::RequestCorrection);
}

absl::StatusOr<int> Reply(const AskFlags& flags, const Program& program, Output& out) {
  v1::ReplyRequest request;
  request.set_case_id(flags.case_id);
  return Ask(std::move(request), flags, program, out, &Stub::Reply);
}

absl::StatusOr<int> AskErasure(const AskFlags& flags, const Program& program, Output& out) {
  return Ask(v1::RequestErasureRequest(), flags, program, out, &Stub::RequestErasure);
}

absl::StatusOr<int> ExportAll(const AskFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, OpenAsPerson(program, flags.token_file));
  const std::string unfinished = flags.out + ".part";
  for (const std::string& path : {flags.out, unfinished}) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return Unusable(path + ": is there already", "remove it, or give another file");
  }
  PartFile part;
  CANDOR_RETURN_IF_ERROR(part.Open(unfinished));
  const auto stub = connection.Stub<v1::TransparencyService>();
  v1::ExportMyDataResponse answer;
  absl::Status kept;
  const absl::Status status = connection.Call([&](grpc::ClientContext* context) {
    context->set_deadline(std::chrono::system_clock::time_point::max());  // As long as it takes.
    const auto reader = stub->ExportMyData(context, v1::ExportMyDataRequest());
    while (kept.ok() && reader->Read(&answer)) kept = part.Add(answer.chunk());
    if (!kept.ok()) context->TryCancel();
    return reader->Finish();
  });
  CANDOR_RETURN_IF_ERROR(kept);
  if (!status.ok()) std::filesystem::remove(unfinished);
  CANDOR_RETURN_IF_ERROR(status);
  CANDOR_RETURN_IF_ERROR(part.Become(flags.out, answer.digest()));
  const std::string digest = Digest::FromBytes(AsBytes(answer.digest())).value_or(Digest()).ToHex();
  if (out.json()) {
    out.Line(core::Json::Object().Set("file", flags.out).Set("sha256", digest).Encode());
  } else {
    out.Pairs({{"written", flags.out + ", " + WithCommas(part.size()) + " bytes"},
               {"sha256", digest},
               {"next", "unpack it with tar, and begin with index.html"}});
  }
  return kDone;
}

absl::StatusOr<int> ShowCase(const AskFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, OpenAsPerson(program, flags.token_file));
  v1::GetContestRequest request;
  request.set_case_id(flags.case_id);
  CANDOR_ASSIGN_OR_RETURN(const auto answer, CallOf<v1::TransparencyService>(connection, request, &Stub::GetContest));
  if (out.json()) {
    out.Line(ToJson(answer));
    return kDone;
  }
  Pairs pairs = PairsOf(answer.case_());
  for (const v1::Receipt& receipt : answer.receipts()) pairs.emplace_back("receipt", ToText(receipt));
  out.Pairs(pairs);
  return kDone;
}

void AddAskFlags(CLI::App& command, Program& program, AskFlags& flags) {
  command.add_option("--statement", flags.statement, "The person's own words; sealed under their key")->type_name("TEXT");
  AddRequestId(command, flags.request_id);
  AddPersonFlags(command, program, flags.token_file);
}

}  // namespace

void AddExplain(CLI::App& app, Program& program) {
  CLI::App& command = *app.add_subcommand("explain", "Show a person what was decided about them, why, and with which data");
  command.footer("The proof holds the answer with its receipts and opened sections: `candor verify explanation`.\n");
  ExplainFlags& flags = Runs(command, program, &Explain);
  command.add_option("DECISION", flags.decision, "Id of the decision")->type_name("UUID")->required();
  command.add_option("--language", flags.language, "Language of the page, such as de; default the person's")->type_name("CODE");
  command.add_option("--html", flags.html, "Write the page to this file, instead of text")->type_name("FILE");
  command.add_option("--proof", flags.proof, "Write the proof file too; an HTML page holds it anyway")->type_name("FILE");
  AddPersonFlags(command, program, flags.token_file);
}

// What a person sees and asks for, under `candor person`.
void AddPersonLists(CLI::App& group, Program& program) {
  CLI::App& decisions = *group.add_subcommand("decisions", "List the decisions on the person, the newest first");
  AddPersonFlags(decisions, program, Runs(decisions, program, &Decisions).token_file);
  CLI::App& data = *group.add_subcommand("data", "List the data that decisions used, with source and purpose");
  ListFlags& flags = Runs(data, program, &DataUse);
  data.add_option("--decision", flags.decision, "Only those of this decision")->type_name("UUID");
  AddPersonFlags(data, program, flags.token_file);
  CLI::App& readers = *group.add_subcommand("readers", "List who read the person's data, and why");
  AddPersonFlags(readers, program, Runs(readers, program, &WhoLooked).token_file);
  CLI::App& contest_command = *group.add_subcommand("contest", "Contest a decision for the person; a human who took no part answers");
  AskFlags& contest = Runs(contest_command, program, &Contest);
  contest_command.add_option("DECISION", contest.decision, "Id of the decision")->type_name("UUID")->required();
  contest_command.add_option("--kind", contest.kind, "contest, human_intervention, explain_86, appeal or dispute")
      ->type_name("KIND")
      ->capture_default_str();
  AddAskFlags(contest_command, program, contest);
  CLI::App& object_command = *group.add_subcommand("object", "Object for the person; rules see it from the answer on");
  AskFlags& object = Runs(object_command, program, &Object);
  object_command.add_option("--purpose", object.purpose, "Only to processing for this purpose; default to all")->type_name("CODE");
  object_command.add_flag("--opt-out", object.opt_out, "Opt out of automated decisions altogether");
  AddAskFlags(object_command, program, object);
  CLI::App& withdraw_command = *group.add_subcommand("withdraw", "Withdraw a consent of the person, or all of them");
  AskFlags& withdraw = Runs(withdraw_command, program, &Withdraw);
  withdraw_command.add_option("--consent", withdraw.consent, "Only this one, as requests name it; default all")->type_name("ID");
  AddAskFlags(withdraw_command, program, withdraw);
  CLI::App& correct_command = *group.add_subcommand("correct", "Ask for data of the person to be corrected");
  AskFlags& correct = Runs(correct_command, program, &Correct);
  correct_command.add_option("--wrong", correct.wrong, "What is wrong; sealed under the person's key")->type_name("TEXT")->required();
  correct_command.add_option("--right", correct.right, "What would be right")->type_name("TEXT");
  correct_command.add_option("--datum", correct.datum, "The datum, as `candor person data` names it")->type_name("ID");
  correct_command.add_option("--decision", correct.decision, "The decision that used it")->type_name("UUID");
  AddRequestId(correct_command, correct.request_id);
  AddPersonFlags(correct_command, program, correct.token_file);
  CLI::App& reply_command = *group.add_subcommand("reply", "Answer the question that a case of the person waits with");
  AskFlags& reply = Runs(reply_command, program, &Reply);
  reply_command.add_option("CASE", reply.case_id, "Id of the case")->type_name("UUID")->required();
  AddAskFlags(reply_command, program, reply);
  CLI::App& erase_command = *group.add_subcommand("erase", "Ask for the person's data to be erased");
  AddAskFlags(erase_command, program, Runs(erase_command, program, &AskErasure));
  CLI::App& export_command = *group.add_subcommand("export", "Write all that is kept about the person to one tar file");
  AskFlags& exported = Runs(export_command, program, &ExportAll);
  export_command.add_option("FILE", exported.out, "New file; never one that is there")->required();
  AddPersonFlags(export_command, program, exported.token_file);
  CLI::App& case_command = *group.add_subcommand("case", "Show what became of what the person asked for");
  AskFlags& shown = Runs(case_command, program, &ShowCase);
  case_command.add_option("CASE", shown.case_id, "Id of the case")->type_name("UUID")->required();
  AddPersonFlags(case_command, program, shown.token_file);
}

}  // namespace candor::cli
