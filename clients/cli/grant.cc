// candor grant: what a regulator or an auditor may see, and how long.

#include "candor/v1/audit_service.grpc.pb.h"
#include "clients/cli/answers.h"
#include "clients/cli/calls.h"
#include "clients/cli/errors.h"
#include "clients/cli/program.h"

namespace candor::cli {
namespace {

using Stub = v1::AuditService::Stub;

constexpr const char* kWho = "Role: compliance.\n";

template <typename Items>
void AddList(const char* name, const Items& items, std::string& text) {
  if (items.empty()) return;
  text += (text.empty() ? "" : "; ") + std::string(name);
  for (int i = 0; i < items.size(); ++i) text += (i == 0 ? " " : ", ") + Printable(items.Get(i));
}

std::string CoverOf(const v1::GrantScope& scope) {
  std::string text;
  AddList("systems", scope.systems(), text);
  AddList("actions", scope.actions(), text);
  AddList("jurisdictions", scope.jurisdictions(), text);
  if (scope.decision_ids_size() > 0) {
    text += (text.empty() ? "" : "; ") + WithCommas(static_cast<std::uint64_t>(scope.decision_ids_size())) + " decisions";
  }
  if (scope.has_from_time()) text += (text.empty() ? "from " : "; from ") + ToText(scope.from_time());
  if (scope.has_until_time()) text += (text.empty() ? "until " : "; until ") + ToText(scope.until_time());
  return text.empty() ? "all decisions" : text;
}

std::string SectionsOf(const v1::GrantScope& scope) {
  std::string text;
  AddList("", scope.sections(), text);
  return text.empty() ? "none" : text.substr(1);
}

Pairs PairsOf(const v1::Grant& grant) {
  return {{"grant", Printable(grant.grant_id())},
          {"for", Printable(grant.authority())},
          {"principal", Printable(grant.principal_id())},
          {"covers", CoverOf(grant.scope())},
          {"sections", SectionsOf(grant.scope())},
          {"state", WordOf(*v1::GrantState_descriptor(), grant.state())},
          {"until", ToText(grant.expire_time())}};
}

// What the answer says, and what comes next.
template <typename Response>
auto Saying(const char* next) {
  return [next](const Response& answer) {
    Pairs pairs = PairsOf(answer.grant());
    pairs.emplace_back("next", next);
    return pairs;
  };
}

struct ProposeFlags {
  std::uint32_t smallest_group = 0;
  std::string principal, authority, basis, from, until, expires, request_id;
  std::vector<std::string> systems, actions, jurisdictions, decisions, sections;
};

absl::StatusOr<int> Propose(const ProposeFlags& flags, const Program& program, Output& out) {
  v1::ProposeGrantRequest request;
  request.set_principal_id(flags.principal);
  request.set_authority(flags.authority);
  request.set_legal_basis(flags.basis);
  v1::GrantScope& scope = *request.mutable_scope();
  for (const std::string& one : flags.systems) scope.add_systems(one);
  for (const std::string& one : flags.actions) scope.add_actions(one);
  for (const std::string& one : flags.jurisdictions) scope.add_jurisdictions(one);
  for (const std::string& one : flags.decisions) scope.add_decision_ids(one);
  for (const std::string& one : flags.sections) scope.add_sections(one);
  scope.set_smallest_group(flags.smallest_group);
  if (!flags.from.empty()) CANDOR_RETURN_IF_ERROR(FromText(flags.from, "--from", *scope.mutable_from_time()));
  if (!flags.until.empty()) CANDOR_RETURN_IF_ERROR(FromText(flags.until, "--until", *scope.mutable_until_time()));
  CANDOR_RETURN_IF_ERROR(FromText(flags.expires, "--expires", *request.mutable_expire_time()));
  return AppendAndSay<v1::AuditService>(std::move(request), flags.request_id, program, out, &Stub::ProposeGrant,
                                        Saying<v1::ProposeGrantResponse>("let a second human confirm it: candor grant confirm GRANT"));
}

struct OneFlags {
  std::string grant, reason, request_id;
  bool reject = false;
};

absl::StatusOr<int> Confirm(const OneFlags& flags, const Program& program, Output& out) {
  v1::ConfirmGrantRequest request;
  request.set_grant_id(flags.grant);
  if (flags.reject) request.set_reject(true);
  return AppendAndSay<v1::AuditService>(std::move(request), flags.request_id, program, out, &Stub::ConfirmGrant,
                                        Saying<v1::ConfirmGrantResponse>(flags.reject ? "" : "whom it is for sees what it covers: candor search --grant GRANT, candor export FILE --grant GRANT"));
}

absl::StatusOr<int> Revoke(const OneFlags& flags, const Program& program, Output& out) {
  v1::RevokeGrantRequest request;
  request.set_grant_id(flags.grant);
  request.set_reason(flags.reason);
  return AppendAndSay<v1::AuditService>(std::move(request), flags.request_id, program, out, &Stub::RevokeGrant,
                                        Saying<v1::RevokeGrantResponse>(""));
}

struct ListFlags {};

absl::StatusOr<int> List(const ListFlags&, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const v1::ListGrantsResponse all,
                          ListAllOf<v1::AuditService>(connection, v1::ListGrantsRequest(), &Stub::ListGrants));
  if (out.json()) {
    out.Line(ToJson(all));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::Grant& grant : all.grants()) {
    rows.push_back({Printable(grant.grant_id()), Printable(grant.authority()), WordOf(*v1::GrantState_descriptor(), grant.state()),
                    ToText(grant.expire_time()), CoverOf(grant.scope()), SectionsOf(grant.scope())});
  }
  out.Table({"grant", "for", "state", "until", "covers", "sections"}, rows);
  return kDone;
}

void AddMany(CLI::App& command, const char* flag, std::vector<std::string>& into, const char* about, const char* type) {
  command.add_option(flag, into, about)->type_name(type)->allow_extra_args(false);
}

}  // namespace

void AddGrant(CLI::App& app, Program& program) {
  CLI::App& group = AddGroup(app, "grant", "What a regulator or an auditor may see, and how long");
  CLI::App& propose_command = *group.add_subcommand("propose", "Propose a grant; another human confirms it");
  ProposeFlags& propose = Runs(propose_command, program, &Propose);
  propose_command.add_option("PRINCIPAL", propose.principal, "Who: a principal with the role regulator")->required();
  propose_command.add_option("--authority", propose.authority, "For whom they act: a code of the catalogue organisation")
      ->type_name("CODE")
      ->required();
  propose_command.add_option("--expires", propose.expires, "When it ends, at most 366 days ahead, such as 2027-01-31T00:00:00Z")
      ->type_name("TIME")
      ->required();
  AddMany(propose_command, "--system", propose.systems, "Decisions of this AI system; may repeat. Default all", "CODE");
  AddMany(propose_command, "--action", propose.actions, "Of this action; may repeat. Default all", "CODE");
  AddMany(propose_command, "--jurisdiction", propose.jurisdictions, "In this jurisdiction; may repeat. Default all", "CODE");
  AddMany(propose_command, "--decision", propose.decisions, "This decision; may repeat. Default all", "UUID");
  AddMany(propose_command, "--section", propose.sections, "Section that may be opened; may repeat. Default none", "NAME");
  propose_command.add_option("--from", propose.from, "What was recorded from this time on")->type_name("TIME");
  propose_command.add_option("--until", propose.until, "What was recorded before this time")->type_name("TIME");
  propose_command.add_option("--smallest-group", propose.smallest_group, "Smallest group that counts show; default 10")
      ->check(CLI::Range(1, 10))
      ->type_name("COUNT");
  propose_command.add_option("--legal-basis", propose.basis, "The legal basis of the disclosure; sealed")->type_name("TEXT");
  AddRequestId(propose_command, propose.request_id);
  AddServerFlags(propose_command, program);

  CLI::App& confirm_command = *group.add_subcommand("confirm", "Confirm a grant, as another human than who proposed it");
  OneFlags& confirm = Runs(confirm_command, program, &Confirm);
  confirm_command.add_option("GRANT", confirm.grant, "The grant: its id")->required();
  confirm_command.add_flag("--reject", confirm.reject, "Turn it down instead");
  AddRequestId(confirm_command, confirm.request_id);
  AddServerFlags(confirm_command, program);

  CLI::App& revoke_command = *group.add_subcommand("revoke", "End a grant at once");
  OneFlags& revoke = Runs(revoke_command, program, &Revoke);
  revoke_command.add_option("GRANT", revoke.grant, "The grant: its id")->required();
  revoke_command.add_option("--reason", revoke.reason, "Why: a code of the catalogue reason")->type_name("CODE");
  AddRequestId(revoke_command, revoke.request_id);
  AddServerFlags(revoke_command, program);
  for (CLI::App* command : {&propose_command, &confirm_command, &revoke_command}) command->footer(kWho);

  CLI::App& list_command = *group.add_subcommand("list", "List grants, the newest first; a regulator sees their own");
  Runs(list_command, program, &List);
  AddServerFlags(list_command, program);
}

}  // namespace candor::cli
