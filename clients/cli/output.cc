#include "clients/cli/output.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>

#include "clients/cli/errors.h"
#include "services/base/bytes.h"
#include "services/core/json/json.h"

namespace candor::cli {
namespace {

bool IsSet(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

// Columns on the screen: UTF-8 continuation bytes and colours take none.
std::size_t WidthOf(std::string_view text) {
  std::size_t width = 0;
  bool in_escape = false;
  for (const char c : text) {
    if (c == '\x1b') in_escape = true;
    if (!in_escape && (static_cast<unsigned char>(c) & 0xC0) != 0x80) ++width;
    if (in_escape && c == 'm') in_escape = false;
  }
  return width;
}

std::string Padded(std::string text, std::size_t width) {
  const std::size_t now = WidthOf(text);
  if (now < width) text.append(width - now, ' ');
  return text;
}

core::Json ErrorJson(const absl::Status& error) {
  core::Json fields = core::Json::Array();
  for (const FieldProblem& problem : FieldProblemsOf(error)) {
    core::Json one = core::Json::Object();
    one.Set("field", Printable(problem.field));
    one.Set("problem", Printable(problem.what));
    fields.Append(std::move(one));
  }
  core::Json inner = core::Json::Object();
  inner.Set("code", CodeName(error.code()));
  if (const std::string reason = ReasonOf(error); !reason.empty()) inner.Set("reason", reason);
  inner.Set("message", Printable(std::string(error.message())));
  if (!fields.empty()) inner.Set("fields", std::move(fields));
  if (std::string next = NextStepOf(error); !next.empty()) inner.Set("next", std::move(next));
  core::Json json = core::Json::Object();
  json.Set("error", std::move(inner));
  return json;
}

}  // namespace

Style StyleOfTerminal() {
  const char* const terminal = std::getenv("TERM");
  const bool dumb = terminal != nullptr && std::string_view(terminal) == "dumb";
  return {.json = false,
          .colour = isatty(STDOUT_FILENO) == 1 && !IsSet("NO_COLOR") && !dumb,
          .progress = isatty(STDERR_FILENO) == 1 && !dumb};
}

void Output::Raw(std::string_view text) {
  out_ << text;
}

void Output::Line(std::string_view text) {
  out_ << text << '\n';
}

void Output::Pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::size_t width = 0;
  for (const auto& [name, value] : pairs) {
    if (!value.empty()) width = std::max(width, WidthOf(name));
  }
  for (const auto& [name, value] : pairs) {
    if (!value.empty()) Line(Quiet(Padded(name, width)) + "  " + value);
  }
}

void Output::Table(const std::vector<std::string>& heads,
                   const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const std::string& head : heads) widths.push_back(WidthOf(head));
  for (const std::vector<std::string>& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], WidthOf(row[i]));
  }
  const auto print = [&](const std::vector<std::string>& cells, bool head) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line += "  ";
      line += i + 1 < cells.size() ? Padded(cells[i], widths[i]) : cells[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    Line(head ? Quiet(line) : line);
  };
  print(heads, /*head=*/true);
  for (const std::vector<std::string>& row : rows) print(row, /*head=*/false);
}

void Output::Progress(std::string_view text) {
  if (!shows_progress()) return;
  err_ << "\r\x1b[K" << text << std::flush;
}

void Output::Note(std::string_view text) {
  if (json()) return;
  Progress({});
  err_ << text << '\n';
}

void Output::Error(const absl::Status& error) {
  Progress({});
  if (json()) {
    err_ << ErrorJson(error).Encode() << '\n';
    return;
  }
  err_ << "candor: " << Printable(std::string(error.message())) << '\n';
  const std::string reason = ReasonOf(error);
  if (!reason.empty()) err_ << "  reason: " << reason << " (" << CodeName(error.code()) << ")\n";
  for (const FieldProblem& problem : FieldProblemsOf(error)) {
    // The message of a single problem is the problem.
    if (problem.what == std::string(error.message())) continue;
    err_ << "  field:  " << Printable(problem.field) << ": " << Printable(problem.what) << '\n';
  }
  if (const std::string next = NextStepOf(error); !next.empty())
    err_ << "  next:   " << next << '\n';
}

std::string Output::Painted(const char* colour, std::string_view text) const {
  if (!style_.colour || style_.json || text.empty()) return std::string(text);
  return "\x1b[" + std::string(colour) + "m" + std::string(text) + "\x1b[0m";
}

std::string WithCommas(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string Printable(std::string_view text) {
  const bool whole = IsUtf8(text);
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !whole)) {
      safe += "\\x" + ToHex({reinterpret_cast<const std::uint8_t*>(&c), 1});
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace candor::cli
