// candor reasons: the words that persons read.

#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/registry_calls.h"

namespace candor::cli {
namespace {

struct PutFlags {
  std::string file, request_id;
};

absl::StatusOr<int> Put(const PutFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const std::string text, ReadFile(flags.file, 2 << 20));
  v1::PutReasonCatalogueRequest request;
  CANDOR_RETURN_IF_ERROR(FromJson(text, request));
  const std::string language = request.language();
  const int count = request.reasons_size();
  return Append<v1::PutReasonCatalogueRequest, v1::PutReasonCatalogueResponse>(
      std::move(request), flags.request_id, program, out, &v1::RegistryService::Stub::PutReasonCatalogue,
      [&](const v1::PutReasonCatalogueResponse& response) -> Pairs {
        return {{"language", language},
                {"texts", std::to_string(count)},
                {"version", std::to_string(response.version())}};
      });
}

}  // namespace

void AddReasons(CLI::App& app, Program& program) {
  CLI::App& group = AddGroup(app, "reasons", "Plain words for codes, as persons read them");
  CLI::App& put = *group.add_subcommand("put", "Register texts in one language, as a new version of the catalogue");
  put.footer(
      "FILE is JSON: {\"language\":\"de\",\"reasons\":[{\"code\":…,\"text\":…,\"advice\":…},…]}. What codes and\n"
      "{placeholders} may stand there is said at RegistryService.PutReasonCatalogue. For a model owner.\n");
  PutFlags& flags = Runs(put, program, &Put);
  put.add_option("FILE", flags.file, "The texts; - is standard input")->required();
  AddRequestId(put, flags.request_id);
  AddServerFlags(put, program);
}

}  // namespace candor::cli
