// The sealed sections of stored leaves, opened for those who may see them.
//
// Belongs to one thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "services/core/commit/section.h"
#include "services/core/leaf/leaf.h"
#include "services/store/reader.h"
#include "services/vault/keyring.h"

namespace candor::vault {

// Adds the sections of a box of `leaf`, each checked against its commitment in the ledger of
// `origin`. Errors: kDataLoss VERIFICATION_FAILED.
absl::Status OpenBox(const crypto::Key& key, std::string_view origin, const core::Leaf& leaf, BytesView box,
                     std::map<std::string, core::Opened>& opened);

class Opening {
 public:
  // A connection in the role kWriter, and the keys of the ledger of `origin`; both must
  // outlive this.
  Opening(store::Connection& connection, Keyring& keyring, const Uuid& tenant, std::string origin)
      : connection_(connection), keyring_(keyring), tenant_(tenant), origin_(std::move(origin)) {}

  // The sections of the leaf at `position` by name, each checked against its commitment; those
  // whose key was destroyed are left out. Errors: kNotFound; kDataLoss VERIFICATION_FAILED.
  absl::StatusOr<std::map<std::string, std::string>> Sections(std::uint64_t position);
  // The same with their salts, to be shown. Errors: as above.
  absl::StatusOr<std::map<std::string, core::Opened>> Salted(std::uint64_t position);
  // One section of a leaf, and none that is sealed under another key. Nothing: it was destroyed. Errors: as above.
  absl::StatusOr<std::optional<std::string>> One(std::uint64_t position, const core::Leaf& leaf, std::string_view name);

 private:
  // Nothing: it was destroyed.
  absl::StatusOr<std::shared_ptr<const DataKey>> KeyOf(const store::Handle& handle);

  store::Connection& connection_;
  Keyring& keyring_;
  const Uuid tenant_;
  const std::string origin_;
  std::map<store::Handle, std::shared_ptr<const DataKey>> keys_;
};

}  // namespace candor::vault
