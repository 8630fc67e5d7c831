// Bytes that must not outlive their use: no copy, no printing, no comparison,
// overwritten on destruction.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include "services/base/bytes.h"

namespace candor::crypto {

// Overwrites memory in a way the compiler keeps.
void Cleanse(std::span<std::uint8_t> bytes);

template <std::size_t N>
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::span<const std::uint8_t, N> bytes) {
    std::memcpy(bytes_.data(), bytes.data(), N);
  }
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { Cleanse(other.bytes_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      Cleanse(other.bytes_);
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { Cleanse(bytes_); }

  // A second owner, asked for by name.
  Secret Clone() const { return Secret(std::span<const std::uint8_t, N>(bytes_)); }

  std::span<const std::uint8_t, N> view() const { return bytes_; }
  std::span<std::uint8_t, N> fill() { return bytes_; }

 private:
  std::array<std::uint8_t, N> bytes_{};
};

using Key = Secret<32>;

}  // namespace candor::crypto
