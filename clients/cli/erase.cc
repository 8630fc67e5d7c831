// candor erase, hold: data of a person are destroyed for good, or must not be.

#include <fcntl.h>
#include <unistd.h>

#include "clients/cli/admin_calls.h"
#include "clients/cli/answers.h"
#include "clients/cli/errors.h"
#include "clients/cli/program.h"
#include "services/base/bytes.h"

namespace candor::cli {
namespace {

using Stub = v1::AdminService::Stub;
using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs PairsOf(const v1::Erasure& erasure) {
  return {{"erasure", Printable(erasure.erasure_id())},
          {"ground", WordOf(*v1::ErasureGround_descriptor(), erasure.ground())},
          {"state", WordOf(*v1::ErasureState_descriptor(), erasure.state())},
          {"destroyed", WithCommas(erasure.section_count()) + " sections, and the keys that opened them"},
          {"root", ToBase64(AsBytes(erasure.root()))},
          {"effective", ToText(erasure.effective_time())},
          {"final", ToText(erasure.final_time())}};
}

// Whether the person at the terminal says so.
absl::Status Confirm(const std::string& person) {
  const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0) return Unusable("there is no terminal to ask on whether it is meant", "give --yes");
  const std::string question = "Everything about " + Printable(person) +
                               " will be destroyed, and nobody can bring it back.\nType yes to go on: ";
  std::string answer;
  char c = 0;
  if (write(terminal, question.data(), question.size()) > 0) {
    while (read(terminal, &c, 1) == 1 && c != '\n') answer += c;
  }
  close(terminal);
  return answer == "yes" ? absl::OkStatus() : Unusable("nothing was erased", "type yes, or give --yes");
}

struct EraseFlags {
  std::string tenant, person, reason, case_id, request_id;
  bool yes = false;
};

absl::StatusOr<int> Erase(const EraseFlags& flags, const Program& program, Output& out) {
  if (flags.person.empty() || flags.reason.empty()) {
    return Unusable("who is to be erased, and why?", "give PERSON and --reason");
  }
  v1::ErasePersonRequest request;
  std::string request_id = flags.request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  request.set_tenant_id(flags.tenant);
  request.set_person_reference(flags.person);
  CANDOR_ASSIGN_OR_RETURN(const int ground, NumberOf(*v1::ErasureGround_descriptor(), flags.reason, "--reason"));
  request.set_ground(static_cast<v1::ErasureGround>(ground));
  request.set_case_id(flags.case_id);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  if (!flags.yes) CANDOR_RETURN_IF_ERROR(Confirm(flags.person));
  CANDOR_ASSIGN_OR_RETURN(const v1::ErasePersonResponse answer, Append(connection, request, &Stub::ErasePerson));
  if (out.json()) {
    out.Line(ToJson(answer));
    return kDone;
  }
  Pairs pairs = PairsOf(answer.erasure());
  pairs.emplace_back("receipt", ToText(answer.receipt()));
  pairs.emplace_back("request", request_id);
  out.Pairs(pairs);
  return kDone;
}

struct ShowErasureFlags {
  std::string tenant, id;
};

absl::StatusOr<int> ShowErasure(const ShowErasureFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  v1::GetErasureRequest request;
  request.set_tenant_id(flags.tenant);
  request.set_erasure_id(flags.id);
  const auto stub = connection.Stub<v1::AdminService>();
  v1::GetErasureResponse answer;
  CANDOR_RETURN_IF_ERROR(connection.Call(
      [&](grpc::ClientContext* context) { return stub->GetErasure(context, request, &answer); }));
  if (out.json()) {
    out.Line(ToJson(answer));
    return kDone;
  }
  Pairs pairs = PairsOf(answer.erasure());
  pairs.emplace_back("receipt", ToText(answer.receipt()));
  if (answer.has_final_receipt()) pairs.emplace_back("final receipt", ToText(answer.final_receipt()));
  out.Pairs(pairs);
  return kDone;
}

struct TenantFlag {
  std::string tenant;
  bool all = false;
};

absl::StatusOr<int> ListErasures(const TenantFlag& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  v1::ListErasuresRequest request;
  request.set_tenant_id(flags.tenant);
  CANDOR_ASSIGN_OR_RETURN(const v1::ListErasuresResponse all, ListAll(connection, request, &Stub::ListErasures));
  if (out.json()) {
    out.Line(ToJson(all));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::Erasure& one : all.erasures()) {
    rows.push_back({Printable(one.erasure_id()), WordOf(*v1::ErasureGround_descriptor(), one.ground()),
                    WithCommas(one.section_count()), ToText(one.effective_time()),
                    WordOf(*v1::ErasureState_descriptor(), one.state()), ToText(one.final_time())});
  }
  out.Table({"erasure", "ground", "sections", "effective", "state", "final"}, rows);
  return kDone;
}

std::string CoverOf(const v1::Hold& hold) {
  std::string text = hold.covers_person() ? "everything of one person" : "";
  if (hold.decision_ids_size() > 0) {
    text += (text.empty() ? "" : ", ") + WithCommas(static_cast<std::uint64_t>(hold.decision_ids_size())) + " decisions";
  }
  return text.empty() ? "a period" : text;
}

Pairs PairsOf(const v1::Hold& hold) {
  return {{"hold", Printable(hold.hold_id())},
          {"matter", Printable(hold.matter())},
          {"covers", CoverOf(hold)},
          {"placed", ToText(hold.place_time())},
          {"released", ToText(hold.release_time())}};
}

struct PlaceFlags {
  std::string tenant, matter, person, from, until, reason, request_id;
  std::vector<std::string> decisions;
};

absl::StatusOr<int> PlaceHold(const PlaceFlags& flags, const Program& program, Output& out) {
  v1::PlaceHoldRequest request;
  std::string request_id = flags.request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  request.set_tenant_id(flags.tenant);
  request.set_matter(flags.matter);
  request.set_person_reference(flags.person);
  for (const std::string& id : flags.decisions) request.add_decision_ids(id);
  if (!flags.from.empty()) CANDOR_RETURN_IF_ERROR(FromText(flags.from, "--from", *request.mutable_from_time()));
  if (!flags.until.empty()) CANDOR_RETURN_IF_ERROR(FromText(flags.until, "--until", *request.mutable_until_time()));
  request.set_reason(flags.reason);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const v1::PlaceHoldResponse answer, Append(connection, request, &Stub::PlaceHold));
  if (out.json()) {
    out.Line(ToJson(answer));
    return kDone;
  }
  Pairs pairs = PairsOf(answer.hold());
  pairs.emplace_back("receipt", ToText(answer.receipt()));
  pairs.emplace_back("request", request_id);
  out.Pairs(pairs);
  return kDone;
}

struct ReleaseFlags {
  std::string tenant, hold, reason, request_id;
};

absl::StatusOr<int> ReleaseHold(const ReleaseFlags& flags, const Program& program, Output& out) {
  v1::ReleaseHoldRequest request;
  std::string request_id = flags.request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  request.set_tenant_id(flags.tenant);
  request.set_hold_id(flags.hold);
  request.set_reason(flags.reason);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const v1::ReleaseHoldResponse answer, Append(connection, request, &Stub::ReleaseHold));
  if (out.json()) {
    out.Line(ToJson(answer));
    return kDone;
  }
  Pairs pairs = PairsOf(answer.hold());
  pairs.emplace_back("receipt", ToText(answer.receipt()));
  pairs.emplace_back("request", request_id);
  out.Pairs(pairs);
  return kDone;
}

absl::StatusOr<int> ListHolds(const TenantFlag& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  v1::ListHoldsRequest request;
  request.set_tenant_id(flags.tenant);
  request.set_with_released(flags.all);
  CANDOR_ASSIGN_OR_RETURN(const v1::ListHoldsResponse all, ListAll(connection, request, &Stub::ListHolds));
  if (out.json()) {
    out.Line(ToJson(all));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::Hold& hold : all.holds()) {
    rows.push_back({Printable(hold.hold_id()), Printable(hold.matter()), CoverOf(hold), ToText(hold.place_time()),
                    hold.has_release_time() ? ToText(hold.release_time()) : out.Odd("in force")});
  }
  out.Table({"hold", "matter", "covers", "placed", "released"}, rows);
  return kDone;
}

}  // namespace

void AddErase(CLI::App& app, Program& program) {
  CLI::App& erase = *app.add_subcommand("erase", "Destroy everything about a person, for good");
  auto flags = std::make_shared<EraseFlags>();
  erase.callback([&program, &erase, flags] {
    if (!erase.get_subcommands().empty()) return;
    program.run = [&program, flags](Output& out) { return Erase(*flags, program, out); };
  });
  erase.add_option("PERSON", flags->person, "The person, as the tenant calls them");
  erase.add_option("--reason", flags->reason,
                   "Why: request, purpose_met, consent_withdrawn, objection, unlawful or legal_obligation")
      ->type_name("GROUND");
  erase.add_option("--case", flags->case_id, "The person's request that it answers")->type_name("UUID");
  erase.add_flag("--yes", flags->yes, "Do not ask on the terminal");
  AddTenantFlag(erase, flags->tenant);
  AddRequestId(erase, flags->request_id);
  AddServerFlags(erase, program);

  CLI::App& show_command = *erase.add_subcommand("show", "Show the certificate of an erasure");
  ShowErasureFlags& show = Runs(show_command, program, &ShowErasure);
  show_command.add_option("ERASURE", show.id, "The erasure: its id")->required();
  AddTenantFlag(show_command, show.tenant);
  AddServerFlags(show_command, program);

  CLI::App& list_command = *erase.add_subcommand("list", "List erasures, the newest first");
  TenantFlag& list = Runs(list_command, program, &ListErasures);
  AddTenantFlag(list_command, list.tenant);
  AddServerFlags(list_command, program);
}

void AddHold(CLI::App& app, Program& program) {
  CLI::App& group = AddGroup(app, "hold", "What a matter needs must not be erased");
  CLI::App& place_command = *group.add_subcommand("place", "Forbid the erasure of whatever fits anything that is named");
  PlaceFlags& place = Runs(place_command, program, &PlaceHold);
  place_command.add_option("--matter", place.matter, "The matter, as a code of the catalogue matter")->type_name("CODE")->required();
  place_command.add_option("--person", place.person, "Everything of this person")->type_name("PERSON");
  place_command.add_option("--decision", place.decisions, "This decision; may repeat")->type_name("UUID")->allow_extra_args(false);
  place_command.add_option("--from", place.from, "Everything from this time on, such as 2027-01-31T00:00:00Z")->type_name("TIME");
  place_command.add_option("--until", place.until, "Everything before this time")->type_name("TIME");
  place_command.add_option("--reason", place.reason, "Why; sealed")->type_name("TEXT");
  AddTenantFlag(place_command, place.tenant);
  AddRequestId(place_command, place.request_id);
  AddServerFlags(place_command, program);

  CLI::App& release_command = *group.add_subcommand("release", "End a hold");
  ReleaseFlags& release = Runs(release_command, program, &ReleaseHold);
  release_command.add_option("HOLD", release.hold, "The hold: its id")->required();
  release_command.add_option("--reason", release.reason, "Why; sealed")->type_name("TEXT");
  AddTenantFlag(release_command, release.tenant);
  AddRequestId(release_command, release.request_id);
  AddServerFlags(release_command, program);

  CLI::App& list_command = *group.add_subcommand("list", "List the holds in force, the newest first");
  TenantFlag& list = Runs(list_command, program, &ListHolds);
  list_command.add_flag("--all", list.all, "Also those that were released");
  AddTenantFlag(list_command, list.tenant);
  AddServerFlags(list_command, program);
}

}  // namespace candor::cli
