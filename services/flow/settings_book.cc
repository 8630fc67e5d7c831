#include "services/flow/settings_book.h"

#include "services/base/status.h"

namespace candor::flow {

absl::StatusOr<std::shared_ptr<const domain::Settings>> SettingsBook::Get(const Uuid& tenant) {
  const absl::Time now = clock_.Now();
  {
    absl::MutexLock lock(&mutex_);
    const auto page = pages_.find(tenant);
    if (page != pages_.end() && page->second.until > now) return page->second.settings;
  }
  store::Pool::Lease connection = readers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(store::SettingsRows rows, store::Settings(*connection, tenant));
  auto settings = std::make_shared<domain::Settings>();
  for (auto& [kind, codes] : rows.catalogue) {
    settings->catalogue[kind] = {codes.begin(), codes.end()};
  }
  settings->amount = rows.limits.amount;
  settings->currency = rows.limits.currency;
  settings->confidence = rows.limits.confidence;
  settings->authorization_seconds = rows.limits.authorization_seconds;
  settings->outcome_seconds = rows.limits.outcome_seconds;
  absl::MutexLock lock(&mutex_);
  pages_[tenant] = {.settings = settings, .until = now + kFresh};
  return settings;
}

void SettingsBook::Forget(const Uuid& tenant) {
  absl::MutexLock lock(&mutex_);
  pages_.erase(tenant);
}

}  // namespace candor::flow
