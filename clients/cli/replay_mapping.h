// How rows of a file become requests: the mapping file of `candor replay`.
//
//   {"words":     {COLUMN: {TEXT: WORD, …}, …},
//    "authorize": {an AuthorizeRequest in JSON, with {COLUMN} in its texts},
//    "record":    {a RecordRequest likewise; optional}}
//
// {@row} is the number of the row, {@epoch} an id of this replay: what `producer` wants.
//
// A Mapping never changes; any thread may read it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "candor/v1/decision_service.pb.h"
#include "clients/cli/rows.h"
#include "clients/cli/template.h"

namespace candor::cli {

class Mapping {
 public:
  // Reads it, and holds it against the columns of the file where those are known. Errors:
  // kFailedPrecondition that names the member.
  static absl::StatusOr<Mapping> Read(const std::string& path,
                                      const std::vector<std::string>& columns);

  // Ids follow from the file, this mapping, `run` and the row: the same again each time.
  void NameRequests(const Digest& file, const std::string& run);

  // Errors: kFailedPrecondition that says what of the row does not fit.
  absl::StatusOr<v1::AuthorizeRequest> Authorize(const Row& row) const;

  // Nothing where the mapping or the row has no outcome.
  absl::StatusOr<std::optional<v1::RecordRequest>> Record(const Row& row) const;

 private:
  JsonObject Filled(const JsonObject& form, const Row& row) const;
  std::string IdOf(std::string_view call, std::uint64_t row) const;

  std::string text_;
  Words words_;
  JsonObject authorize_, record_;
  Digest name_;
};

}  // namespace candor::cli
