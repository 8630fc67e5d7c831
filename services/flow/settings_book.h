// What each tenant declared and decided, kept in memory for a short while.
//
// Thread-safe. Another process's change is seen after kFresh at the latest; this
// process's own at once, through Forget.
#pragma once

#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/base/clock.h"
#include "services/domain/statement.h"
#include "services/store/tenants.h"

namespace candor::flow {

class SettingsBook {
 public:
  static constexpr absl::Duration kFresh = absl::Seconds(2);

  SettingsBook(store::Pool& readers, const Clock& clock) : readers_(readers), clock_(clock) {}

  absl::StatusOr<std::shared_ptr<const domain::Settings>> Get(const Uuid& tenant);
  void Forget(const Uuid& tenant);

 private:
  struct Page {
    std::shared_ptr<const domain::Settings> settings;
    absl::Time until;
  };
  store::Pool& readers_;
  const Clock& clock_;
  absl::Mutex mutex_;
  std::map<Uuid, Page> pages_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace candor::flow
