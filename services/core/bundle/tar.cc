#include "services/core/bundle/tar.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/base/check.h"
#include "services/base/status.h"

namespace candor::core {
namespace {

// Where a field of the header begins, and how long it is.
struct Field {
  std::size_t at, size;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kUser{108, 8}, kGroup{116, 8}, kSize{124, 12},
    kTime{136, 12}, kSum{148, 8}, kType{156, 1}, kMagic{257, 8}, kMajor{329, 8}, kMinor{337, 8};

void Put(std::string& block, Field field, std::string_view text) {
  std::copy(text.begin(), text.end(), block.begin() + static_cast<std::ptrdiff_t>(field.at));
}

void PutOctal(std::string& block, Field field, std::uint64_t value) {
  Put(block, field, absl::StrFormat("%0*o", static_cast<int>(field.size - 1), value));
}

std::optional<std::uint64_t> Octal(std::string_view block, Field field) {
  std::uint64_t value = 0;
  for (const char c : block.substr(field.at, field.size - 1)) {
    if (c < '0' || c > '7') return std::nullopt;
    value = value * 8 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::uint64_t PaddingOf(std::uint64_t size) {
  return (kTarBlock - size % kTarBlock) % kTarBlock;
}

bool IsZero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

}  // namespace

bool IsTarName(std::string_view name) {
  if (name.empty() || name.size() > kMaxTarName || name.back() == '/') return false;
  char before = '/';
  for (const char c : name) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!is_plain && (before == '/' || (c != '.' && c != '/'))) return false;
    before = c;
  }
  return true;
}

std::string TarHeader(const TarFile& file) {
  CANDOR_CHECK(IsTarName(file.name) && file.size <= kMaxTarFile && file.mtime <= kMaxTarFile);
  std::string block(kTarBlock, '\0');
  Put(block, kName, file.name);
  PutOctal(block, kMode, 0644);
  for (const Field field : {kUser, kGroup, kMajor, kMinor}) PutOctal(block, field, 0);
  PutOctal(block, kSize, file.size);
  PutOctal(block, kTime, file.mtime);
  Put(block, kSum, "        ");
  Put(block, kType, "0");
  Put(block, kMagic, std::string_view("ustar\00000", kMagic.size));
  std::uint64_t sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  Put(block, kSum, absl::StrFormat("%06o", sum) + std::string("\0 ", 2));
  return block;
}

std::string TarPadding(std::uint64_t size) {
  return std::string(PaddingOf(size), '\0');
}

std::string TarEnd() {
  return std::string(2 * kTarBlock, '\0');
}

absl::Status TarReader::Wrong(std::string_view what) const {
  return absl::InvalidArgumentError(absl::StrCat("byte ", at_, " of the tar: ", std::string(what)));
}

absl::Status TarReader::Take(std::string_view bytes) {
  while (!bytes.empty()) {
    if (part_ == Part::kNothing) return Wrong("something after the end");
    const bool is_block = part_ == Part::kHeader || part_ == Part::kSecondEnd;
    const std::uint64_t wanted = is_block ? kTarBlock - block_.size() : left_;
    const std::string_view piece = bytes.substr(0, std::min<std::uint64_t>(wanted, bytes.size()));
    bytes.remove_prefix(piece.size());
    at_ += piece.size();
    if (is_block) {
      block_ += piece;
      if (block_.size() == kTarBlock) CANDOR_RETURN_IF_ERROR(TakeBlock());
      continue;
    }
    left_ -= piece.size();
    if (part_ == Part::kPadding) {
      if (!IsZero(piece)) return Wrong("the padding before it is not zero");
      if (left_ == 0) part_ = Part::kHeader;
      continue;
    }
    CANDOR_RETURN_IF_ERROR(files_.Bytes(piece));
    if (left_ == 0) CANDOR_RETURN_IF_ERROR(EndBytes());
  }
  return absl::OkStatus();
}

absl::Status TarReader::End() {
  return part_ == Part::kNothing ? absl::OkStatus() : Wrong("it ends here, before its end");
}

absl::Status TarReader::TakeBlock() {
  if (part_ == Part::kHeader && !IsZero(block_)) {
    CANDOR_RETURN_IF_ERROR(BeginFile());
  } else {
    if (!IsZero(block_)) return Wrong("one block of zeros is no end");
    part_ = part_ == Part::kHeader ? Part::kSecondEnd : Part::kNothing;
  }
  block_.clear();
  return absl::OkStatus();
}

absl::Status TarReader::BeginFile() {
  const std::string name = block_.substr(0, std::min(block_.find('\0'), kName.size));
  const std::optional<std::uint64_t> size = Octal(block_, kSize), mtime = Octal(block_, kTime);
  if (!IsTarName(name)) return Wrong("the header before it has a name that no bundle may hold");
  if (!size || !mtime) return Wrong("the header before it has no octal size and time");
  const TarFile file{.name = name, .size = *size, .mtime = *mtime};
  if (TarHeader(file) != block_) return Wrong("the header before it is not of the one form");
  left_ = file.size;
  padding_ = PaddingOf(file.size);
  part_ = Part::kBytes;
  CANDOR_RETURN_IF_ERROR(files_.Begin(file));
  return left_ == 0 ? EndBytes() : absl::OkStatus();
}

absl::Status TarReader::EndBytes() {
  left_ = padding_;
  part_ = left_ == 0 ? Part::kHeader : Part::kPadding;
  return files_.End();
}

}  // namespace candor::core
