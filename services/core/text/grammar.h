// The small grammars of the ledger format: which texts are codes, decimals, names.
//
// Pure functions; any thread may call.
// Source: ledger format, sections 2, 3, 4 and 10. Frozen by codes.json, time_and_ids.json.
#pragma once

#include <string_view>

namespace candor::core {

// `[a-z][a-z0-9_]{0,31}([.:-][a-z0-9_]{1,16}){0,3}` without a run of more than 6 digits
// or of 16 hexadecimal characters.
bool IsCode(std::string_view text);

// A code, or a UUID in lower case: what `type`, `caller.id` and `producer.id` may be.
bool IsCodeOrId(std::string_view text);

// `-?(0|[1-9][0-9]*)(\.[0-9]+)?`
bool IsDecimal(std::string_view text);

// `[a-z0-9.-]{1,100}(/[a-z0-9._-]{1,50}){1,3}`; the host is not `candor`, no segment is
// `bundle` or `..`.
bool IsOrigin(std::string_view text);

// `[a-z_]{1,32}(\.[1-9][0-9]?)?`
bool IsSectionName(std::string_view text);

// `[a-z][a-z0-9_]{0,63}`
bool IsMemberName(std::string_view text);

// 32 lower-case hexadecimal characters: names a data key.
bool IsHandle(std::string_view text);

}  // namespace candor::core
