// The door: who calls, may they, and how an error is told. Every method of every service
// goes through it; nothing else maps a status or reads a credential. Who may not ask learns
// neither whether the request is well-formed nor whether the method is built.
//
// Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include "services/base/clock.h"
#include "services/domain/caller.h"
#include "services/identity/api_keys.h"
#include "services/identity/person_tokens.h"

namespace candor::rpc {

class Door {
 public:
  // All must outlive this.
  Door(identity::ApiKeys& keys, const identity::PersonTokens& tokens, const Clock& clock)
      : keys_(keys), tokens_(tokens), clock_(clock) {}

  // The caller behind `context`, if they may call `method`. Errors: kUnauthenticated,
  // kPermissionDenied, kUnavailable.
  absl::StatusOr<domain::Caller> Admit(const grpc::ServerContextBase& context, std::string_view method);

  const Clock& clock() const { return clock_; }

 private:
  identity::ApiKeys& keys_;
  const identity::PersonTokens& tokens_;
  const Clock& clock_;
};

// The status of the wire: code, message, and the details of google.rpc: ErrorInfo with
// reason and domain `candor`, BadRequest with the field, RetryInfo with the delay.
grpc::Status ToWire(const absl::Status& status);

// UNIMPLEMENTED, reason NOT_IMPLEMENTED.
absl::Status NotBuilt();

}  // namespace candor::rpc
