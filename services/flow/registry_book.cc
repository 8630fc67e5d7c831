#include "services/flow/registry_book.h"

#include <limits>

#include "services/base/status.h"

namespace candor::flow {
namespace {

constexpr int kPage = 1000;  // Leaves read at once.

}  // namespace

absl::StatusOr<RegistrySnapshot> RegistryBook::ReadOn(const Uuid& tenant, const RegistrySnapshot& from,
                                                      std::uint64_t last) {
  store::Pool::Lease connection = readers_.Borrow();
  std::shared_ptr<domain::Registry> grown;
  for (std::uint64_t after = from->position();;) {
    CANDOR_ASSIGN_OR_RETURN(const auto leaves, store::RegistryLeaves(*connection, tenant, after, last, kPage));
    for (const store::StoredLeaf& stored : leaves) {
      const absl::StatusOr<core::Leaf> leaf = core::ParseLeaf(stored.leaf);
      if (!leaf.ok()) {
        return Because(absl::DataLossError("a leaf of the registry cannot be read: verify the ledger"),
                       "VERIFICATION_FAILED");
      }
      if (grown == nullptr) grown = std::make_shared<domain::Registry>(*from);
      grown->Apply(stored.position, *leaf);
      after = stored.position;
    }
    if (leaves.size() < kPage) return grown == nullptr ? from : grown;
  }
}

RegistrySnapshot RegistryBook::Known(const Uuid& tenant) const {
  static const RegistrySnapshot nothing = std::make_shared<const domain::Registry>();
  absl::MutexLock lock(&mutex_);
  const auto page = pages_.find(tenant);
  return page == pages_.end() ? nothing : page->second.registry;
}

absl::StatusOr<RegistrySnapshot> RegistryBook::Get(const Uuid& tenant) {
  {
    const absl::Time now = clock_.Now();
    absl::MutexLock lock(&mutex_);
    const auto page = pages_.find(tenant);
    // A clock that was set back makes nothing fresh.
    const absl::Duration age = page == pages_.end() ? kFresh : now - page->second.read;
    if (age >= absl::ZeroDuration() && age < kFresh) return page->second.registry;
  }
  return Newest(tenant);
}

absl::StatusOr<RegistrySnapshot> RegistryBook::Newest(const Uuid& tenant) {
  const absl::Time read = clock_.Now();
  CANDOR_ASSIGN_OR_RETURN(RegistrySnapshot registry,
                          ReadOn(tenant, Known(tenant), std::numeric_limits<std::uint64_t>::max()));
  absl::MutexLock lock(&mutex_);
  Page& page = pages_[tenant];
  // Another thread may have read further meanwhile.
  if (page.registry == nullptr || page.registry->position() <= registry->position()) page.registry = registry;
  page.read = read;
  return registry;
}

absl::StatusOr<RegistrySnapshot> RegistryBook::AsOf(const Uuid& tenant, std::uint64_t position) {
  RegistrySnapshot known = Known(tenant);
  if (known->position() < position) {
    CANDOR_ASSIGN_OR_RETURN(known, Newest(tenant));
  }
  if (known->position() <= position) return known;
  RegistrySnapshot from = std::make_shared<const domain::Registry>();
  {
    absl::MutexLock lock(&mutex_);
    const auto past = pasts_.find(tenant);
    if (past != pasts_.end() && past->second.registry->position() <= position) {
      if (position <= past->second.asked) return past->second.registry;
      from = past->second.registry;
    }
  }
  CANDOR_ASSIGN_OR_RETURN(RegistrySnapshot registry, ReadOn(tenant, from, position));
  absl::MutexLock lock(&mutex_);
  pasts_[tenant] = {.registry = registry, .asked = position};
  return registry;
}

}  // namespace candor::flow
