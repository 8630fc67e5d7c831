// The tar of an audit bundle: POSIX ustar in the one form that the format allows, so that the
// same files give the same bytes.
//
// Source: ledger format, sections 7 and 10. Frozen by the vectors in bundle/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace candor::core {

inline constexpr std::size_t kTarBlock = 512;
inline constexpr std::size_t kMaxTarName = 100;
inline constexpr std::uint64_t kMaxTarFile = (std::uint64_t{1} << 33) - 1;  // Eleven octal digits.

struct TarFile {
  std::string name{};
  std::uint64_t size = 0;
  std::uint64_t mtime = 0;  // Seconds since 1970.

  bool operator==(const TarFile&) const = default;
};

// Whether a bundle may hold a file of this name: 1 to 100 of the characters [a-z0-9._/-],
// no empty part, none that begins with a dot.
bool IsTarName(std::string_view name);

// The block before a file. Aborts unless the name is one and size and time fit.
std::string TarHeader(const TarFile& file);

// The zeros after a file of `size`, and the two blocks after the last.
std::string TarPadding(std::uint64_t size);
std::string TarEnd();

// Takes such a tar apart, in pieces of any size. Holds one block. Belongs to one thread.
class TarReader {
 public:
  // Told of each file in order; an error ends the reading.
  class Files {
   public:
    virtual ~Files() = default;
    virtual absl::Status Begin(const TarFile& file) = 0;
    virtual absl::Status Bytes(std::string_view bytes) = 0;
    virtual absl::Status End() = 0;
  };

  // `files` outlives this.
  explicit TarReader(Files& files) : files_(files) {}

  // Errors: kInvalidArgument with the byte, for anything but what TarHeader, TarPadding and
  // TarEnd write; what `files` says. Nothing may be taken after an error.
  absl::Status Take(std::string_view bytes);

  // After the last byte. Errors as above: it ended too early.
  absl::Status End();

 private:
  enum class Part { kHeader, kBytes, kPadding, kSecondEnd, kNothing };

  absl::Status TakeBlock();
  absl::Status BeginFile();
  absl::Status EndBytes();
  absl::Status Wrong(std::string_view what) const;

  Files& files_;
  Part part_ = Part::kHeader;
  std::string block_{};        // Of the header or the end, so far.
  std::uint64_t left_ = 0;     // Bytes of the file, or of its padding.
  std::uint64_t padding_ = 0;  // After the file at hand.
  std::uint64_t at_ = 0;       // Bytes taken.
};

}  // namespace candor::core
