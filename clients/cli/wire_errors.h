// Errors as they come over the wire.
//
// Pure functions; any thread may call.
#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace candor::cli {

// The error of a call, with everything that google.rpc.Status says beside it.
absl::Status FromWire(const grpc::Status& status);

}  // namespace candor::cli
