// What a tenant's ledger holds of one person: the decisions on them, and what is sealed there
// under their keys. Nothing of anybody else is opened.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "candor/v1/transparency_service.pb.h"
#include "services/core/commit/section.h"
#include "services/core/leaf/leaf.h"
#include "services/ledger/ledger.h"
#include "services/rpc/convert/registered.h"
#include "services/store/reader.h"

namespace candor::rpc {

// A leaf of a decision.
struct Chapter {
  std::uint64_t position = 0;
  std::string bytes;
  core::Leaf leaf;
  std::vector<store::StoredSealed> boxes;      // Under the person's keys.
  std::map<std::string, core::Opened> opened;  // After Open.

  // What may be shown to the person of what was opened.
  rpc::Sections Shown() const;
};

// A decision: its leaves, in order; never empty.
struct Story {
  Uuid decision;
  std::vector<Chapter> chapters;
};

// Whether a section under the person's key is shown to them: not where it tells of humans of
// the tenant.
bool MayBeShown(std::string_view section);

// Belongs to one thread.
class PersonReader {
 public:
  // Finds the keys of the person. A person without any reads like one without decisions.
  // `writers` must outlive this. Errors: kUnavailable; kDataLoss.
  static absl::StatusOr<PersonReader> Of(std::shared_ptr<ledger::Ledger> ledger, store::Pool& writers,
                                         const std::string& person);

  // Those of these decisions that are the person's, as their leaves say; not opened yet.
  absl::StatusOr<std::vector<Story>> Stories(const std::vector<Uuid>& decisions) const;
  // One of them, opened. Errors: kNotFound NOT_FOUND unless it is the person's.
  absl::StatusOr<Story> Opened(const Uuid& decision) const;

  // The person's decisions that began below position `before`, the newest first; not opened.
  absl::StatusOr<std::vector<Story>> Newest(std::uint64_t before, int limit) const;
  // Readings of the person's data, the newest first.
  absl::StatusOr<std::vector<store::StoredLeaf>> Readings(std::uint64_t before, int limit) const;

  // Opens what is the person's. Errors: kDataLoss VERIFICATION_FAILED.
  absl::Status Open(Story& story) const;

  // The receipts of leaves under one signed checkpoint.
  absl::Status AddReceipts(const std::vector<store::StoredLeaf>& leaves,
                           google::protobuf::RepeatedPtrField<v1::Receipt>& out) const;

 private:
  struct Key {
    store::Handle handle{};
    crypto::Key key;
  };
  PersonReader(std::shared_ptr<ledger::Ledger> ledger, store::Pool& writers) : ledger_(std::move(ledger)), writers_(writers) {}
  std::vector<store::Handle> Handles() const;

  std::shared_ptr<ledger::Ledger> ledger_;
  store::Pool& writers_;
  std::vector<Key> keys_;  // The person's, and that of their protected attributes.
};

}  // namespace candor::rpc
