// A task of human review on the wire.
//
// Pure functions; any thread may call.
#pragma once

#include "candor/v1/oversight_service.pb.h"
#include "services/domain/caller.h"
#include "services/domain/task.h"

namespace candor::rpc {

// The task as it stands at `now`; `mine` says whether the caller claimed it.
void Fill(const domain::Task& task, absl::Time now, bool mine, v1::Task& out);

// Whether a caller may see a task: a component and a tenant's system only their own.
bool SeesAll(const domain::Caller& caller);
bool MaySee(const domain::Caller& caller, const domain::Task& task);

}  // namespace candor::rpc
