#include "services/verify/bundle_files.h"

#include <algorithm>

#include "services/base/status.h"
#include "services/core/bundle/tar.h"
#include "services/crypto/sha256_stream.h"

namespace candor::verify {
namespace {

constexpr std::size_t kPiece = 256 << 10;
constexpr std::size_t kMaxLine = 1 << 20;
constexpr std::size_t kMaxFiles = 4'000'000;
constexpr std::size_t kMaxErasureLines = 100'000;

// Members of a leaf stand in order of their names, so this is how such a line ends.
bool TellsOfErasure(std::string_view leaf) {
  return leaf.ends_with(R"(,"type":"erasure","v":1})") || leaf.ends_with(R"(,"type":"expiry","v":1})");
}

}  // namespace

class BundleFiles::Index : public core::TarReader::Files {
 public:
  explicit Index(BundleFiles& files) : files_(files) {}

  // What of the tar was given to its reader before the piece at hand.
  std::uint64_t before = 0;
  const char* piece = nullptr;

  absl::Status Begin(const core::TarFile& file) override {
    if (files_.all_.size() >= kMaxFiles) return absl::InvalidArgumentError("the tar holds too many files");
    if (files_.all_.empty()) files_.mtime_ = file.mtime;
    if (file.mtime != files_.mtime_) return absl::InvalidArgumentError(file.name + ": has another time than the first file");
    if (!files_.by_name_.emplace(file.name, files_.all_.size()).second) {
      return absl::InvalidArgumentError(file.name + ": stands twice in the tar");
    }
    files_.all_.push_back({.name = file.name, .at = 0, .size = file.size, .sha256 = {}});
    holds_leaves_ = file.name.starts_with("leaves/");
    is_placed_ = false;
    return absl::OkStatus();
  }

  absl::Status Bytes(std::string_view bytes) override {
    if (!is_placed_) files_.all_.back().at = before + static_cast<std::uint64_t>(bytes.data() - piece);
    is_placed_ = true;
    hash_.Add(AsBytes(bytes));
    return holds_leaves_ ? TakeLeaves(bytes) : absl::OkStatus();
  }

  absl::Status End() override {
    files_.all_.back().sha256 = hash_.Finish();
    return absl::OkStatus();
  }

 private:
  absl::Status TakeLeaves(std::string_view bytes) {
    for (std::size_t end; (end = bytes.find('\n')) != std::string_view::npos; bytes.remove_prefix(end + 1)) {
      if (open_.empty()) {
        CANDOR_RETURN_IF_ERROR(TakeLeaf(bytes.substr(0, end)));
        continue;
      }
      open_ += bytes.substr(0, end);
      CANDOR_RETURN_IF_ERROR(TakeLeaf(open_));
      open_.clear();
    }
    if (open_.size() + bytes.size() > kMaxLine) return absl::InvalidArgumentError("leaves/: a line is too long");
    open_ += bytes;
    return absl::OkStatus();
  }

  absl::Status TakeLeaf(std::string_view leaf) {
    const std::uint64_t line = lines_++;
    if (!TellsOfErasure(leaf)) return absl::OkStatus();
    if (files_.erasures_.size() >= kMaxErasureLines) {
      return absl::InvalidArgumentError("the bundle holds more than 100,000 erasures: export shorter ranges");
    }
    files_.erasures_.push_back({.line = line, .text = std::string(leaf)});
    return absl::OkStatus();
  }

  BundleFiles& files_;
  crypto::Sha256Stream hash_;
  bool is_placed_ = false, holds_leaves_ = false;
  std::string open_;  // The begin of a line of leaves.
  std::uint64_t lines_ = 0;
};

absl::StatusOr<BundleFiles> BundleFiles::Read(const BundleSource& source) {
  BundleFiles files;
  files.source_ = &source;
  Index index(files);
  core::TarReader reader(index);
  std::string piece;
  for (std::uint64_t at = 0; at < source.size(); at += piece.size()) {
    piece.resize(std::min<std::uint64_t>(kPiece, source.size() - at));
    CANDOR_RETURN_IF_ERROR(source.Read(at, piece));
    index.before = at;
    index.piece = piece.data();
    CANDOR_RETURN_IF_ERROR(reader.Take(piece));
  }
  CANDOR_RETURN_IF_ERROR(reader.End());
  return files;
}

const PackedFile* BundleFiles::Find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &all_[found->second];
}

std::vector<const PackedFile*> BundleFiles::Below(std::string_view prefix) const {
  std::vector<const PackedFile*> below;
  for (const PackedFile& file : all_) {
    if (file.name.starts_with(prefix)) below.push_back(&file);
  }
  return below;
}

absl::StatusOr<std::string> BundleFiles::Text(const PackedFile& file) const {
  std::string text(file.size, '\0');
  CANDOR_RETURN_IF_ERROR(source_->Read(file.at, text));
  return text;
}

absl::StatusOr<std::string> BundleFiles::Text(std::string_view name, std::size_t most) const {
  const PackedFile* file = Find(name);
  if (file == nullptr || file->size > most) return std::string();
  return Text(*file);
}

absl::StatusOr<std::optional<std::string_view>> BundleLines::Next() {
  while (at_file_ < files_.size()) {
    const PackedFile& file = *files_[at_file_];
    const std::size_t end = buffer_.find('\n', taken_);
    if (end != std::string::npos) {
      const auto line = std::string_view(buffer_).substr(taken_, end - taken_);
      taken_ = end + 1;
      ++line_;
      return line;
    }
    buffer_.erase(0, taken_);
    taken_ = 0;
    if (buffer_.size() > kMaxLine) return absl::InvalidArgumentError("a line is too long");
    if (at_ == file.size) {
      if (!buffer_.empty()) return absl::InvalidArgumentError("the last line has no end");
      if (at_file_ + 1 == files_.size()) return std::nullopt;
      ++at_file_;
      at_ = line_ = 0;
      continue;
    }
    const std::size_t held = buffer_.size(), more = std::min<std::uint64_t>(kPiece, file.size - at_);
    buffer_.resize(held + more);
    CANDOR_RETURN_IF_ERROR(source_.Read(file.at + at_, std::span(buffer_).subspan(held)));
    at_ += more;
  }
  return std::nullopt;
}

}  // namespace candor::verify
