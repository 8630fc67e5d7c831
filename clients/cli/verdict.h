// The end of every verification: what was looked at, what was found, and two verdicts.
//
// Values; any thread may call.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/output.h"
#include "services/core/json/json.h"
#include "services/core/tlog/checkpoint.h"
#include "services/verify/facts.h"
#include "services/verify/finding.h"

namespace candor::cli {

// Findings printed for people; all of them stand in the JSON.
inline constexpr std::size_t kMostPrinted = 100;

// One of the words of section 7 of the ledger format, with what it is about.
struct Completeness {
  bool whole = false;
  std::string text{};  // `whole range [0, 12)`, or `not provable (…)`.

  static Completeness WholeRange(std::uint64_t size);
  static Completeness NotProvable(const std::string& why);
};

struct Verdict {
  std::vector<std::pair<std::string, std::string>> about{};  // For people, in this order.
  core::Json json = core::Json::Object();                    // The same, for programs.
  std::vector<verify::Finding> findings{};
  std::vector<verify::Finding> malformed{};
  std::string intact{};  // What is intact, if it is: `leaf 2 hashes into …`.
  Completeness complete{};
};

// Prints all of it; the last lines are the verdicts. Returns kDone if there is no
// finding, else kRefused.
int PrintVerdict(Verdict verdict, Output& out);

// What `about` and `json` say of what the ledger's own leaves call missing: it is no
// finding, but the whole range does not hold it.
void Describe(const verify::NamedMissing& missing, Verdict& verdict);

// And of what they say was erased, if anything was.
void Describe(const verify::Forgotten& forgotten, Verdict& verdict);
void Describe(const verify::Succession& succession, Verdict& verdict);

// And of a signed checkpoint; so far no witness signs.
void Describe(const core::Checkpoint& checkpoint, const std::string& signed_by, Verdict& verdict);

// A number as JSON: as text where a reader could lose digits.
core::Json JsonNumber(std::uint64_t number);

// Keys as they were given, and files of such lines. Errors: kFailedPrecondition.
absl::StatusOr<std::vector<core::VerifierKey>> ReadKeys(const std::vector<std::string>& texts,
                                                        const std::string& file);

// And back: a line each.
std::string LinesOf(const std::vector<core::VerifierKey>& keys);

// That there are none to verify with, and what to do.
absl::Status NoKeyGiven();

// The key among `keys` that signed the note, as a text; empty if none did.
std::string SignerOf(const std::string& note, const std::vector<core::VerifierKey>& keys);

}  // namespace candor::cli
