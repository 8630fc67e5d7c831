// candor authorize, record, observe: one call of DecisionService, from a file.

#include "candor/v1/decision_service.grpc.pb.h"
#include "clients/cli/answers.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/program.h"

namespace candor::cli {
namespace {

struct DecideFlags {
  std::string file = "-", request_id, out;
};

// The request in the file; --request-id wins over the one in it.
template <typename Request>
absl::StatusOr<Request> ReadRequest(const DecideFlags& flags) {
  CANDOR_ASSIGN_OR_RETURN(const std::string text, ReadFile(flags.file, 4 << 20));
  Request request;
  CANDOR_RETURN_IF_ERROR(FromJson(text, request));
  std::string id = flags.request_id.empty() ? request.request_id() : flags.request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(id));
  request.set_request_id(id);
  return request;
}

std::string Painted(v1::Verdict verdict, const Output& out) {
  const std::string word = WordOf(*v1::Verdict_descriptor(), verdict);
  if (verdict == v1::VERDICT_ALLOW) return out.Good(word);
  return verdict == v1::VERDICT_DENY ? out.Bad(word) : out.Odd(word);
}

template <typename Values>
std::string Joined(const Values& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + Printable(value);
  return text;
}

std::string Words(const v1::Obligation& obligation) {
  std::string text = obligation.type() == v1::OBLIGATION_TYPE_CUSTOM
                         ? Printable(obligation.custom_type())
                         : WordOf(*v1::ObligationType_descriptor(), obligation.type());
  text = Printable(obligation.id()) + " " + text;
  if (!obligation.params_json().empty()) text += " " + Printable(obligation.params_json());
  if (obligation.has_due_time()) text += ", by " + ToText(obligation.due_time());
  return text;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

template <typename Response>
void AddCommon(const Response& response, Pairs& pairs) {
  pairs.emplace_back("reasons", Joined(response.reason_codes()));
  for (const v1::Obligation& obligation : response.obligations()) {
    pairs.emplace_back("obligation", Words(obligation));
  }
  for (const v1::FiredRule& rule : response.fired_rules()) {
    std::string text =
        Printable(rule.rule()) + " " + WordOf(*v1::RuleResult_descriptor(), rule.result());
    if (rule.missing_facts_size() > 0) text += ", missing " + Joined(rule.missing_facts());
    pairs.emplace_back("rule", std::move(text));
  }
  pairs.emplace_back("policy set", Printable(response.policy_set().name()));
  pairs.emplace_back("decision", Printable(response.decision_id()));
}

Pairs Told(const v1::AuthorizeResponse& response, const Output& out) {
  Pairs pairs = {{"verdict", Painted(response.verdict(), out)},
                 {"why", Printable(response.operator_text())},
                 {"to the person", Printable(response.person_text())}};
  for (const v1::Change& change : response.changes()) {
    pairs.emplace_back(
        "change", Printable(change.path()) + " to " +
                      (change.value_json().empty() ? "nothing" : Printable(change.value_json())));
  }
  for (const int notice : response.required_notices()) {
    pairs.emplace_back("notice first", WordOf(*v1::NoticeKind_descriptor(), notice));
  }
  AddCommon(response, pairs);
  pairs.emplace_back("authorization", Printable(response.authorization_id()));
  pairs.emplace_back("expires", ToText(response.expire_time()));
  pairs.emplace_back("review task", Printable(response.task_id()));
  return pairs;
}

template <typename Response>
Pairs Told(const Response& response, const Output& out) {
  Pairs pairs = {{"verdict", Painted(response.verdict(), out)}};
  std::vector<std::string> marks;
  for (const int mark : response.marks()) marks.push_back(WordOf(*v1::Mark_descriptor(), mark));
  pairs.emplace_back("marks", Joined(marks));
  AddCommon(response, pairs);
  pairs.emplace_back("outcome", Printable(response.outcome_id()));
  return pairs;
}

// Sends the request, prints the answer and keeps its receipt.
template <typename Request, typename Response>
absl::StatusOr<Response> Ask(const DecideFlags& flags, const Program& program, Output& out,
                             grpc::Status (v1::DecisionService::Stub::*method)(grpc::ClientContext*,
                                                                               const Request&,
                                                                               Response*)) {
  CANDOR_ASSIGN_OR_RETURN(const Request request, ReadRequest<Request>(flags));
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  const auto stub = connection.Stub<v1::DecisionService>();
  Response response;
  CANDOR_RETURN_IF_ERROR(NamingRequest(connection.Call([&](grpc::ClientContext* context) {
    return (stub.get()->*method)(context, request, &response);
  }),
                                       request.request_id()));
  std::string stem;
  if (!flags.out.empty()) {
    CANDOR_ASSIGN_OR_RETURN(stem, SaveReceipt(response.receipt(), flags.out));
  }
  if (out.json()) {
    out.Line(ToJson(response));
  } else {
    Pairs pairs = Told(response, out);
    pairs.insert(pairs.end(), {{"receipt", ToText(response.receipt())},
                               {"request", request.request_id()},
                               {"written", stem.empty() ? "" : stem + ".leaf.json"},
                               {"", stem.empty() ? "" : stem + ".tlog-proof"}});
    out.Pairs(pairs);
  }
  return response;
}

absl::StatusOr<int> Authorize(const DecideFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const v1::AuthorizeResponse response,
                          (Ask<v1::AuthorizeRequest, v1::AuthorizeResponse>(
                              flags, program, out, &v1::DecisionService::Stub::Authorize)));
  return response.verdict() == v1::VERDICT_ALLOW ? kDone : kRefused;
}

absl::StatusOr<int> Record(const DecideFlags& flags, const Program& program, Output& out) {
  CANDOR_RETURN_IF_ERROR((Ask<v1::RecordRequest, v1::RecordResponse>(
                              flags, program, out, &v1::DecisionService::Stub::Record))
                             .status());
  return kDone;
}

absl::StatusOr<int> Observe(const DecideFlags& flags, const Program& program, Output& out) {
  CANDOR_RETURN_IF_ERROR((Ask<v1::ObserveRequest, v1::ObserveResponse>(
                              flags, program, out, &v1::DecisionService::Stub::Observe))
                             .status());
  return kDone;
}

void AddOne(CLI::App& app, Program& program, const char* name, const char* about,
            const char* message,
            absl::StatusOr<int> (*run)(const DecideFlags&, const Program&, Output&)) {
  CLI::App& command = *app.add_subcommand(name, about);
  DecideFlags& flags = Runs(command, program, run);
  command
      .add_option("--file", flags.file,
                  std::string("The request, the JSON form of candor.v1.") + message +
                      "; default standard input")
      ->type_name("FILE");
  command.add_option("--out", flags.out, "Folder to write the receipt into")->type_name("DIR");
  AddRequestId(command, flags.request_id);
  AddServerFlags(command, program);
}

}  // namespace

void AddDecide(CLI::App& app, Program& program) {
  AddOne(app, program, "authorize",
         "Ask whether an AI system may take a decision; exit status 0 only for allow",
         "AuthorizeRequest", &Authorize);
  AddOne(app, program, "record", "Record the decision that was taken under an authorization",
         "RecordRequest", &Record);
  AddOne(app, program, "observe", "Record a decision that nobody asked about before",
         "ObserveRequest", &Observe);
}

}  // namespace candor::cli
