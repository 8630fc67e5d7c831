// Runs the command line as a person would: another process, its output and exit status.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace candor::e2e {

struct Ran {
  int exit = -1;
  std::string out, err;
};
std::ostream& operator<<(std::ostream& out, const Ran& ran);

// A program with these words. Nothing of the environment but PATH reaches it, and no input.
Ran RunProgram(std::string program, const std::vector<std::string>& words, const std::string& input = {});

// `candor`.
Ran RunCandor(const std::vector<std::string>& words, const std::string& input = {});

// The last line of a text but `before` of them.
std::string LineFromEnd(const std::string& text, std::size_t before);

}  // namespace candor::e2e
