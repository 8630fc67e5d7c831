#include "services/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace candor {

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(
      stderr,
      "{\"level\":\"error\",\"event\":\"check_failed\",\"at\":\"%s:%d\",\"check\":\"%s\"}\n", file,
      line, condition);
  std::abort();
}

}  // namespace candor
