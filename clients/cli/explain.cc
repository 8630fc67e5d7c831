// candor explain, and the lists of `candor person`: what a person sees.

#include "candor/v1/transparency_service.grpc.pb.h"
#include "clients/cli/answers.h"
#include "clients/cli/calls.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"
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

// The lists of a person, under `candor person`.
void AddPersonLists(CLI::App& group, Program& program) {
  CLI::App& decisions = *group.add_subcommand("decisions", "List the decisions on the person, the newest first");
  AddPersonFlags(decisions, program, Runs(decisions, program, &Decisions).token_file);
  CLI::App& data = *group.add_subcommand("data", "List the data that decisions used, with source and purpose");
  ListFlags& flags = Runs(data, program, &DataUse);
  data.add_option("--decision", flags.decision, "Only those of this decision")->type_name("UUID");
  AddPersonFlags(data, program, flags.token_file);
  CLI::App& readers = *group.add_subcommand("readers", "List who read the person's data, and why");
  AddPersonFlags(readers, program, Runs(readers, program, &WhoLooked).token_file);
}

}  // namespace candor::cli
