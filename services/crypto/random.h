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

// The same for salts, nonces and names: up to 4,096 bytes out of a pool of the thread,
// because each call of the generator costs as much as sealing a section. What was handed
// out is overwritten in the pool. A forked child must not use it.
void FillSmall(std::span<std::uint8_t> out);

template <std::size_t N>
std::array<std::uint8_t, N> RandomBytes() {
  std::array<std::uint8_t, N> out;
  FillSmall(out);
  return out;
}

Key RandomKey();

// A version 7 UUID; within one process later calls give larger ids.
Uuid NewId(absl::Time now);

}  // namespace candor::crypto
