// candor principal: who may call.

#include "clients/cli/admin_calls.h"
#include "clients/cli/answers.h"
#include "clients/cli/errors.h"
#include "clients/cli/program.h"

namespace candor::cli {
namespace {

void Print(const v1::Principal& principal, const v1::Receipt& receipt,
           const std::string& request_id, Output& out) {
  out.Pairs({{"principal", Printable(principal.principal_id())},
             {"kind", WordOf(*v1::PrincipalKind_descriptor(), principal.kind())},
             {"code", Printable(principal.code())},
             {"roles", RolesOf(principal)},
             {"disabled", ToText(principal.disable_time())},
             {"receipt", ToText(receipt)},
             {"request", request_id}});
}

struct CreateFlags {
  std::string tenant, kind, code, human_code, request_id;
  std::vector<std::string> roles;
};

absl::StatusOr<int> Create(const CreateFlags& flags, const Program& program, Output& out) {
  v1::CreatePrincipalRequest request;
  std::string request_id = flags.request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  request.set_tenant_id(flags.tenant);
  CANDOR_ASSIGN_OR_RETURN(const int kind,
                          NumberOf(*v1::PrincipalKind_descriptor(), flags.kind, "--kind"));
  request.set_kind(static_cast<v1::PrincipalKind>(kind));
  request.set_code(flags.code);
  request.set_human_code(flags.human_code);
  CANDOR_ASSIGN_OR_RETURN(const auto roles, RolesFrom(flags.roles));
  for (const v1::Role role : roles) request.add_roles(role);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const v1::CreatePrincipalResponse response,
                          Append(connection, request, &v1::AdminService::Stub::CreatePrincipal));
  if (out.json()) {
    out.Line(ToJson(response));
  } else {
    Print(response.principal(), response.receipt(), request_id, out);
  }
  return kDone;
}

struct TenantFlag {
  std::string tenant;
};

absl::StatusOr<int> ListPrincipals(const TenantFlag& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  v1::ListPrincipalsRequest request;
  request.set_tenant_id(flags.tenant);
  CANDOR_ASSIGN_OR_RETURN(const v1::ListPrincipalsResponse all,
                          ListAll(connection, request, &v1::AdminService::Stub::ListPrincipals));
  if (out.json()) {
    out.Line(ToJson(all));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::Principal& principal : all.principals()) {
    rows.push_back({Printable(principal.principal_id()),
                    WordOf(*v1::PrincipalKind_descriptor(), principal.kind()),
                    Printable(principal.code()), RolesOf(principal),
                    principal.has_disable_time() ? out.Bad("disabled") : ""});
  }
  out.Table({"principal", "kind", "code", "roles", ""}, rows);
  return kDone;
}

absl::StatusOr<int> Disable(const EndFlags& flags, const Program& program, Output& out) {
  v1::DisablePrincipalRequest request;
  std::string request_id = flags.request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  request.set_tenant_id(flags.tenant);
  request.set_principal_id(flags.id);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const v1::DisablePrincipalResponse response,
                          Append(connection, request, &v1::AdminService::Stub::DisablePrincipal));
  if (out.json()) {
    out.Line(ToJson(response));
  } else {
    Print(response.principal(), response.receipt(), request_id, out);
  }
  return kDone;
}

}  // namespace

std::string RolesOf(const v1::Principal& principal) {
  std::string text;
  for (const int role : principal.roles()) {
    text += (text.empty() ? "" : ", ") + WordOf(*v1::Role_descriptor(), role);
  }
  return text;
}

absl::StatusOr<std::vector<v1::Role>> RolesFrom(const std::vector<std::string>& words) {
  std::vector<v1::Role> roles;
  for (const std::string& word : words) {
    CANDOR_ASSIGN_OR_RETURN(const int role, NumberOf(*v1::Role_descriptor(), word, "--role"));
    roles.push_back(static_cast<v1::Role>(role));
  }
  return roles;
}

void AddTenantFlag(CLI::App& command, std::string& tenant) {
  command.add_option("--tenant", tenant, "Whose; only with the operator's key")->type_name("UUID");
}

void AddEnd(CLI::App& command, Program& program, EndFlags& flags, const char* id,
            const char* about) {
  command.add_option(id, flags.id, about)->type_name("UUID")->required();
  AddTenantFlag(command, flags.tenant);
  AddRequestId(command, flags.request_id);
  AddServerFlags(command, program);
}

void AddPrincipal(CLI::App& app, Program& program) {
  CLI::App& group =
      AddGroup(app, "principal", "Principals: the humans and systems behind credentials");
  CLI::App& create = *group.add_subcommand("create", "Make a principal");
  CreateFlags& flags = Runs(create, program, &Create);
  create.add_option("--kind", flags.kind, "human, component or service")
      ->type_name("WORD")
      ->required();
  create.add_option("--code", flags.code, "Code of a component or service, as it stands in leaves")
      ->type_name("CODE");
  create
      .add_option("--human-code", flags.human_code,
                  "Pseudonym of a human, such as a staff number; sealed")
      ->type_name("TEXT");
  create.add_option("--role", flags.roles, "What it may do, such as compliance; may repeat")
      ->type_name("WORD")
      ->allow_extra_args(false)
      ->required();
  AddTenantFlag(create, flags.tenant);
  AddRequestId(create, flags.request_id);
  AddServerFlags(create, program);

  CLI::App& list = *group.add_subcommand("list", "List principals, disabled ones included");
  AddTenantFlag(list, Runs(list, program, &ListPrincipals).tenant);
  AddServerFlags(list, program);

  CLI::App& disable =
      *group.add_subcommand("disable", "End a principal for good, with all its keys");
  AddEnd(disable, program, Runs(disable, program, &Disable), "PRINCIPAL", "Which");
}

}  // namespace candor::cli
