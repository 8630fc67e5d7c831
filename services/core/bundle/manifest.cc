#include "services/core/bundle/manifest.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/status.h"
#include "services/core/json/json.h"
#include "services/core/json/limits.h"
#include "services/core/text/grammar.h"
#include "services/core/text/lines.h"

namespace candor::core {
namespace {

Json Number(std::uint64_t value) {
  return Json(static_cast<std::int64_t>(value));
}

absl::Status Wrong(std::string_view member) {
  return absl::InvalidArgumentError(
      absl::StrCat("`", std::string(member), "` is not as it should be"));
}

bool Take(const Json* from, const char* name, std::string& to) {
  const std::string* text = from == nullptr ? nullptr : from->FindString(name);
  if (text != nullptr) to = *text;
  return text != nullptr;
}

bool Take(const Json* from, const char* name, std::uint64_t& to) {
  const std::int64_t* number = from == nullptr ? nullptr : from->FindInteger(name);
  if (number == nullptr || *number < 0) return false;
  to = static_cast<std::uint64_t>(*number);
  return true;
}

bool Take(const Json* from, const char* name, Digest& to,
          std::optional<Digest> (*read)(std::string_view)) {
  std::string text;
  if (!Take(from, name, text)) return false;
  const std::optional<Digest> digest = read(text);
  if (digest) to = *digest;
  return digest.has_value();
}

std::optional<Digest> OfHex(std::string_view text) {
  const std::optional<Bytes> bytes = FromHex(text);
  return bytes ? Digest::FromBytes(*bytes) : std::nullopt;
}

Json FilesJson(const std::vector<BundleFile>& files) {
  Json list = Json::Array();
  for (const BundleFile& file : files) {
    Json one = Json::Object();
    one.Set("name", file.name).Set("sha256", file.sha256.ToHex()).Set("size", Number(file.size));
    list.Append(std::move(one));
  }
  return list;
}

Json RangesJson(const std::vector<PositionRange>& ranges) {
  Json list = Json::Array();
  for (const PositionRange& range : ranges) {
    Json one = Json::Object();
    one.Set("first", Number(range.first)).Set("last", Number(range.last));
    list.Append(std::move(one));
  }
  return list;
}

absl::Status TakeLists(const Json& json, Manifest& manifest) {
  const Json* files = json.Find("files");
  if (files == nullptr || !files->is_array()) return Wrong("files");
  for (const Json& one : files->items()) {
    BundleFile& file = manifest.files.emplace_back();
    if (!Take(&one, "name", file.name) || !Take(&one, "sha256", file.sha256, &OfHex) ||
        !Take(&one, "size", file.size)) {
      return Wrong("files");
    }
  }
  const Json* ranges = json.Find("ranges");
  if (ranges == nullptr || !ranges->is_array()) return Wrong("ranges");
  for (const Json& one : ranges->items()) {
    PositionRange& range = manifest.ranges.emplace_back();
    if (!Take(&one, "first", range.first) || !Take(&one, "last", range.last))
      return Wrong("ranges");
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeManifest(const Manifest& manifest) {
  Json asked = Json::Object(), checkpoint = Json::Object(), counts = Json::Object();
  asked.Set("by", manifest.asked_by).Set("what", manifest.asked_what);
  if (!manifest.asked_grant.empty()) asked.Set("grant", manifest.asked_grant);
  checkpoint.Set("root", manifest.checkpoint.root.ToBase64());
  checkpoint.Set("size", Number(manifest.checkpoint.size));
  counts.Set("leaves", Number(manifest.leaves)).Set("sections", Number(manifest.sections));
  counts.Set("withheld", Number(manifest.withheld));
  Json json = Json::Object();
  json.Set("asked", std::move(asked)).Set("checkpoint", std::move(checkpoint));
  json.Set("counts", std::move(counts)).Set("files", FilesJson(manifest.files));
  json.Set("ledger", manifest.checkpoint.origin).Set("ranges", RangesJson(manifest.ranges));
  json.Set("v", 1);
  return json.Encode();
}

absl::StatusOr<Manifest> ParseManifest(std::string_view bytes) {
  CANDOR_ASSIGN_OR_RETURN(
      const Json json,
      ParseCanonical(bytes, JsonLimits{.bytes = kMaxManifestBytes, .depth = kMaxLeafDepth}));
  Manifest manifest;
  const Json* asked = json.Find("asked");
  if (!Take(asked, "by", manifest.asked_by) || !Take(asked, "what", manifest.asked_what)) {
    return Wrong("asked");
  }
  if (asked->Find("grant") != nullptr && !Take(asked, "grant", manifest.asked_grant)) {
    return Wrong("asked");
  }
  const Json* checkpoint = json.Find("checkpoint");
  if (!Take(checkpoint, "root", manifest.checkpoint.root, &Digest::FromBase64) ||
      !Take(checkpoint, "size", manifest.checkpoint.size)) {
    return Wrong("checkpoint");
  }
  const Json* counts = json.Find("counts");
  if (!Take(counts, "leaves", manifest.leaves) || !Take(counts, "sections", manifest.sections) ||
      !Take(counts, "withheld", manifest.withheld)) {
    return Wrong("counts");
  }
  if (!Take(&json, "ledger", manifest.checkpoint.origin) || !IsOrigin(manifest.checkpoint.origin)) return Wrong("ledger");
  CANDOR_RETURN_IF_ERROR(TakeLists(json, manifest));
  if (EncodeManifest(manifest) != bytes) return Wrong("v, or a member that no bundle has");
  return manifest;
}

std::string ManifestText(const Checkpoint& checkpoint, const Digest& manifest_sha256) {
  return absl::StrCat("candor/bundle-manifest/v1\n", CheckpointText(checkpoint),
                      manifest_sha256.ToBase64(), "\n");
}

std::string PositionLines(const std::vector<PositionRange>& ranges) {
  std::string lines;
  for (const PositionRange& range : ranges) {
    absl::StrAppend(&lines, range.first, "-", range.last, "\n");
  }
  return lines;
}

absl::StatusOr<std::vector<PositionRange>> ParsePositions(std::string_view lines) {
  std::vector<PositionRange> ranges;
  while (!lines.empty()) {
    const auto wrong = [&] {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", ranges.size() + 1,
                       " is no range first-last above the one before, apart from it"));
    };
    const std::optional<std::string_view> line = TakeLine(lines);
    const std::size_t dash = line ? line->find('-') : std::string_view::npos;
    if (dash == std::string_view::npos) return wrong();
    const auto first = ReadNumber(line->substr(0, dash)), last = ReadNumber(line->substr(dash + 1));
    if (!first || !last || *first > *last || *last >= static_cast<std::uint64_t>(kMaxJsonInteger)) {
      return wrong();
    }
    if (!ranges.empty() && *first <= ranges.back().last + 1) return wrong();
    ranges.push_back({.first = *first, .last = *last});
  }
  return ranges;
}

}  // namespace candor::core
