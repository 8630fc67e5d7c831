// The statements of an erasure, inside the transaction of an append.
//
// Belongs to the thread of the transaction.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "services/store/append.h"

namespace candor::store {

std::vector<Handle> FindHandles(pqxx::transaction_base& work, const std::string& tenant, const std::vector<Digest>& lookups);

absl::Status ReadSealedUnder(pqxx::transaction_base& work, const std::string& tenant, const Handle& handle,
                             absl::FunctionRef<absl::Status(const SealedUnder&)> take);

// Deletes keys, the ways to them, and all that they seal; as the role that alone may.
void DestroyUnder(pqxx::transaction_base& work, const std::string& tenant, const std::vector<Handle>& handles);

void WriteErased(pqxx::transaction_base& work, const std::string& tenant, const Batch& batch);

}  // namespace candor::store
