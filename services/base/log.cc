#include "services/base/log.h"

#include <atomic>
#include <cstdio>

#include "services/base/clock.h"

namespace candor {
namespace {

std::atomic<Level> least{Level::kInfo};  // NOLINT: the one setting of the whole process.

constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};

void AppendQuoted(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  out += '"';
}

}  // namespace

void SetLogLevel(Level level) {
  least = level;
}

void Log(Level level, std::string_view event,
         std::initializer_list<std::pair<std::string_view, std::string>> fields) {
  if (level < least.load(std::memory_order_relaxed)) return;
  std::string line = "{\"time\":\"" + ToRfc3339(SystemClock().Now()) + "\",\"level\":\"";
  line += kNames[static_cast<std::size_t>(level)];
  line += "\",\"event\":";
  AppendQuoted(event, line);
  for (const auto& [name, value] : fields) {
    line += ',';
    AppendQuoted(name, line);
    line += ':';
    AppendQuoted(value, line);
  }
  line += "}\n";
  std::fwrite(line.data(), 1, line.size(), stderr);  // One call a line: lines never mix.
}

}  // namespace candor
