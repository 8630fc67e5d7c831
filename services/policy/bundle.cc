#include "services/policy/bundle.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "services/base/status.h"
#include "services/crypto/sha256.h"

namespace candor::policy {
namespace {

namespace fs = std::filesystem;

std::string PathProblem(std::string_view path) {
  if (path.empty() || path.size() > kMaxPathBytes) return "a path has 1 to 256 bytes";
  if (path.front() == '/') return "a path must not be absolute";
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return "a path must not hold an empty part, `.` or `..`";
    begin = end + 1;
  }
  for (const char c : path) {
    if (c < 0x20 || c > 0x7E || c == '\\') return "a path must be printable ASCII without a backslash";
  }
  return "";
}

absl::Status TooLarge() {
  return Because(absl::InvalidArgumentError("a policy set holds at most 2,000 files, as many folders, and 8 MiB"),
                 "TOO_LARGE");
}

// Takes `./` away, which tar and find put in front.
std::string Normal(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  return std::string(path);
}

class Collector {
 public:
  absl::Status Add(std::string path, std::string text) {
    bytes_ += text.size();
    if (files_.size() >= kMaxBundleFiles || bytes_ > kMaxBundleBytes) return TooLarge();
    files_.push_back({std::move(path), std::move(text)});
    return absl::OkStatus();
  }
  Bundle Finish() && { return Bundle(std::move(files_)); }

 private:
  std::vector<BundleFile> files_;
  std::size_t bytes_ = 0;
};

absl::Status NoArchive() { return absl::InvalidArgumentError("this is no tar archive, gzipped or not, that can be read"); }

// The bytes of the present entry, at most what a set may hold.
absl::StatusOr<std::string> EntryText(archive* reader) {
  std::string text;
  char piece[65536];
  for (;;) {
    const la_ssize_t count = archive_read_data(reader, piece, sizeof piece);
    if (count < 0) return NoArchive();
    if (count == 0) return text;
    text.append(piece, static_cast<std::size_t>(count));
    if (text.size() > kMaxBundleBytes) return TooLarge();
  }
}

}  // namespace

std::string ToText(const Problem& problem) {
  std::string text = problem.path;
  if (problem.line > 0) text.append(":").append(std::to_string(problem.line));
  if (problem.column > 0) text.append(":").append(std::to_string(problem.column));
  if (!text.empty()) text.append(": ");
  return text.append(problem.fatal ? "" : "warning: ").append(problem.message);
}

Bundle::Bundle(std::vector<BundleFile> files) : files_(std::move(files)) {
  std::stable_sort(files_.begin(), files_.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  digest_ = crypto::Sha256(AsBytes(Listing()));
}

std::string Bundle::Listing() const {
  std::string list = "candor-policy-set-v1\n";
  for (const BundleFile& file : files_) {
    list.append(crypto::Sha256(AsBytes(file.text)).ToHex()).append("  ").append(file.path).append("\n");
  }
  return list;
}

absl::StatusOr<Bundle> Bundle::Unpack(std::string_view packed) {
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_memory(reader.get(), packed.data(), packed.size()) != ARCHIVE_OK) return NoArchive();
  Collector files;
  for (std::size_t folders = 0;;) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) break;
    // A warning is about a name that the locale does not know: Check refuses it.
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return NoArchive();
    const char* path = archive_entry_pathname(entry);
    if (path == nullptr) path = archive_entry_pathname_utf8(entry);
    if (path == nullptr) return NoArchive();
    if (archive_entry_filetype(entry) == AE_IFDIR) {
      if (++folders > kMaxBundleFiles) return TooLarge();
      continue;
    }
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr) {
      return absl::InvalidArgumentError("a policy set holds files only: no links, no devices");
    }
    CANDOR_ASSIGN_OR_RETURN(std::string text, EntryText(reader.get()));
    // One leading slash is how OPA itself writes its bundles.
    std::string_view name = path;
    if (name.starts_with("/") && !name.starts_with("//")) name.remove_prefix(1);
    CANDOR_RETURN_IF_ERROR(files.Add(Normal(name), std::move(text)));
  }
  return std::move(files).Finish();
}

absl::StatusOr<Bundle> Bundle::Read(const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return absl::NotFoundError(folder + ": is no folder");
  Collector files;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->is_symlink(error)) {
      return absl::InvalidArgumentError(at->path().string() + ": a policy set holds files only: no links");
    }
    if (!at->is_regular_file(error)) continue;
    if (at->file_size(error) > kMaxBundleBytes) return TooLarge();
    std::ifstream file(at->path(), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return absl::InvalidArgumentError(at->path().string() + ": cannot be read");
    CANDOR_RETURN_IF_ERROR(files.Add(at->path().lexically_relative(folder).generic_string(), text.str()));
  }
  if (error) return absl::InvalidArgumentError(folder + ": cannot be read");
  return std::move(files).Finish();
}

std::vector<Problem> Bundle::Check() const {
  std::vector<Problem> problems;
  const auto say = [&](const BundleFile& file, std::string message) {
    problems.push_back({.path = IsUtf8(file.path) ? file.path.substr(0, kMaxPathBytes) : "", .message = std::move(message)});
  };
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const BundleFile& file = files_[i];
    if (std::string message = PathProblem(file.path); !message.empty()) say(file, std::move(message));
    if (i > 0 && files_[i - 1].path == file.path) say(file, "two files have this path");
    if (file.text.size() > kMaxPolicyBytes) say(file, "a file holds at most 1 MiB");
    const bool read = file.path.ends_with(".rego") || file.path.ends_with(".json");
    if (read && !IsUtf8(file.text)) say(file, "is not UTF-8");
    const std::string_view name = std::string_view(file.path).substr(file.path.rfind('/') + 1);
    if (name == "data.yaml" || name == "data.yml") {
      say(file, "data in YAML are not read: write data.json");
    }
  }
  return problems;
}

std::string Bundle::Pack() const {
  std::string packed(kMaxBundleBytes + kMaxBundleFiles * 4096 + 65536, '\0');
  std::size_t used = 0;
  const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  archive_write_add_filter_gzip(writer.get());
  archive_write_set_filter_option(writer.get(), "gzip", "timestamp", nullptr);
  archive_write_set_format_pax_restricted(writer.get());  // As ustar; a long name has a header of its own.
  archive_write_open_memory(writer.get(), packed.data(), packed.size(), &used);
  for (const BundleFile& file : files_) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
    archive_entry_set_pathname(entry.get(), file.path.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.text.size()));
    archive_entry_set_mtime(entry.get(), 0, 0);
    archive_write_header(writer.get(), entry.get());
    archive_write_data(writer.get(), file.text.data(), file.text.size());
  }
  archive_write_close(writer.get());
  packed.resize(used);
  return packed;
}

}  // namespace candor::policy
