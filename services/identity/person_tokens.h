// Tokens with which persons ask about themselves.
//
// A token is the text `candor_person_<32 hexadecimal characters>_<sealed, hexadecimal>`: the
// tenant, then who, until when and how far, sealed under a key of that tenant. It is kept
// nowhere, counts until its time is over, and tells nobody but the server whose it is.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/base/clock.h"
#include "services/crypto/secret.h"
#include "services/domain/caller.h"

namespace candor::identity {

// Whether a credential claims to be such a token.
bool IsPersonToken(std::string_view credential);

struct PersonToken {
  Uuid tenant;
  Uuid token;            // Names it; the id of its leaf.
  absl::Time expires;    // In whole microseconds.
  std::string person;    // The tenant's reference, 1 to 256 bytes.
  std::string language;  // Of answers, at most 255 bytes; empty: not said.
  bool read_only = false;
};

// Thread-safe.
class PersonTokens {
 public:
  // The key that seals the tokens of a tenant. Errors: kNotFound, kUnavailable.
  using KeyOf = std::function<absl::StatusOr<crypto::Key>(const Uuid& tenant)>;

  // `clock` must outlive this.
  PersonTokens(KeyOf key_of, const Clock& clock) : key_of_(std::move(key_of)), clock_(clock) {}

  // Errors: those of KeyOf.
  absl::StatusOr<std::string> Make(const PersonToken& token) const;

  // The person behind a token, in the role person alone. Errors: kUnauthenticated
  // CREDENTIAL_INVALID, whatever is wrong with it; kUnavailable.
  absl::StatusOr<domain::Caller> Authenticate(std::string_view text) const;

 private:
  const KeyOf key_of_;
  const Clock& clock_;
};

}  // namespace candor::identity
