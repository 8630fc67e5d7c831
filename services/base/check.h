// A check for what no input can cause: it aborts, in all builds, naming the line.
#pragma once

namespace candor {

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace candor

#define CANDOR_CHECK(condition)                                              \
  do {                                                                       \
    if (!(condition)) ::candor::CheckFailed(#condition, __FILE__, __LINE__); \
  } while (false)
