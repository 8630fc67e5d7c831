// candor stop, version: what is stopped, and what a model version may do.

#include "clients/cli/errors.h"
#include "clients/cli/registry_calls.h"
#include "services/base/bytes.h"

namespace candor::cli {
namespace {

using Stub = v1::RegistryService::Stub;

// What a stop covers, in words.
std::string ScopeOf(const v1::StopEntry& stop) {
  std::string words;
  for (const auto& [what, code] : {std::pair("system ", &stop.system()), std::pair("version ", &stop.model_version()),
                                   std::pair("action ", &stop.action())}) {
    if (!code->empty()) words += (words.empty() ? "" : ", ") + (what + Printable(*code));
  }
  return words.empty() ? "everything" : words;
}

struct StopFlags {
  std::string system, version, action, reason, detail, request_id;
  bool everything = false;
};

absl::StatusOr<int> CallStop(const StopFlags& flags, const Program& program, Output& out) {
  const bool named = !flags.system.empty() || !flags.version.empty() || !flags.action.empty();
  if (named == flags.everything) {
    return Unusable("what is to be stopped?", "give --system, --model-version or --action, or --everything alone");
  }
  v1::StopRequest request;
  request.set_system(flags.system);
  request.set_model_version(flags.version);
  request.set_action(flags.action);
  request.set_reason(flags.reason);
  request.set_detail(flags.detail);
  return Append(std::move(request), flags.request_id, program, out, &Stub::Stop, [](const v1::StopResponse& answer) {
    return Pairs{{"stopped", ScopeOf(answer.stop())}, {"stop", Printable(answer.stop().stop_id())}};
  });
}

struct LiftFlags {
  std::string stop, reason, request_id;
};

absl::StatusOr<int> LiftStop(const LiftFlags& flags, const Program& program, Output& out) {
  v1::LiftStopRequest request;
  request.set_stop_id(flags.stop);
  request.set_reason(flags.reason);
  return Append(std::move(request), flags.request_id, program, out, &Stub::LiftStop,
                [](const v1::LiftStopResponse& answer) { return Pairs{{"goes on", ScopeOf(answer.stop())}}; });
}

struct ListStopsFlags {
  bool all = false;
};

absl::StatusOr<int> ListStops(const ListStopsFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  v1::ListStopsRequest request;
  request.set_with_lifted(flags.all);
  CANDOR_ASSIGN_OR_RETURN(const v1::ListStopsResponse stops,
                          ListAllOf<v1::RegistryService>(connection, request, &Stub::ListStops));
  if (out.json()) {
    out.Line(ToJson(stops));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::StopEntry& stop : stops.stops()) {
    rows.push_back({Printable(stop.stop_id()), ScopeOf(stop), ToText(stop.stop_time()),
                    stop.has_lift_time() ? ToText(stop.lift_time()) : out.Bad("in force")});
  }
  out.Table({"stop", "covers", "called", "lifted"}, rows);
  return kDone;
}

struct RegisterVersionFlags {
  std::string system, model, version, digest, base_model, change, request_id;
  std::vector<std::string> configs, prompts, tools, data_sets;
};

absl::Status SetDigests(const std::vector<std::string>& texts, const char* flag,
                        google::protobuf::RepeatedPtrField<std::string>& out) {
  for (const std::string& text : texts) {
    const auto digest = FromHex(text);
    if (!digest || digest->size() != 32) {
      return Unusable(std::string(flag) + ": is no SHA-256 of 64 hexadecimal digits", "write what sha256sum says of the file");
    }
    out.Add(std::string(AsText(*digest)));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> RegisterVersion(const RegisterVersionFlags& flags, const Program& program, Output& out) {
  v1::RegisterModelVersionRequest request;
  v1::ModelVersion& version = *request.mutable_version();
  version.set_system(flags.system);
  version.set_model(flags.model);
  version.set_model_version(flags.version);
  google::protobuf::RepeatedPtrField<std::string> model;
  CANDOR_RETURN_IF_ERROR(SetDigests({flags.digest}, "--digest", model));
  version.set_model_digest(model.Get(0));
  CANDOR_RETURN_IF_ERROR(SetDigests(flags.configs, "--config-digest", *version.mutable_config_digests()));
  CANDOR_RETURN_IF_ERROR(SetDigests(flags.prompts, "--prompt-digest", *version.mutable_prompt_template_digests()));
  CANDOR_RETURN_IF_ERROR(SetDigests(flags.tools, "--tools-digest", *version.mutable_tool_list_digests()));
  for (const std::string& code : flags.data_sets) version.add_data_sets(code);
  version.set_base_model(flags.base_model);
  version.set_change_reference(flags.change);
  return Append(std::move(request), flags.request_id, program, out, &Stub::RegisterModelVersion,
                [&](const v1::RegisterModelVersionResponse&) {
                  return Pairs{{"registered", flags.version + " of " + flags.model + ", as a draft"},
                               {"next", "one human proposes what it may do, another confirms: candor version propose"}};
                });
}

struct ProposeFlags {
  std::string system, model, version, state, until, reason, request_id;
  std::vector<std::string> purposes, assurance;
};

absl::StatusOr<int> ProposeState(const ProposeFlags& flags, const Program& program, Output& out) {
  v1::ProposeModelStateRequest request;
  request.set_system(flags.system);
  request.set_model(flags.model);
  request.set_model_version(flags.version);
  CANDOR_ASSIGN_OR_RETURN(const int state, NumberOf(*v1::ModelState_descriptor(), flags.state, "STATE"));
  request.set_state(static_cast<v1::ModelState>(state));
  for (const std::string& purpose : flags.purposes) request.add_purposes(purpose);
  for (const std::string& id : flags.assurance) request.add_assurance_ids(id);
  if (!flags.until.empty()) CANDOR_RETURN_IF_ERROR(FromText(flags.until, "--until", *request.mutable_until_time()));
  request.set_reason(flags.reason);
  return Append(std::move(request), flags.request_id, program, out, &Stub::ProposeModelState,
                [&](const v1::ProposeModelStateResponse& answer) {
                  if (!answer.needs_confirmation()) return Pairs{{"done", flags.version + " is " + flags.state}};
                  return Pairs{{"proposed", flags.version + " to be " + flags.state},
                               {"proposal", Printable(answer.proposal_id())},
                               {"next", "another human confirms it: candor version confirm"}};
                });
}

struct ConfirmFlags {
  std::string proposal, request_id;
  bool reject = false;
};

absl::StatusOr<int> ConfirmState(const ConfirmFlags& flags, const Program& program, Output& out) {
  v1::ConfirmModelStateRequest request;
  request.set_proposal_id(flags.proposal);
  if (flags.reject) request.set_reject(true);
  return Append(std::move(request), flags.request_id, program, out, &Stub::ConfirmModelState,
                [&](const v1::ConfirmModelStateResponse& answer) {
                  return Pairs{{flags.reject ? "turned down" : "confirmed", Printable(flags.proposal)},
                               {"state", WordOf(*v1::ModelState_descriptor(), answer.approval().state())},
                               {"until", ToText(answer.approval().until_time())}};
                });
}

struct ListVersionsFlags {
  std::string system, model;
};

absl::StatusOr<int> ListVersions(const ListVersionsFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  v1::ListModelVersionsRequest request;
  request.set_system(flags.system);
  request.set_model(flags.model);
  CANDOR_ASSIGN_OR_RETURN(const v1::ListModelVersionsResponse all,
                          ListAllOf<v1::RegistryService>(connection, request, &Stub::ListModelVersions));
  if (out.json()) {
    out.Line(ToJson(all));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::ModelVersionEntry& entry : all.versions()) {
    const v1::ModelVersion& version = entry.version();
    rows.push_back({Printable(version.system()), Printable(version.model()), Printable(version.model_version()),
                    WordOf(*v1::ModelState_descriptor(), entry.approval().state()),
                    ToText(entry.approval().change_time()), ToText(entry.approval().until_time())});
  }
  out.Table({"system", "model", "version", "state", "since", "until"}, rows);
  return kDone;
}

void AddStop(CLI::App& app, Program& program) {
  CLI::App& group = AddGroup(app, "stop", "Emergency stops");
  CLI::App& call = *group.add_subcommand("call", "Deny whatever fits all that is named, at once and until it is lifted");
  StopFlags& stop = Runs(call, program, &CallStop);
  call.add_option("--system", stop.system, "An AI system")->type_name("CODE");
  call.add_option("--model-version", stop.version, "A version of a model")->type_name("CODE");
  call.add_option("--action", stop.action, "An action")->type_name("CODE");
  call.add_flag("--everything", stop.everything, "Everything of the tenant");
  call.add_option("--reason", stop.reason, "Why, as a code of the catalogue reason")->type_name("CODE")->required();
  call.add_option("--detail", stop.detail, "More about it; sealed")->type_name("TEXT");
  AddRequestId(call, stop.request_id);
  AddServerFlags(call, program);

  CLI::App& lift_command = *group.add_subcommand("lift", "Lift a stop, as another human than the one who called it");
  LiftFlags& lift = Runs(lift_command, program, &LiftStop);
  lift_command.add_option("STOP", lift.stop, "The stop: its id")->required();
  lift_command.add_option("--reason", lift.reason, "Why; sealed")->type_name("TEXT");
  AddRequestId(lift_command, lift.request_id);
  AddServerFlags(lift_command, program);

  CLI::App& list_command = *group.add_subcommand("list", "List the stops in force, the newest first");
  ListStopsFlags& list = Runs(list_command, program, &ListStops);
  list_command.add_flag("--all", list.all, "Also those that were lifted");
  AddServerFlags(list_command, program);
}

void AddVersion(CLI::App& app, Program& program) {
  CLI::App& group = AddGroup(app, "version", "Versions of models, and what they may do");
  CLI::App& register_command = *group.add_subcommand("register", "Register a version by the digests of what it is made of");
  RegisterVersionFlags& version = Runs(register_command, program, &RegisterVersion);
  register_command.add_option("VERSION", version.version, "Its code")->required();
  register_command.add_option("--system", version.system, "Its system")->type_name("CODE")->required();
  register_command.add_option("--model", version.model, "Its model")->type_name("CODE")->required();
  register_command.add_option("--digest", version.digest, "SHA-256 of its weights, as sha256sum writes it")
      ->type_name("HEX")
      ->required();
  const auto add_list = [&](const char* name, std::vector<std::string>& to, const char* type, const char* about) {
    register_command.add_option(name, to, about)->type_name(type)->allow_extra_args(false);
  };
  add_list("--config-digest", version.configs, "HEX", "SHA-256 of a configuration it may run with; may repeat");
  add_list("--prompt-digest", version.prompts, "HEX", "SHA-256 of a prompt template; may repeat");
  add_list("--tools-digest", version.tools, "HEX", "SHA-256 of a list of tools; may repeat");
  add_list("--data-set", version.data_sets, "CODE", "A data set it was made with; may repeat");
  register_command.add_option("--base-model", version.base_model, "The model it was made from")->type_name("CODE");
  register_command.add_option("--change", version.change, "Where the change is described; sealed")->type_name("TEXT");
  AddRequestId(register_command, version.request_id);
  AddServerFlags(register_command, program);

  CLI::App& propose_command = *group.add_subcommand("propose", "Propose another state; blocking takes effect at once");
  ProposeFlags& propose = Runs(propose_command, program, &ProposeState);
  propose_command.add_option("VERSION", propose.version, "The version")->required();
  propose_command.add_option("STATE", propose.state, "shadow, conditional, approved, retired or blocked")->required();
  propose_command.add_option("--system", propose.system, "Its system")->type_name("CODE")->required();
  propose_command.add_option("--model", propose.model, "Its model")->type_name("CODE")->required();
  propose_command.add_option("--purpose", propose.purposes, "A purpose it may decide for; default all; may repeat")
      ->type_name("CODE")
      ->allow_extra_args(false);
  propose_command.add_option("--until", propose.until, "When the approval ends, such as 2027-01-31T00:00:00Z")
      ->type_name("TIME");
  propose_command.add_option("--assurance", propose.assurance, "An assurance run it rests on; may repeat")
      ->type_name("UUID")
      ->allow_extra_args(false);
  propose_command.add_option("--reason", propose.reason, "Why; sealed")->type_name("TEXT");
  AddRequestId(propose_command, propose.request_id);
  AddServerFlags(propose_command, program);

  CLI::App& confirm_command =
      *group.add_subcommand("confirm", "Confirm a proposal, as another human than the one who made it");
  ConfirmFlags& confirm = Runs(confirm_command, program, &ConfirmState);
  confirm_command.add_option("PROPOSAL", confirm.proposal, "The proposal: its id")->required();
  confirm_command.add_flag("--reject", confirm.reject, "Turn it down");
  AddRequestId(confirm_command, confirm.request_id);
  AddServerFlags(confirm_command, program);

  CLI::App& list_command = *group.add_subcommand("list", "List versions and their states, the newest first");
  ListVersionsFlags& list = Runs(list_command, program, &ListVersions);
  list_command.add_option("--system", list.system, "Only of this system")->type_name("CODE");
  list_command.add_option("--model", list.model, "Only of this model")->type_name("CODE");
  AddServerFlags(list_command, program);
}

}  // namespace

void AddStates(CLI::App& app, Program& program) {
  AddStop(app, program);
  AddVersion(app, program);
}

}  // namespace candor::cli
