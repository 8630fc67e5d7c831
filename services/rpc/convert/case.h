// A person's case on the wire.
//
// Pure functions; any thread may call.
#pragma once

#include "candor/v1/disclosure.pb.h"
#include "services/domain/cases.h"

namespace candor::rpc {

// All of it but its texts.
void Fill(const domain::Case& from, v1::Case& out);

}  // namespace candor::rpc
