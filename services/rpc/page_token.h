// Tokens of pages that say where a list goes on. One is bound to the tenant and to all that was
// asked for: a token of another list is none of this one. It tells nothing but a position.
//
// Pure functions; any thread may call.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "services/ledger/ledger.h"

namespace candor::rpc {

// Of a list that goes on below `position`. `request` is what was asked for: fields of paging and
// counting don't matter.
std::string PageTokenOf(ledger::Ledger& ledger, const google::protobuf::Message& request, std::uint64_t position);

// Where the page begins that `token` asks for; INT64_MAX if it is empty. Errors: kInvalidArgument.
absl::StatusOr<std::uint64_t> PageBegins(ledger::Ledger& ledger, const google::protobuf::Message& request,
                                         const std::string& token);

}  // namespace candor::rpc
