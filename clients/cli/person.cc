// candor person: tokens, and what they show.

#include "clients/cli/admin_calls.h"
#include "clients/cli/answers.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/program.h"

namespace candor::cli {
namespace {

struct TokenFlags {
  std::string person, language, identification, out, request_id;
  std::uint32_t minutes = 15;
  bool read_only = false;
};

absl::StatusOr<int> IssueToken(const TokenFlags& flags, const Program& program, Output& out) {
  v1::IssuePersonTokenRequest request;
  std::string request_id = flags.request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  request.set_person_reference(flags.person);
  request.set_life_seconds(flags.minutes * 60);
  request.set_language(flags.language);
  request.set_identification(flags.identification);
  if (flags.read_only) request.set_read_only(true);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  SecretFile file;
  CANDOR_RETURN_IF_ERROR(file.Make(flags.out));
  CANDOR_ASSIGN_OR_RETURN(v1::IssuePersonTokenResponse response,
                          Append(connection, request, &v1::AdminService::Stub::IssuePersonToken));
  if (response.token().empty()) {
    return Unusable("this request made a token before, and it was shown then; it is not kept",
                    "repeat without --request-id: another one is made");
  }
  CANDOR_RETURN_IF_ERROR(file.Write(response.token() + "\n"));
  response.clear_token();  // It belongs into its file alone.
  if (out.json()) {
    out.Line(ToJson(response));
  } else {
    out.Pairs({{"written", flags.out + ", readable by you alone"},
               {"counts until", ToText(response.expire_time())},
               {"receipt", ToText(response.receipt())},
               {"request", request_id}});
  }
  return kDone;
}

}  // namespace

void AddPerson(CLI::App& app, Program& program) {
  CLI::App& group = AddGroup(app, "person", "Persons: a token with which one asks about themselves, and what it shows");
  CLI::App& token = *group.add_subcommand(
      "token", "Make a short-lived token for one person; the file gets it, and nobody sees it again");
  token.footer(
      "For the tenant's own system, which vouches that it knows who the person is. The token opens\n"
      "TransparencyService alone, and there what concerns this person: `candor explain`.\n");
  TokenFlags& flags = Runs(token, program, &IssueToken);
  token.add_option("--person", flags.person, "Who, as decisions name the person")->type_name("REFERENCE")->required();
  token.add_option("--out,--token-out", flags.out, "New file for the token; never one that is there")
      ->type_name("FILE")
      ->required();
  token.add_option("--minutes", flags.minutes, "How long it counts")->check(CLI::Range(1, 60))->capture_default_str();
  token.add_flag("--read-only", flags.read_only, "It may neither contest nor ask for anything");
  token.add_option("--language", flags.language, "Language of the answers, such as de; default that of the record")
      ->type_name("CODE");
  token.add_option("--identification", flags.identification, "How you made sure who it is, a code of kind method")
      ->type_name("CODE");
  AddRequestId(token, flags.request_id);
  AddServerFlags(token, program);
  AddPersonLists(group, program);
}

}  // namespace candor::cli
