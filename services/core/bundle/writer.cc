#include "services/core/bundle/writer.h"

#include "absl/strings/str_cat.h"
#include "services/base/status.h"
#include "services/core/bundle/tar.h"
#include "services/core/json/json.h"
#include "services/crypto/sha256.h"

namespace candor::core {
namespace {

std::string Line(const Json& json) { return json.Encode() + "\n"; }

std::string SixDigits(std::uint64_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, digits.size() < 6 ? 6 - digits.size() : 0, '0');
  return digits;
}

}  // namespace

absl::Status BundleWriter::Begin(const std::string& name, std::uint64_t size) {
  name_ = name;
  size_ = left_ = size;
  return sink_(TarHeader({.name = name, .size = size, .mtime = mtime_}));
}

absl::Status BundleWriter::Add(std::string_view bytes) {
  if (bytes.size() > left_) return absl::InternalError(name_ + ": holds more than was counted");
  left_ -= bytes.size();
  hash_.Add(AsBytes(bytes));
  return sink_(bytes);
}

absl::Status BundleWriter::End() {
  if (left_ > 0) return absl::InternalError(name_ + ": holds less than was counted");
  files_.push_back({.name = name_, .sha256 = hash_.Finish(), .size = size_});
  return sink_(TarPadding(size_));
}

absl::Status BundleWriter::File(const std::string& name, std::string_view bytes) {
  CANDOR_RETURN_IF_ERROR(Begin(name, bytes.size()));
  CANDOR_RETURN_IF_ERROR(Add(bytes));
  return End();
}

absl::Status BundleWriter::Finish(Manifest manifest, const VerifierKey& key, const crypto::Ed25519Key& signer) {
  manifest.files = std::move(files_);
  const std::string text = EncodeManifest(manifest);
  const std::string signature = SignNote(ManifestText(manifest.checkpoint, crypto::Sha256(AsBytes(text))), key, signer);
  CANDOR_RETURN_IF_ERROR(File("manifest.json", text));
  CANDOR_RETURN_IF_ERROR(File("manifest.sig", signature));
  return sink_(TarEnd());
}

std::string ShownLine(std::string_view leaf_id, std::string_view section, const Digest& salt, BytesView bytes) {
  Json line = Json::Object();
  line.Set("bytes", ToBase64(bytes)).Set("leaf", std::string(leaf_id));
  line.Set("salt", salt.ToBase64()).Set("section", std::string(section));
  return Line(line);
}

std::string WithheldLine(std::string_view leaf_id, std::string_view section, std::string_view reason,
                         const ErasedSection* erased) {
  Json line = Json::Object();
  line.Set("leaf", std::string(leaf_id)).Set("reason", std::string(reason)).Set("section", std::string(section));
  if (erased != nullptr) {
    Json erasure = Json::Object(), path = Json::Array();
    for (const Digest& hash : erased->proof.path) path.Append(hash.ToBase64());
    erasure.Set("index", static_cast<std::int64_t>(erased->proof.index)).Set("k", erased->k.ToBase64());
    erasure.Set("position", static_cast<std::int64_t>(erased->position)).Set("proof", std::move(path));
    line.Set("erasure", std::move(erasure));
  }
  return Line(line);
}

std::string ConsistencyText(std::uint64_t old_size, const std::vector<Digest>& path) {
  std::string text = absl::StrCat("old ", old_size, "\n");
  for (const Digest& hash : path) absl::StrAppend(&text, hash.ToBase64(), "\n");
  return text;
}

std::string SplitName(std::string_view stem, std::uint64_t number) {
  std::string name(stem);
  if (number > 0) name.append(".").append(SixDigits(number));
  return name + ".ndjson";
}

std::string LeavesName(std::uint64_t number) {
  std::string name = "leaves/";
  return name.append(SixDigits(number)).append(".ndjson");
}

}  // namespace candor::core
