// candor system, action, codes: what decisions refer to.

#include "candor/v1/registry_service.grpc.pb.h"
#include "clients/cli/answers.h"
#include "clients/cli/calls.h"
#include "clients/cli/errors.h"

namespace candor::cli {
namespace {

using Texts = std::vector<std::string>;

void Add(const Texts& texts, google::protobuf::RepeatedPtrField<std::string>& to) {
  for (const std::string& text : texts) to.Add(std::string(text));
}

// Sends a request that appends, and prints its receipt.
template <typename Request, typename Response>
absl::StatusOr<int> Append(Request request, std::string request_id, const Program& program,
                           Output& out, const std::string& what,
                           Method<v1::RegistryService, Request, Response> method) {
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const Response response,
                          AppendTo<v1::RegistryService>(connection, request, method));
  if (out.json()) {
    out.Line(ToJson(response));
  } else {
    out.Pairs({{"done", what}, {"receipt", ToText(response.receipt())}, {"request", request_id}});
  }
  return kDone;
}

struct SystemFlags {
  std::string system, name, logic, risk_class, request_id;
  Texts models, versions;
};

absl::StatusOr<int> RegisterSystem(const SystemFlags& flags, const Program& program, Output& out) {
  v1::RegisterSystemRequest request;
  v1::AiSystem& system = *request.mutable_system();
  system.set_system(flags.system);
  system.set_name(flags.name);
  system.set_logic_summary(flags.logic);
  Add(flags.models, *system.mutable_models());
  Add(flags.versions, *system.mutable_model_versions());
  if (!flags.risk_class.empty()) {
    CANDOR_ASSIGN_OR_RETURN(
        const int risk, NumberOf(*v1::RiskClass_descriptor(), flags.risk_class, "--risk-class"));
    system.set_risk_class(static_cast<v1::RiskClass>(risk));
  }
  return Append<v1::RegisterSystemRequest, v1::RegisterSystemResponse>(
      std::move(request), flags.request_id, program, out, "registered " + flags.system,
      &v1::RegistryService::Stub::RegisterSystem);
}

struct ActionFlags {
  std::string action, name, request_id;
  Texts outcomes, reasons, purposes, resource_types, data_categories;
};

absl::StatusOr<int> RegisterAction(const ActionFlags& flags, const Program& program, Output& out) {
  v1::RegisterDecisionTypeRequest request;
  v1::DecisionType& type = *request.mutable_decision_type();
  type.set_action(flags.action);
  type.set_name(flags.name);
  Add(flags.outcomes, *type.mutable_outcomes());
  Add(flags.reasons, *type.mutable_reasons());
  Add(flags.purposes, *type.mutable_purposes());
  Add(flags.resource_types, *type.mutable_resource_types());
  Add(flags.data_categories, *type.mutable_data_categories());
  return Append<v1::RegisterDecisionTypeRequest, v1::RegisterDecisionTypeResponse>(
      std::move(request), flags.request_id, program, out, "registered " + flags.action,
      &v1::RegistryService::Stub::RegisterDecisionType);
}

struct CodesFlags {
  std::string kind, request_id;
  Texts codes;
};

absl::StatusOr<int> DeclareCodes(const CodesFlags& flags, const Program& program, Output& out) {
  v1::DeclareCodesRequest request;
  CANDOR_ASSIGN_OR_RETURN(const int kind,
                          NumberOf(*v1::CodeKind_descriptor(), flags.kind, "--kind"));
  request.set_kind(static_cast<v1::CodeKind>(kind));
  Add(flags.codes, *request.mutable_codes());
  return Append<v1::DeclareCodesRequest, v1::DeclareCodesResponse>(
      std::move(request), flags.request_id, program, out,
      "declared " + std::to_string(flags.codes.size()) +
          (flags.codes.size() == 1 ? " code" : " codes"),
      &v1::RegistryService::Stub::DeclareCodes);
}

// An option that takes one value each time it is given.
void AddList(CLI::App& command, const std::string& name, Texts& values, const std::string& about) {
  command.add_option(name, values, about + "; may repeat")
      ->type_name("CODE")
      ->allow_extra_args(false);
}

void AddSystem(CLI::App& app, Program& program) {
  CLI::App& command =
      *AddGroup(app, "system", "AI systems")
           .add_subcommand("register",
                           "Register an AI system, with the codes of its models and versions");
  SystemFlags& flags = Runs(command, program, &RegisterSystem);
  command.add_option("SYSTEM", flags.system, "Its code")->required();
  AddList(command, "--model", flags.models, "Code of a model of it");
  AddList(command, "--model-version", flags.versions, "Code of a version of these models");
  command.add_option("--name", flags.name, "What it is called, in words for people")
      ->type_name("TEXT");
  command
      .add_option("--logic", flags.logic,
                  "How it works and what it means for a person, in plain words")
      ->type_name("TEXT");
  command.add_option("--risk-class", flags.risk_class, "Risk class under the AI Act, such as high")
      ->type_name("WORD");
  AddRequestId(command, flags.request_id);
  AddServerFlags(command, program);
}

void AddAction(CLI::App& app, Program& program) {
  CLI::App& group = AddGroup(app, "action", "Kinds of decision; also `type`");
  group.alias("type");
  CLI::App& command = *group.add_subcommand(
      "register", "Register a kind of decision, with the codes that may come with it");
  ActionFlags& flags = Runs(command, program, &RegisterAction);
  command.add_option("ACTION", flags.action, "Its action, such as refund.grant")->required();
  AddList(command, "--outcome", flags.outcomes, "An outcome; at least one");
  AddList(command, "--reason", flags.reasons, "A reason");
  AddList(command, "--purpose", flags.purposes, "What it is done for");
  AddList(command, "--resource-type", flags.resource_types, "What it is done to");
  AddList(command, "--data-category", flags.data_categories, "A sort of data it uses");
  command.add_option("--name", flags.name, "What it is called, in words for people")
      ->type_name("TEXT");
  AddRequestId(command, flags.request_id);
  AddServerFlags(command, program);
}

void AddCodes(CLI::App& app, Program& program) {
  CLI::App& group = AddGroup(app, "codes", "Codes that leaves may hold; also `code`");
  group.alias("code");
  CLI::App& command = *group.add_subcommand("declare", "Declare codes of one catalogue, for ever");
  CodesFlags& flags = Runs(command, program, &DeclareCodes);
  command.add_option("--kind", flags.kind, "The catalogue, such as reason or source")
      ->type_name("WORD")
      ->required();
  command.add_option("CODE", flags.codes, "The codes; they name things, never people")->required();
  AddRequestId(command, flags.request_id);
  AddServerFlags(command, program);
}

}  // namespace

void AddRegistry(CLI::App& app, Program& program) {
  AddSystem(app, program);
  AddAction(app, program);
  AddCodes(app, program);
}

}  // namespace candor::cli
