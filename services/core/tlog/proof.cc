#include "services/core/tlog/proof.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "services/core/text/lines.h"

namespace candor::core {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr std::size_t kLongestPath = 64;

absl::Status Malformed(const char* what) {
  return absl::InvalidArgumentError(what);
}

}  // namespace

std::string ProofText(std::uint64_t index, std::span<const Digest> path,
                      std::string_view checkpoint_note) {
  constexpr std::size_t kLineBytes = 45;
  std::string text;
  text.reserve(64 + path.size() * kLineBytes + checkpoint_note.size());
  text += kHeader;
  absl::StrAppend(&text, "\nindex ", index, "\n");
  for (const Digest& hash : path) {
    AppendBase64(hash.view(), text);
    text += '\n';
  }
  text += '\n';
  text += checkpoint_note;
  return text;
}

absl::StatusOr<Proof> ParseProof(std::string_view text) {
  if (TakeLine(text) != kHeader) return Malformed("the first line is not that of a proof");
  std::optional<std::string_view> line = TakeLine(text);
  if (!line || !TakePrefix(*line, "index ")) return Malformed("no index in the second line");
  const std::optional<std::uint64_t> index = ReadNumber(*line);
  if (!index) return Malformed("the index is no decimal number below 2^64");

  Proof proof{.index = *index, .path = {}, .checkpoint = {}};
  while ((line = TakeLine(text)).has_value() && !line->empty()) {
    const std::optional<Digest> hash = Digest::FromBase64(*line);
    if (!hash) return Malformed("a line is not the base64 of a hash");
    if (proof.path.size() == kLongestPath) return Malformed("more hashes than a path can have");
    proof.path.push_back(*hash);
  }
  if (!line) return Malformed("no blank line");
  if (text.empty()) return Malformed("no checkpoint");
  proof.checkpoint = text;
  return proof;
}

}  // namespace candor::core
