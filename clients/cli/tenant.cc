// candor tenant: organisations, their ledgers and their limits.

#include "clients/cli/admin_calls.h"
#include "clients/cli/answers.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/program.h"

namespace candor::cli {
namespace {

std::string Words(const v1::Limits& limits) {
  std::string text = limits.amount_limit().empty()
                         ? "every amount needs a human"
                         : "up to " + Printable(limits.amount_limit()) + " " +
                               Printable(limits.currency()) + " without a human";
  if (!limits.confidence_floor().empty())
    text += ", confidence from " + Printable(limits.confidence_floor());
  return text + ", authorization for " + std::to_string(limits.authorization_seconds()) +
         " s, outcome within " + std::to_string(limits.outcome_seconds()) + " s";
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

// What is told of a tenant, and `more` after it.
void Print(const v1::Tenant& tenant, const Pairs& more, Output& out) {
  Pairs pairs = {{"tenant", Printable(tenant.tenant_id())},
                 {"ledger", Printable(tenant.origin())},
                 {"vkey", Printable(tenant.vkey())},
                 {"made", ToText(tenant.create_time())},
                 {"limits", tenant.has_limits() ? Words(tenant.limits()) : ""}};
  if (tenant.has_predecessor()) {
    pairs.emplace_back("goes on from", Printable(tenant.predecessor().origin()) + ", which ended at size " +
                                           WithCommas(tenant.predecessor().size()));
  }
  if (!tenant.successor().empty()) pairs.emplace_back("closed", Printable(tenant.successor()) + " goes on");
  pairs.insert(pairs.end(), more.begin(), more.end());
  out.Pairs(pairs);
}

struct CreateFlags {
  std::string origin, first_principal, key_out, vkey_out, request_id;
  std::string predecessor, checkpoint_file;  // Of `ledger succeed`.
};

absl::StatusOr<int> Create(const CreateFlags& flags, const Program& program, Output& out) {
  if (flags.first_principal.empty() != flags.key_out.empty()) {
    return Unusable("--first-principal and --key-out go together: its key is shown only once",
                    "give both, or neither");
  }
  v1::CreateTenantRequest request;
  std::string request_id = flags.request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  request.set_origin(flags.origin);
  request.set_first_principal(flags.first_principal);
  request.set_predecessor_id(flags.predecessor);
  if (!flags.checkpoint_file.empty()) {
    CANDOR_ASSIGN_OR_RETURN(*request.mutable_predecessor_checkpoint(), ReadFile(flags.checkpoint_file));
  }
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  SecretFile key;
  if (!flags.key_out.empty()) CANDOR_RETURN_IF_ERROR(key.Make(flags.key_out));
  CANDOR_ASSIGN_OR_RETURN(v1::CreateTenantResponse response,
                          Append(connection, request, &v1::AdminService::Stub::CreateTenant));
  const std::string secret = response.api_key();
  if (!secret.empty() && !flags.key_out.empty()) CANDOR_RETURN_IF_ERROR(key.Write(secret + "\n"));
  if (!flags.vkey_out.empty())
    CANDOR_RETURN_IF_ERROR(WriteFile(flags.vkey_out, response.tenant().vkey() + "\n"));
  response.clear_api_key();  // It belongs into its file alone.
  if (out.json()) {
    out.Line(ToJson(response));
  } else {
    Print(response.tenant(),
          {{"principal", Printable(response.principal().code())},
           {"key", secret.empty() ? "" : "written to " + flags.key_out},
           {"receipt", ToText(response.receipt())},
           {"request", request_id}},
          out);
    out.Note(
        "keep the vkey and a checkpoint outside of this server: they are what its ledger is "
        "verified with");
  }
  if (!flags.key_out.empty() && secret.empty()) {
    return Unusable("the tenant is there, but its key was shown before and is not kept",
                    "make another with the operator's key: candor key create --tenant " +
                        Printable(response.tenant().tenant_id()) + " --principal " +
                        Printable(response.principal().principal_id()) + " --out FILE");
  }
  return kDone;
}

struct ListFlags {};

absl::StatusOr<int> List(const ListFlags&, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(
      const v1::ListTenantsResponse all,
      ListAll(connection, v1::ListTenantsRequest(), &v1::AdminService::Stub::ListTenants));
  if (out.json()) {
    out.Line(ToJson(all));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::Tenant& tenant : all.tenants()) {
    rows.push_back(
        {Printable(tenant.tenant_id()), ToText(tenant.create_time()), Printable(tenant.origin())});
  }
  out.Table({"tenant", "made", "ledger"}, rows);
  return kDone;
}

struct ShowFlags {
  std::string tenant, vkey_out;
};

absl::StatusOr<int> Show(const ShowFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  v1::GetTenantRequest request;
  request.set_tenant_id(flags.tenant);
  v1::GetTenantResponse response;
  const auto stub = connection.Stub<v1::AdminService>();
  CANDOR_RETURN_IF_ERROR(connection.Call(
      [&](grpc::ClientContext* context) { return stub->GetTenant(context, request, &response); }));
  if (!flags.vkey_out.empty())
    CANDOR_RETURN_IF_ERROR(WriteFile(flags.vkey_out, response.tenant().vkey() + "\n"));
  if (out.json()) {
    out.Line(ToJson(response));
  } else {
    Print(response.tenant(), {{"leaves", WithCommas(response.checkpoint().size())}}, out);
  }
  return kDone;
}

struct LimitsFlags {
  std::string tenant, amount, currency, confidence, request_id;
  std::uint32_t authorization_seconds = 300, outcome_seconds = 86'400;
};

absl::StatusOr<int> SetLimits(const LimitsFlags& flags, const Program& program, Output& out) {
  v1::UpdateTenantLimitsRequest request;
  std::string request_id = flags.request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  request.set_tenant_id(flags.tenant);
  v1::Limits& limits = *request.mutable_limits();
  limits.set_amount_limit(flags.amount);
  limits.set_currency(flags.currency);
  limits.set_confidence_floor(flags.confidence);
  limits.set_authorization_seconds(flags.authorization_seconds);
  limits.set_outcome_seconds(flags.outcome_seconds);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const v1::UpdateTenantLimitsResponse response,
                          Append(connection, request, &v1::AdminService::Stub::UpdateTenantLimits));
  if (out.json()) {
    out.Line(ToJson(response));
  } else {
    out.Pairs({{"limits", Words(response.limits())},
               {"receipt", ToText(response.receipt())},
               {"request", request_id}});
  }
  return kDone;
}

struct RotateFlags {
  std::string tenant, vkey_out, request_id;
  bool all = false, ledger_key = false, compromised = false;
};

absl::StatusOr<int> RotateOne(const RotateFlags& flags, const Connection& connection, Output& out) {
  v1::RotateKeysRequest request;
  std::string request_id = flags.request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  request.set_tenant_id(flags.tenant);
  if (flags.ledger_key) request.set_ledger_key(true);
  if (flags.compromised) request.set_compromised(true);
  CANDOR_ASSIGN_OR_RETURN(const v1::RotateKeysResponse response,
                          Append(connection, request, &v1::AdminService::Stub::RotateKeys));
  if (!flags.vkey_out.empty())
    CANDOR_RETURN_IF_ERROR(WriteFile(flags.vkey_out, response.vkey() + "\n"));
  if (out.json()) {
    out.Line(ToJson(response));
    return kDone;
  }
  out.Pairs({{"wrapping", "key " + std::to_string(response.generation()) + ", " +
                              WithCommas(response.rewrapped_count()) + " keys wrapped anew"},
             {"vkey", Printable(response.vkey())},
             {"receipt", ToText(response.receipt())},
             {"request", request_id}});
  if (flags.ledger_key) {
    out.Note(
        "keep the new vkey beside the old one, outside of this server: receipts of before verify "
        "with the old one, those from now on with the new one");
  }
  return kDone;
}

absl::StatusOr<int> Rotate(const RotateFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  if (!flags.all) return RotateOne(flags, connection, out);
  CANDOR_ASSIGN_OR_RETURN(
      const v1::ListTenantsResponse all,
      ListAll(connection, v1::ListTenantsRequest(), &v1::AdminService::Stub::ListTenants));
  int done = kDone;
  for (const v1::Tenant& tenant : all.tenants()) {
    RotateFlags one = flags;
    one.tenant = tenant.tenant_id();
    const absl::StatusOr<int> rotated = RotateOne(one, connection, out);
    if (rotated.ok()) continue;
    out.Note(Printable(tenant.origin()) + ": " + Printable(std::string(rotated.status().message())));
    done = kRefused;
  }
  return done;
}

void AddRotate(CLI::App& group, Program& program) {
  CLI::App& command = *group.add_subcommand(
      "rotate", "Bring new keys for a tenant, and wrap all live keys anew; with the operator's key");
  RotateFlags& flags = Runs(command, program, &Rotate);
  AddTenantFlag(command, flags.tenant);
  CLI::Option* const all = command.add_flag("--all", flags.all, "Of every tenant, one after the other");
  command.add_flag("--ledger-key", flags.ledger_key, "Also a new key that signs the ledger");
  command.add_flag("--compromised", flags.compromised,
                   "The old one that signs may be in foreign hands: nothing under it counts any more");
  command.add_option("--vkey-out", flags.vkey_out, "File for the key that the ledger signs with now")
      ->type_name("FILE")
      ->excludes(all);
  AddRequestId(command, flags.request_id);
  command.get_option("--request-id")->excludes(all);
  command.get_option("--tenant")->excludes(all);
  AddServerFlags(command, program);
}

CreateFlags& AddCreateFlags(CLI::App& command, Program& program) {
  CreateFlags& flags = Runs(command, program, &Create);
  command
      .add_option("--origin", flags.origin,
                  "Name of the ledger for ever, such as ledger.example.com/acme")
      ->required();
  command
      .add_option("--first-principal", flags.first_principal,
                  "Code of a first principal, a tenant's system, that gets a key")
      ->type_name("CODE");
  command.add_option("--key-out", flags.key_out, "New file for that key; never one that is there")
      ->type_name("FILE");
  command.add_option("--vkey-out", flags.vkey_out, "File for the key that the ledger signs with")
      ->type_name("FILE");
  AddRequestId(command, flags.request_id);
  AddServerFlags(command, program);
  return flags;
}

void AddLimits(CLI::App& group, Program& program) {
  CLI::App& command = *group.add_subcommand("limits",
                                            "Set the limits that the built-in rules go by. "
                                            "Replaces all: what is not given takes its default.");
  LimitsFlags& flags = Runs(command, program, &SetLimits);
  AddTenantFlag(command, flags.tenant);
  command
      .add_option(
          "--amount-limit", flags.amount,
          "Largest amount that needs no human; default none, so that every amount needs one")
      ->type_name("DECIMAL");
  command.add_option("--currency", flags.currency, "Its currency, such as usd")->type_name("CODE");
  command
      .add_option("--confidence-floor", flags.confidence,
                  "Lowest confidence, 0 to 1, that needs no human; default not asked for")
      ->type_name("DECIMAL");
  command
      .add_option("--authorization-seconds", flags.authorization_seconds,
                  "How long an authorization may be used; default 300")
      ->type_name("N");
  command
      .add_option("--outcome-seconds", flags.outcome_seconds,
                  "How long its outcome is waited for; default 86400")
      ->type_name("N");
  AddRequestId(command, flags.request_id);
  AddServerFlags(command, program);
}

}  // namespace

void AddSucceed(CLI::App& group, Program& program) {
  CLI::App& command = *group.add_subcommand(
      "succeed", "Begin a ledger that goes on from another one, and close that; with the operator's key");
  CreateFlags& flags = AddCreateFlags(command, program);
  command.add_option("--tenant", flags.predecessor, "The tenant whose ledger ends")->type_name("ID")->required();
  command
      .add_option("--checkpoint", flags.checkpoint_file,
                  "Its last checkpoint, where it is read-only and can't say itself where it ended")
      ->type_name("FILE");
  command.footer(
      "The old ledger gets a last leaf that names the new one, and takes no entries any more; the first leaf\n"
      "of the new one names where the old one ended. Callers, keys, limits, registry and policy sets are not\n"
      "taken over: make them anew. Nobody can be erased from a closed ledger: do that before.\n");
}

void AddTenant(CLI::App& app, Program& program) {
  CLI::App& group = AddGroup(app, "tenant", "Tenants: organisations, their ledgers and limits");
  AddCreateFlags(*group.add_subcommand("create", "Make a tenant and its ledger; with the operator's key"), program);

  CLI::App& list = *group.add_subcommand("list", "List tenants; with the operator's key");
  Runs(list, program, &List);
  AddServerFlags(list, program);

  CLI::App& show =
      *group.add_subcommand("show", "Show a tenant and the key that its ledger signs with");
  ShowFlags& flags = Runs(show, program, &Show);
  AddTenantFlag(show, flags.tenant);
  show.add_option("--vkey-out", flags.vkey_out, "File for the key that the ledger signs with")
      ->type_name("FILE");
  AddServerFlags(show, program);

  AddLimits(group, program);
  AddRotate(group, program);
}

}  // namespace candor::cli
