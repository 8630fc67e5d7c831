// candor authorize, record, observe: one call of DecisionService, from flags and a file.

#include <initializer_list>
#include <map>
#include <span>

#include "absl/strings/str_join.h"
#include "candor/v1/decision_service.grpc.pb.h"
#include "clients/cli/answers.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/program.h"
#include "clients/cli/template.h"

namespace candor::cli {
namespace {

struct DecideFlags {
  std::string file, request_id, out;
  std::map<std::string, std::string> fields;  // By path; empty where the flag was not given.
  std::vector<std::string> sets, reasons;
};

// What the flags say. Errors: kFailedPrecondition.
absl::StatusOr<JsonObject> FromFlags(const DecideFlags& flags) {
  JsonObject request;
  for (const auto& [path, text] : flags.fields) {
    if (!text.empty()) CANDOR_RETURN_IF_ERROR(SetMember(request, path, text));
  }
  std::vector<std::string> reasons;
  for (const std::string& code : flags.reasons) reasons.push_back("{\"code\":\"" + code + "\"}");
  if (!reasons.empty()) {
    CANDOR_RETURN_IF_ERROR(
        SetMember(request, "outcome.reasons", "[" + absl::StrJoin(reasons, ",") + "]"));
  }
  for (const std::string& set : flags.sets) {
    const std::size_t equals = set.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return Unusable("--set " + Printable(set) + ": is not PATH=VALUE",
                      "write it like --set action.stage=ACTION_STAGE_DECIDE");
    }
    CANDOR_RETURN_IF_ERROR(SetMember(request, set.substr(0, equals), set.substr(equals + 1)));
  }
  return request;
}

// The request in the file, with what the flags say put over it.
template <typename Request>
absl::StatusOr<Request> ReadRequest(const DecideFlags& flags) {
  CANDOR_ASSIGN_OR_RETURN(const JsonObject said, FromFlags(flags));
  Request request;
  const bool has_flags = !said.fields().empty();
  if (!flags.file.empty() || !has_flags) {
    const std::string file = flags.file.empty() ? "-" : flags.file;
    CANDOR_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, 4 << 20));
    CANDOR_RETURN_IF_ERROR(FromJson(text, request));
  }
  if (has_flags) {
    Request over;
    CANDOR_RETURN_IF_ERROR(FromJson(EncodeJson(said), over));
    request.MergeFrom(over);
  }
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

// A flag for a field that most requests set.
struct FieldFlag {
  const char* name;
  const char* path;
  const char* about;
};
constexpr FieldFlag kQuestion[] = {
    {"--system", "actor.system", "The AI system that decides"},
    {"--action", "action.name", "What it is about to do, or did"},
    {"--amount", "action.amount", "How much it is about, a decimal"},
    {"--currency", "action.currency", "Of the amount, such as eur"},
    {"--person", "person.reference", "The person concerned, by your own reference; sealed"},
    {"--inputs", "inputs_json", "What goes into the decision, JSON; sealed"},
    {"--confidence", "confidence", "How sure the system is, from 0 to 1"}};
constexpr FieldFlag kAnswer[] = {
    {"--outcome", "outcome.code", "What was decided"},
    {"--adverse", "outcome.adverse", "Whether it is adverse to the person: true or false"},
    {"--output", "outcome.output_json", "What the system put out, JSON; sealed"}};
constexpr FieldFlag kAuthorization[] = {
    {"--authorization", "authorization_id", "The authorization it was decided under"}};

void AddFieldFlags(CLI::App& command, DecideFlags& flags, std::span<const FieldFlag> fields) {
  for (const FieldFlag& field : fields) {
    command.add_option(field.name, flags.fields[field.path], field.about)->group("Request");
  }
}

void AddOne(CLI::App& app, Program& program, const char* name, const char* about,
            const char* message,
            absl::StatusOr<int> (*run)(const DecideFlags&, const Program&, Output&),
            std::initializer_list<std::span<const FieldFlag>> fields) {
  CLI::App& command = *app.add_subcommand(name, about);
  DecideFlags& flags = Runs(command, program, run);
  for (const std::span<const FieldFlag> some : fields) AddFieldFlags(command, flags, some);
  if (flags.fields.contains("outcome.code")) {
    command.add_option("--reason", flags.reasons, "Code of a reason, the weightiest first; may repeat")
        ->allow_extra_args(false)
        ->group("Request");
  }
  command
      .add_option("--set", flags.sets,
                  std::string("Any other field of candor.v1.") + message + "; may repeat")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false)
      ->group("Request");
  command
      .add_option("--file", flags.file,
                  std::string("The request, the JSON form of candor.v1.") + message +
                      ", - for standard input; fields by flags win. Default without such flags: -")
      ->type_name("FILE");
  command.add_option("--out", flags.out, "Folder to write the receipt into")->type_name("DIR");
  AddRequestId(command, flags.request_id);
  AddServerFlags(command, program);
}

}  // namespace

void AddDecide(CLI::App& app, Program& program) {
  AddOne(app, program, "authorize",
         "Ask whether an AI system may take a decision; exit status 0 only for allow",
         "AuthorizeRequest", &Authorize, {kQuestion});
  AddOne(app, program, "record", "Record the decision that was taken under an authorization",
         "RecordRequest", &Record, {kAuthorization, kAnswer});
  AddOne(app, program, "observe", "Record a decision that nobody asked about before",
         "ObserveRequest", &Observe, {kQuestion, kAnswer});
}

}  // namespace candor::cli
