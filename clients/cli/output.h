// What a command prints: for people by default, JSON for programs.
//
// An Output belongs to one thread. Colours only where somebody looks: on a terminal,
// without NO_COLOR, never in JSON.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace candor::cli {

// What the program returns to its caller; the same for every command.
enum Exit : int {
  kDone = 0,     // Done; intact; allowed.
  kRefused = 1,  // The answer is no: not intact, not allowed, refused by the server.
  kFailed = 2,   // It could not be done or read.
};
inline constexpr const char* kExitCodes =
    "Exit status:\n"
    "  0  done; for `verify` intact, for `authorize` allowed\n"
    "  1  the answer is no: not intact, not allowed, or refused by the server\n"
    "  2  it could not be done, or what it needs could not be read\n";

struct Style {
  bool json = false;
  bool colour = false;    // On standard output.
  bool progress = false;  // Standard error is a terminal.
};

// What the terminals and NO_COLOR ask for.
Style StyleOfTerminal();

class Output {
 public:
  Output(std::ostream& out, std::ostream& err, const Style& style)
      : out_(out), err_(err), style_(style) {}

  bool json() const { return style_.json; }
  bool shows_progress() const { return style_.progress && !style_.json; }

  // Text as it is, and text with a line feed after it.
  void Raw(std::string_view text);
  void Line(std::string_view text = {});

  // `name   value`, one a line, the values in one column; empty values are left out.
  void Pairs(const std::vector<std::pair<std::string, std::string>>& pairs);

  // Columns as wide as they must be; an empty table prints only its heads.
  void Table(const std::vector<std::string>& heads,
             const std::vector<std::vector<std::string>>& rows);

  std::string Good(std::string_view text) const { return Painted("32", text); }
  std::string Bad(std::string_view text) const { return Painted("31", text); }
  std::string Odd(std::string_view text) const { return Painted("33", text); }
  std::string Quiet(std::string_view text) const { return Painted("2", text); }

  // One line on standard error that the next one replaces; an empty one clears it.
  void Progress(std::string_view text);

  // A word to the person beside the answer, on standard error; not for programs.
  void Note(std::string_view text);

  // What went wrong and what to do next, on standard error.
  void Error(const absl::Status& error);

 private:
  std::string Painted(const char* colour, std::string_view text) const;

  std::ostream& out_;
  std::ostream& err_;
  const Style style_;
};

// 1234567 as `1,234,567`.
std::string WithCommas(std::uint64_t number);

// Text that comes from elsewhere, with its control characters made visible, so that it
// cannot move the cursor or change colours.
std::string Printable(std::string_view text);

}  // namespace candor::cli
