#include "clients/cli/verify_bundle.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/verdict.h"
#include "services/verify/bundle.h"

namespace candor::cli {
namespace {

constexpr std::string_view kZstd = "\x28\xb5\x2f\xfd";
constexpr std::size_t kMostCheckpointBytes = 1'000'000;

// A file that is read where it is asked.
class FileSource final : public verify::BundleSource {
 public:
  ~FileSource() override {
    if (file_ >= 0) close(file_);
  }

  absl::Status Open(const std::string& path) {
    file_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat about {};
    if (file_ < 0 || fstat(file_, &about) != 0) {
      return Unusable(path + ": " + std::strerror(errno), "give the file that `candor export` wrote");
    }
    if (!S_ISREG(about.st_mode)) return Unusable(path + ": is no file", "give the file that `candor export` wrote");
    size_ = static_cast<std::uint64_t>(about.st_size);
    char begin[4] = {};
    if (size_ >= sizeof(begin) && Read(0, begin).ok() && std::string_view(begin, sizeof(begin)) == kZstd) {
      return Unusable(path + ": is compressed", "unpack it with `zstd -d " + path + "`, then verify what that wrote");
    }
    return absl::OkStatus();
  }

  std::uint64_t size() const override { return size_; }

  absl::Status Read(std::uint64_t at, std::span<char> to) const override {
    for (std::size_t done = 0; done < to.size();) {
      const ssize_t more = pread(file_, to.data() + done, to.size() - done, static_cast<off_t>(at + done));
      if (more < 0 && errno == EINTR) continue;
      if (more <= 0) return absl::UnavailableError("the bundle can't be read: it changed while it was, or its disk fails");
      done += static_cast<std::size_t>(more);
    }
    return absl::OkStatus();
  }

 private:
  int file_ = -1;
  std::uint64_t size_ = 0;
};

std::string Lines(const std::vector<core::PositionRange>& ranges) {
  if (ranges.size() > 3) return WithCommas(ranges.size()) + " ranges, from " + WithCommas(ranges.front().first) + " to " + WithCommas(ranges.back().last);
  std::string text;
  for (const core::PositionRange& range : ranges) {
    if (!text.empty()) text += ", ";
    text += WithCommas(range.first);
    if (range.last != range.first) text += " to " + WithCommas(range.last);
  }
  return text;
}

void Describe(const verify::BundleReport& report, Verdict& verdict) {
  auto& about = verdict.about;
  if (report.manifest) {
    const core::Manifest& manifest = *report.manifest;
    about = {{"ledger", Printable(manifest.checkpoint.origin)},
             {"asked", Printable(manifest.asked_what)},
             {"by", Printable(manifest.asked_by + (manifest.asked_grant.empty() ? "" : ", under the grant " + manifest.asked_grant))}};
    core::Json asked = core::Json::Object();
    asked.Set("what", manifest.asked_what).Set("by", manifest.asked_by).Set("grant", manifest.asked_grant);
    verdict.json.Set("ledger", manifest.checkpoint.origin).Set("asked", std::move(asked));
  }
  about.emplace_back("leaves", WithCommas(report.leaves) + (report.leaves == 0 ? "" : ", at the positions " + Lines(report.ranges)));
  about.emplace_back("sections", WithCommas(report.shown) + " shown, each held against its leaf");
  core::Json withheld = core::Json::Object();
  std::string text;
  for (const auto& [reason, count] : report.withheld) {
    text += (text.empty() ? "" : ", ") + WithCommas(count) + " " + reason;
    withheld.Set(reason, JsonNumber(count));
  }
  about.emplace_back("withheld", text.empty() ? "nothing" : text);
  about.emplace_back("policies", WithCommas(report.policies.size() - report.policies_missing.size()) + " of " +
                                     WithCommas(report.policies.size()) + " sets that leaves name are here");
  verdict.json.Set("leaves", JsonNumber(report.leaves)).Set("sections_shown", JsonNumber(report.shown));
  verdict.json.Set("sections_withheld", std::move(withheld));
  core::Json missing = core::Json::Array();
  for (const std::string& digest : report.policies_missing) missing.Append(digest);
  verdict.json.Set("policies_missing", std::move(missing));
  Describe(report.missing, verdict);
  Describe(report.forgotten, verdict);
}

}  // namespace

void AddKeyFlags(CLI::App& command, std::vector<std::string>& vkeys, std::string& file) {
  command.add_option("--vkey", vkeys, "Key that the ledger signs with: name+id+base64; may repeat")
      ->type_name("VKEY")
      ->allow_extra_args(false);
  command.add_option("--vkey-file", file, "File of such keys, one a line")->type_name("FILE");
}

void AddBundleFlags(CLI::App& command, BundleFlags& flags) {
  command.add_option("BUNDLE", flags.file, "An audit bundle, as `candor export` writes it: a tar file")->required();
  AddKeyFlags(command, flags.vkeys, flags.vkey_file);
  command.add_option("--since", flags.since_file, "An older checkpoint that the ledger must continue")->type_name("FILE");
}

absl::StatusOr<int> VerifyBundle(const BundleFlags& flags, Output& out) {
  verify::BundleAsk ask;
  CANDOR_ASSIGN_OR_RETURN(ask.keys, ReadKeys(flags.vkeys, flags.vkey_file));
  if (ask.keys.empty()) return NoKeyGiven();
  if (!flags.since_file.empty()) {
    CANDOR_ASSIGN_OR_RETURN(ask.since_note, ReadFile(flags.since_file, kMostCheckpointBytes));
  }
  FileSource source;
  CANDOR_RETURN_IF_ERROR(source.Open(flags.file));
  ask.progress = [&](std::uint64_t leaves) { out.Progress(WithCommas(leaves) + " leaves checked"); };
  CANDOR_ASSIGN_OR_RETURN(verify::BundleReport report, verify::VerifyBundle(source, ask));
  out.Progress({});

  Verdict verdict;
  Describe(report, verdict);
  if (report.checkpoint) {
    std::string signer;
    for (const core::VerifierKey& key : report.keys) {
      if (key.name == report.checkpoint->origin) signer += (signer.empty() ? "" : " or ") + key.ToText().substr(0, key.name.size() + 9);
    }
    Describe(*report.checkpoint, signer, verdict);
    verdict.about.emplace_back("manifest", report.bundle_key.empty() ? "" : "signed by " + report.bundle_key.substr(0, report.bundle_key.find('+') + 9));
  }
  if (report.since) {
    verdict.about.emplace_back("since", "the checkpoint of size " + WithCommas(report.since->size) + " is continued");
    verdict.json.Set("since_size", JsonNumber(report.since->size));
  }
  if (report.intact()) {
    verdict.intact = "each of " + WithCommas(report.leaves) + " leaves hashes into the signed checkpoint of size " +
                     WithCommas(report.checkpoint ? report.checkpoint->size : 0) + ", and each section shown is what its leaf committed to";
  }
  verdict.findings = std::move(report.findings);
  verdict.malformed = std::move(report.malformed);
  verdict.complete = {.whole = report.is_whole_range, .text = report.complete};
  return PrintVerdict(std::move(verdict), out);
}

}  // namespace candor::cli
