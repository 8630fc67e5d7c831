// Who is behind an API key.
//
// A key is the text `candor_<32 hexadecimal characters>_<64 hexadecimal characters>`: the
// name of the key, then 256 random bits of which only the SHA-256 is stored.
#pragma once

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/base/clock.h"
#include "services/domain/caller.h"
#include "services/store/tenants.h"

namespace candor::identity {

struct NewApiKey {
  Uuid key_id;
  std::string text;    // Shown once, never stored.
  Digest secret_hash;
};
NewApiKey MakeApiKey(absl::Time now);

// Thread-safe. A revoked key counts until kFresh after its revocation at the latest.
class ApiKeys {
 public:
  static constexpr absl::Duration kFresh = absl::Seconds(5);

  // Both must outlive this.
  ApiKeys(store::Pool& writers, const Clock& clock) : pool_(writers), clock_(clock) {}

  // Errors: kUnauthenticated CREDENTIAL_INVALID, whatever is wrong with it; kUnavailable.
  absl::StatusOr<domain::Caller> Authenticate(std::string_view key_text);

 private:
  struct Known {
    domain::Caller caller;
    absl::Time until;
  };
  store::Pool& pool_;
  const Clock& clock_;
  absl::Mutex mutex_;
  std::map<Digest, Known> known_ ABSL_GUARDED_BY(mutex_);  // By SHA-256 of the whole text.
};

}  // namespace candor::identity
