// What each tenant registered, kept in memory and read on as the ledger grows.
//
// Thread-safe; what it hands out never changes. Another process's change is seen after kFresh
// at the latest; this process's own at once, where it asks for AsOf its position.
#pragma once

#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/base/clock.h"
#include "services/domain/registry.h"
#include "services/store/reader.h"

namespace candor::flow {

using RegistrySnapshot = std::shared_ptr<const domain::Registry>;

class RegistryBook {
 public:
  static constexpr absl::Duration kFresh = absl::Milliseconds(500);

  // Both must outlive this.
  RegistryBook(store::Pool& readers, const Clock& clock) : readers_(readers), clock_(clock) {}

  // The registry as it stood at most kFresh ago. Errors: kUnavailable; kDataLoss.
  absl::StatusOr<RegistrySnapshot> Get(const Uuid& tenant);

  // The registry as it stands now. Errors: as above.
  absl::StatusOr<RegistrySnapshot> Newest(const Uuid& tenant);

  // The registry of the leaves up to `position`: for answers about what was just written, and
  // for replays, which are fast where positions rise. Errors: as above.
  absl::StatusOr<RegistrySnapshot> AsOf(const Uuid& tenant, std::uint64_t position);

 private:
  struct Page {
    RegistrySnapshot registry;
    absl::Time read;
  };
  struct Past {
    RegistrySnapshot registry;
    std::uint64_t asked = 0;  // No leaf between the registry's and here.
  };
  absl::StatusOr<RegistrySnapshot> ReadOn(const Uuid& tenant, const RegistrySnapshot& from, std::uint64_t last);
  RegistrySnapshot Known(const Uuid& tenant) const;

  store::Pool& readers_;
  const Clock& clock_;
  mutable absl::Mutex mutex_;
  std::map<Uuid, Page> pages_ ABSL_GUARDED_BY(mutex_);
  std::map<Uuid, Past> pasts_ ABSL_GUARDED_BY(mutex_);  // As replays asked last.
};

}  // namespace candor::flow
