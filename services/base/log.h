// Lines for operators: one JSON object a line on stderr.
//
// The event is a constant noun and verb, such as `checkpoint_published`; what varies
// stands in fields. No payloads and no personal data. Thread-safe.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace candor {

enum class Level { kDebug, kInfo, kWarning, kError };  // kError: a person must act.

// Nothing below `level` is written; kInfo at first.
void SetLogLevel(Level level);

void Log(Level level, std::string_view event,
         std::initializer_list<std::pair<std::string_view, std::string>> fields = {});

}  // namespace candor
