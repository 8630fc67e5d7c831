// Bytes from the operating system's generator, through OpenSSL. Thread-safe; aborts
// when no randomness can be had, because nothing may go on without.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "services/base/id.h"
#include "services/crypto/secret.h"

namespace candor::crypto {

void FillRandom(std::span<std::uint8_t> out);

template <std::size_t N>
std::array<std::uint8_t, N> RandomBytes() {
  std::array<std::uint8_t, N> out;
  FillRandom(out);
  return out;
}

Key RandomKey();

// A version 7 UUID; within one process later calls give larger ids.
Uuid NewId(absl::Time now);

}  // namespace candor::crypto
