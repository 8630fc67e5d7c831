// candor key: the credentials of principals.

#include "absl/time/time.h"
#include "clients/cli/admin_calls.h"
#include "clients/cli/answers.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"

namespace candor::cli {
namespace {

using Stub = v1::AdminService::Stub;

struct KeyFlags {
  std::string tenant, principal, component, out, expires, request_id;
  std::vector<std::string> roles;
};

// The principal that --principal or --component names; a component is made if it is new.
absl::StatusOr<std::string> PrincipalFor(const Connection& connection, const KeyFlags& flags) {
  if (!flags.principal.empty()) return flags.principal;
  v1::ListPrincipalsRequest list;
  list.set_tenant_id(flags.tenant);
  CANDOR_ASSIGN_OR_RETURN(const v1::ListPrincipalsResponse all,
                          ListAll(connection, list, &Stub::ListPrincipals));
  for (const v1::Principal& principal : all.principals()) {
    if (principal.code() == flags.component) return principal.principal_id();
  }
  v1::CreatePrincipalRequest request;
  std::string request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  request.set_tenant_id(flags.tenant);
  request.set_kind(v1::PRINCIPAL_KIND_COMPONENT);
  request.set_code(flags.component);
  CANDOR_ASSIGN_OR_RETURN(const auto roles, RolesFrom(flags.roles));
  for (const v1::Role role : roles) request.add_roles(role);
  if (roles.empty()) request.add_roles(v1::ROLE_COMPONENT);
  CANDOR_ASSIGN_OR_RETURN(const v1::CreatePrincipalResponse made,
                          Append(connection, request, &Stub::CreatePrincipal));
  return made.principal().principal_id();
}

absl::StatusOr<int> CreateKey(const KeyFlags& flags, const Program& program, Output& out) {
  if (flags.principal.empty() == flags.component.empty()) {
    return Unusable("for whom?", "give one of --principal and --component");
  }
  v1::CreateApiKeyRequest request;
  std::string request_id = flags.request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  request.set_tenant_id(flags.tenant);
  if (!flags.expires.empty()) {
    CANDOR_RETURN_IF_ERROR(FromText(flags.expires, "--expires", *request.mutable_expire_time()));
  }
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  SecretFile file;
  CANDOR_RETURN_IF_ERROR(file.Make(flags.out));
  CANDOR_ASSIGN_OR_RETURN(const std::string principal, PrincipalFor(connection, flags));
  request.set_principal_id(principal);
  CANDOR_ASSIGN_OR_RETURN(v1::CreateApiKeyResponse response,
                          Append(connection, request, &Stub::CreateApiKey));
  if (response.secret().empty()) {
    return Unusable("this request made a key before, and its secret was shown then; it is not kept",
                    "revoke that key and repeat without --request-id");
  }
  CANDOR_RETURN_IF_ERROR(file.Write(response.secret() + "\n"));
  response.clear_secret();  // It belongs into its file alone.
  if (out.json()) {
    out.Line(ToJson(response));
  } else {
    out.Pairs({{"key", Printable(response.key().key_id())},
               {"principal", Printable(principal)},
               {"expires", ToText(response.key().expire_time())},
               {"written", flags.out + ", readable by you alone"},
               {"receipt", ToText(response.receipt())},
               {"request", request_id}});
  }
  return kDone;
}

absl::StatusOr<int> RevokeKey(const EndFlags& flags, const Program& program, Output& out) {
  v1::RevokeApiKeyRequest request;
  std::string request_id = flags.request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  request.set_tenant_id(flags.tenant);
  request.set_key_id(flags.id);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const v1::RevokeApiKeyResponse response,
                          Append(connection, request, &Stub::RevokeApiKey));
  if (out.json()) {
    out.Line(ToJson(response));
  } else {
    out.Pairs({{"revoked", Printable(response.key().key_id())},
               {"receipt", ToText(response.receipt())},
               {"request", request_id}});
  }
  return kDone;
}

struct ListKeysFlags {
  std::string tenant, principal;
};

absl::StatusOr<int> ListKeys(const ListKeysFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  v1::ListApiKeysRequest request;
  request.set_tenant_id(flags.tenant);
  request.set_principal_id(flags.principal);
  CANDOR_ASSIGN_OR_RETURN(const v1::ListApiKeysResponse all,
                          ListAll(connection, request, &Stub::ListApiKeys));
  if (out.json()) {
    out.Line(ToJson(all));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::ApiKey& key : all.keys()) {
    const std::string expires = ToText(key.expire_time());
    rows.push_back({Printable(key.key_id()), Printable(key.principal_id()),
                    ToText(key.create_time()), expires.empty() ? "never" : expires,
                    key.has_revoke_time() ? out.Bad("revoked") : ""});
  }
  out.Table({"key", "principal", "made", "expires", ""}, rows);
  return kDone;
}

void AddKeyCreate(CLI::App& group, Program& program) {
  CLI::App& command = *group.add_subcommand(
      "create", "Make an API key; the file gets it, and nobody sees it again");
  KeyFlags& flags = Runs(command, program, &CreateKey);
  command.add_option("--principal", flags.principal, "The principal it stands for")
      ->type_name("UUID");
  command
      .add_option("--component", flags.component,
                  "Or the AI component of this code; made first if it is new")
      ->type_name("CODE");
  command
      .add_option("--role", flags.roles,
                  "Role of a component that is made; default component; may repeat")
      ->type_name("WORD")
      ->allow_extra_args(false);
  command.add_option("--out,--key-out", flags.out, "New file for the key; never one that is there")
      ->type_name("FILE")
      ->required();
  command
      .add_option("--expires", flags.expires,
                  "When it ends by itself, like 2027-01-31T00:00:00Z; default never")
      ->type_name("TIME");
  AddTenantFlag(command, flags.tenant);
  AddRequestId(command, flags.request_id);
  AddServerFlags(command, program);
}

}  // namespace

void AddKey(CLI::App& app, Program& program) {
  CLI::App& group = AddGroup(app, "key", "API keys");
  AddKeyCreate(group, program);

  CLI::App& revoke = *group.add_subcommand("revoke", "End an API key for good, at once");
  AddEnd(revoke, program, Runs(revoke, program, &RevokeKey), "KEY", "Which, by its id");

  CLI::App& list = *group.add_subcommand("list", "List API keys, without secrets");
  ListKeysFlags& flags = Runs(list, program, &ListKeys);
  list.add_option("--principal", flags.principal, "Only those of this principal")
      ->type_name("UUID");
  AddTenantFlag(list, flags.tenant);
  AddServerFlags(list, program);
}

}  // namespace candor::cli
