// candor keys: backup and restore of the operator's keys, without which nothing that was
// ever sealed can be opened.

#include <algorithm>
#include <filesystem>

#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/key_backup.h"
#include "clients/cli/passphrase.h"
#include "clients/cli/program.h"
#include "services/core/json/json.h"
#include "services/vault/operator_keys.h"

namespace candor::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMarks = "marks/";

struct KeysFlags {
  std::string keys, marks, file, passphrase_file;
};

// Forgets the bytes of the files when it goes.
struct Files {
  std::vector<BackedUpFile> all;
  Files() = default;
  explicit Files(std::vector<BackedUpFile> files) : all(std::move(files)) {}
  Files(Files&&) = default;
  Files& operator=(Files&&) = default;
  ~Files() {
    for (BackedUpFile& file : all) Forget(file.bytes);
  }
};

// The files of `folder` that belong into a backup, under `prefix`.
absl::Status Gather(const std::string& folder, std::string_view prefix, Files& files) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = std::string(prefix) + entry.path().filename().string();
    if (!IsBackupName(name)) continue;
    CANDOR_ASSIGN_OR_RETURN(std::string bytes, ReadFile(entry.path().string(), 1 << 20));
    files.all.push_back({.name = name, .bytes = std::move(bytes)});
  }
  if (error)
    return Unusable(folder + ": cannot be read", "check the name and the rights of the folder");
  return absl::OkStatus();
}

std::string Names(const Files& files, bool marks) {
  std::string names;
  std::size_t count = 0;
  for (const BackedUpFile& file : files.all) {
    if (file.name.starts_with(kMarks) != marks) continue;
    names += (names.empty() ? "" : ", ") + file.name;
    ++count;
  }
  return marks && count > 3 ? std::to_string(count) + " files" : names;
}

void Tell(const char* done, const std::string& where, const Files& files, Output& out) {
  if (!out.json()) {
    out.Pairs({{"keys", Names(files, /*marks=*/false)},
               {"marks", Names(files, /*marks=*/true)},
               {done, where}});
    return;
  }
  core::Json names = core::Json::Array();
  for (const BackedUpFile& file : files.all) names.Append(file.name);
  core::Json json = core::Json::Object();
  json.Set("files", std::move(names));
  json.Set(done, where);
  out.Line(json.Encode());
}

// Reads them as the server does: a file that is not a key is told now, not at restore.
absl::Status CheckKeys(const std::string& folder) {
  const absl::Status status = vault::OperatorKeys::Load(folder, /*make=*/false).status();
  return Advise(status, "give the folder that holds operator.<n>.key: STATE/keys of the server");
}

// Writes the backup and opens it again: one that was never opened is none.
absl::Status WriteBackup(const Files& files, const std::string& passphrase,
                         const std::string& path) {
  CANDOR_ASSIGN_OR_RETURN(const std::string sealed, SealBackup(files.all, passphrase));
  SecretFile backup;
  CANDOR_RETURN_IF_ERROR(backup.Make(path));
  CANDOR_RETURN_IF_ERROR(backup.Write(sealed));
  const absl::StatusOr<std::string> read = ReadFile(path);
  const auto opened = read.ok() ? OpenBackup(*read, passphrase) : read.status();
  if (opened.ok() && *opened == files.all) return absl::OkStatus();
  std::error_code error;
  fs::remove(path, error);
  return Unusable(path + ": does not read back as it was written", "repeat on another disk");
}

absl::StatusOr<int> Backup(const KeysFlags& flags, const Program&, Output& out) {
  CANDOR_RETURN_IF_ERROR(CheckKeys(flags.keys));
  if (std::error_code error; fs::exists(flags.file, error)) {
    return Unusable(flags.file + ": is there already", "give another name, or move the file away");
  }
  Files files;
  CANDOR_RETURN_IF_ERROR(Gather(flags.keys, "", files));
  if (!flags.marks.empty()) CANDOR_RETURN_IF_ERROR(Gather(flags.marks, kMarks, files));
  std::sort(files.all.begin(), files.all.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });

  CANDOR_ASSIGN_OR_RETURN(std::string passphrase,
                          ReadPassphrase(flags.passphrase_file, /*fresh=*/true));
  const absl::Status done = WriteBackup(files, passphrase, flags.file);
  Forget(passphrase);
  CANDOR_RETURN_IF_ERROR(done);
  Tell("written", flags.file, files, out);
  out.Note(
      "read back and verified. Keep it, and its passphrase, away from this machine and from each "
      "other.");
  return kDone;
}

std::string PathOf(const BackedUpFile& file, const KeysFlags& flags) {
  if (!file.name.starts_with(kMarks)) return (fs::path(flags.keys) / file.name).string();
  return (fs::path(flags.marks) / file.name.substr(kMarks.size())).string();
}

absl::Status MakeFolder(const std::string& folder) {
  std::error_code error;
  if (!fs::create_directories(folder, error)) return absl::OkStatus();
  fs::permissions(folder, fs::perms::owner_all, error);
  return error ? Unusable(folder + ": cannot be made", "give a place that can be written to")
               : absl::OkStatus();
}

absl::StatusOr<int> Restore(const KeysFlags& flags, const Program&, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const std::string text, ReadFile(flags.file));
  CANDOR_ASSIGN_OR_RETURN(std::string passphrase,
                          ReadPassphrase(flags.passphrase_file, /*fresh=*/false));
  auto opened = OpenBackup(text, passphrase);
  Forget(passphrase);
  if (!opened.ok()) {
    return Unusable(flags.file + ": " + std::string(opened.status().message()),
                    "give the file that `candor keys backup` wrote, and its passphrase");
  }
  Files files(*std::move(opened));
  if (flags.marks.empty()) {
    std::erase_if(files.all,
                  [](const BackedUpFile& file) { return file.name.starts_with(kMarks); });
  }
  for (const BackedUpFile& file : files.all) {
    const std::string path = PathOf(file, flags);
    std::error_code error;
    if (!fs::exists(path, error) && !error) continue;
    return Unusable(path + ": is there already; nothing was restored",
                    "restore into an empty folder");
  }
  CANDOR_RETURN_IF_ERROR(MakeFolder(flags.keys));
  if (!flags.marks.empty()) CANDOR_RETURN_IF_ERROR(MakeFolder(flags.marks));
  for (const BackedUpFile& file : files.all) {
    SecretFile restored;
    CANDOR_RETURN_IF_ERROR(restored.Make(PathOf(file, flags)));
    CANDOR_RETURN_IF_ERROR(restored.Write(file.bytes));
  }
  CANDOR_RETURN_IF_ERROR(CheckKeys(flags.keys));
  Tell("restored", flags.keys, files, out);
  return kDone;
}

void AddCommon(CLI::App& command, Program& program, KeysFlags& flags) {
  command.add_option("--keys", flags.keys, "Folder of operator.<n>.key; STATE/keys of the server")
      ->type_name("DIR")
      ->required();
  command
      .add_option("--marks", flags.marks,
                  "Folder of marks, to go with them; STATE/marks of the server")
      ->type_name("DIR");
  command
      .add_option("--passphrase-file", flags.passphrase_file,
                  "File that holds the passphrase; default asked for at the terminal")
      ->type_name("FILE");
  AddJson(command, program);
}

}  // namespace

void AddKeys(CLI::App& app, Program& program) {
  CLI::App& group =
      AddGroup(app, "keys", "The operator's keys: without them nothing sealed can be opened again");
  CLI::App& backup =
      *group.add_subcommand("backup", "Write all of them into one file, under a passphrase");
  KeysFlags& backup_flags = Runs(backup, program, &Backup);
  backup.add_option("--out", backup_flags.file, "New file for the backup; never one that is there")
      ->type_name("FILE")
      ->required();
  AddCommon(backup, program, backup_flags);

  CLI::App& restore =
      *group.add_subcommand("restore", "Bring them back; never over a file that is there");
  KeysFlags& restore_flags = Runs(restore, program, &Restore);
  restore.add_option("--in", restore_flags.file, "The backup")->type_name("FILE")->required();
  AddCommon(restore, program, restore_flags);
}

}  // namespace candor::cli
