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
NewApiKey MakeApiKey(const Uuid& key_id);

// Thread-safe. A key that was revoked, or has expired, counts no longer than kFresh after; in
// the process that revoked it, not after Forget.
class ApiKeys {
 public:
  static constexpr absl::Duration kFresh = absl::Seconds(5);

  // Both must outlive this.
  ApiKeys(store::Pool& writers, const Clock& clock) : pool_(writers), clock_(clock) {}

  // Errors: kUnauthenticated CREDENTIAL_INVALID, whatever is wrong with it; kUnavailable.
  absl::StatusOr<domain::Caller> Authenticate(std::string_view key_text);

  // Lets nothing count any more that was known of a key or of a principal's keys. Call it
  // once the revocation is durable.
  void Forget(const Uuid& key_or_principal);

 private:
  struct Known {
    Uuid key_id;
    domain::Caller caller;
    absl::Time until;
  };
  store::Pool& pool_;
  const Clock& clock_;
  absl::Mutex mutex_;
  // Counts Forget: what was read before it is not kept after it.
  std::uint64_t forgotten_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<Digest, Known> known_ ABSL_GUARDED_BY(mutex_);  // By SHA-256 of the whole text.
};

}  // namespace candor::identity
