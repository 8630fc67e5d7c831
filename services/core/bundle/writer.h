// Writes an audit bundle: files one after the other, the manifest, its signature, the end.
//
// Belongs to one thread. Holds nothing but the list of files.
// Source: ledger format, sections 7 and 10. Frozen by the vectors in bundle/.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "services/core/bundle/manifest.h"
#include "services/core/commit/erasure.h"
#include "services/core/tlog/note.h"
#include "services/crypto/ed25519.h"
#include "services/crypto/sha256_stream.h"

namespace candor::core {

class BundleWriter {
 public:
  // Takes the bytes of the tar in order; an error ends the writing.
  using Sink = std::function<absl::Status(std::string_view)>;

  // `mtime` in seconds since 1970, of every file.
  BundleWriter(Sink sink, std::uint64_t mtime) : sink_(std::move(sink)), mtime_(mtime) {}

  // A file whose size is known before its bytes. `name` must be one that a bundle may hold.
  // Errors: kInternal when it was not of that size; those of the sink.
  absl::Status Begin(const std::string& name, std::uint64_t size);
  absl::Status Add(std::string_view bytes);
  absl::Status End();

  absl::Status File(const std::string& name, std::string_view bytes);

  // The manifest over all files so far, signed, and the end of the tar. Its files are filled in.
  absl::Status Finish(Manifest manifest, const VerifierKey& key, const crypto::Ed25519Key& signer);

 private:
  Sink sink_;
  const std::uint64_t mtime_;
  std::vector<BundleFile> files_{};
  std::string name_{};
  std::uint64_t size_ = 0, left_ = 0;
  crypto::Sha256Stream hash_;
};

// Lines of `sections.ndjson` and `withheld.ndjson`, each with its line feed.
std::string ShownLine(std::string_view leaf_id, std::string_view section, const Digest& salt, BytesView bytes);

// What proves that a section was erased: the erasure leaf's position and the item.
struct ErasedSection {
  std::uint64_t position = 0;
  Digest k;
  ErasureProof proof;
};
// `reason` is one of other_person, privileged, not_in_scope; erased with `erased`, and only then.
std::string WithheldLine(std::string_view leaf_id, std::string_view section, std::string_view reason,
                         const ErasedSection* erased = nullptr);

// The file `consistency`.
std::string ConsistencyText(std::uint64_t old_size, const std::vector<Digest>& path);

// `sections`, 0 → `sections.ndjson`; 1 → `sections.000001.ndjson`. And `leaves/000000.ndjson`.
std::string SplitName(std::string_view stem, std::uint64_t number);
std::string LeavesName(std::uint64_t number);

}  // namespace candor::core
