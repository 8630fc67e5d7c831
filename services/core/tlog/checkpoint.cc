#include "services/core/tlog/checkpoint.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "absl/strings/str_cat.h"
#include "services/base/check.h"
#include "services/base/status.h"
#include "services/core/text/grammar.h"
#include "services/core/text/lines.h"

namespace candor::core {

std::string CheckpointText(const Checkpoint& checkpoint) {
  CANDOR_CHECK(IsOrigin(checkpoint.origin));
  return absl::StrCat(checkpoint.origin, "\n", checkpoint.size, "\n", checkpoint.root.ToBase64(),
                      "\n");
}

absl::StatusOr<Checkpoint> ParseCheckpointText(std::string_view text) {
  const std::optional<std::string_view> origin = TakeLine(text);
  const std::optional<std::string_view> size = TakeLine(text);
  const std::optional<std::string_view> root = TakeLine(text);
  if (!origin || !size || !root) return absl::InvalidArgumentError("fewer than three lines");
  if (!text.empty()) return absl::InvalidArgumentError("more than three lines");
  if (!IsOrigin(*origin)) return absl::InvalidArgumentError("the origin has another form");
  const std::optional<std::uint64_t> number = ReadNumber(*size);
  if (!number) return absl::InvalidArgumentError("the size is no decimal number below 2^64");
  const std::optional<Digest> digest = Digest::FromBase64(*root);
  if (!digest) return absl::InvalidArgumentError("the root is not the base64 of 32 bytes");
  return Checkpoint{.origin = std::string(*origin), .size = *number, .root = *digest};
}

absl::StatusOr<Checkpoint> OpenCheckpoint(std::string_view note,
                                          const std::vector<VerifierKey>& known) {
  CANDOR_ASSIGN_OR_RETURN(const Note parsed, ParseNote(note));
  CANDOR_ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpointText(parsed.text));
  std::vector<VerifierKey> own;
  std::copy_if(known.begin(), known.end(), std::back_inserter(own),
               [&](const VerifierKey& key) { return key.name == checkpoint.origin; });
  CANDOR_RETURN_IF_ERROR(VerifyNote(parsed, own));
  return checkpoint;
}

Json PredecessorFact(const Checkpoint& end) {
  Json fact = Json::Object();
  fact.Set("origin", end.origin).Set("root", end.root.ToBase64()).Set("size", static_cast<std::int64_t>(end.size));
  return fact;
}

absl::StatusOr<std::optional<Checkpoint>> PredecessorIn(const Json& facts) {
  const Json* fact = facts.Find("predecessor");
  if (fact == nullptr) return std::nullopt;
  const bool whole = fact->is_object() && fact->members().size() == 3;
  const std::string* origin = whole ? fact->FindString("origin") : nullptr;
  const std::string* root = whole ? fact->FindString("root") : nullptr;
  const std::int64_t* size = whole ? fact->FindInteger("size") : nullptr;
  const std::optional<Digest> digest = root != nullptr ? Digest::FromBase64(*root) : std::nullopt;
  if (origin == nullptr || !IsOrigin(*origin) || !digest || size == nullptr || *size < 0) {
    return absl::InvalidArgumentError("predecessor: is no origin with a root and a size");
  }
  return Checkpoint{.origin = *origin, .size = static_cast<std::uint64_t>(*size), .root = *digest};
}

}  // namespace candor::core
