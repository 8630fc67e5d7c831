// candor keys: the operator's keys, without which nothing that was ever sealed can be
// opened: backup, restore, and their generations.

#include <algorithm>
#include <filesystem>
#include <map>

#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/key_backup.h"
#include "clients/cli/ledger_database.h"
#include "clients/cli/passphrase.h"
#include "clients/cli/program.h"
#include "services/core/json/json.h"
#include "services/vault/operator_keys.h"

namespace candor::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMarks = "marks/";

struct KeysFlags {
  std::string keys, marks, file, passphrase_file, database;
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

// How many of the tenants' keys the database holds under each generation.
absl::StatusOr<std::map<std::uint64_t, std::uint64_t>> Uses(const std::string& database) {
  store::Connection connection({.url = database}, store::Role::kWriter);
  auto uses = store::OperatorGenerations(connection);
  if (!uses.ok()) return NotReadable(uses.status());
  return uses;
}

// Names the generations that open nothing any more.
absl::Status TellUses(const KeysFlags& flags, Output& out) {
  if (flags.database.empty()) return absl::OkStatus();
  CANDOR_ASSIGN_OR_RETURN(const auto uses, Uses(flags.database));
  CANDOR_ASSIGN_OR_RETURN(const auto keys, vault::OperatorKeys::Load(flags.keys, /*make=*/false));
  for (const std::uint64_t generation : keys.generations()) {
    if (uses.contains(generation) || generation == keys.newest()) continue;
    out.Note("operator." + std::to_string(generation) +
             ".key opens nothing in this database any more. Older backups of the database still "
             "need it: once they are gone, destroy it here and in every backup of the keys.");
  }
  return absl::OkStatus();
}

absl::StatusOr<int> New(const KeysFlags& flags, const Program&, Output& out) {
  CANDOR_RETURN_IF_ERROR(CheckKeys(flags.keys));
  CANDOR_ASSIGN_OR_RETURN(const std::uint64_t made, vault::OperatorKeys::MakeNext(flags.keys));
  if (out.json()) {
    out.Line(core::Json::Object().Set("generation", static_cast<std::int64_t>(made)).Encode());
  } else {
    out.Pairs({{"made", flags.keys + "/operator." + std::to_string(made) + ".key"}});
  }
  out.Note(
      "nothing is wrapped under it yet. Back the keys up now, copy it to every server of this "
      "database, then bring it into use: candor tenant rotate");
  return kDone;
}

absl::StatusOr<int> List(const KeysFlags& flags, const Program&, Output& out) {
  CANDOR_RETURN_IF_ERROR(CheckKeys(flags.keys));
  CANDOR_ASSIGN_OR_RETURN(const auto keys, vault::OperatorKeys::Load(flags.keys, /*make=*/false));
  CANDOR_ASSIGN_OR_RETURN(auto uses, Uses(flags.database));
  for (const std::uint64_t generation : keys.generations()) uses.try_emplace(generation, 0);
  std::vector<std::vector<std::string>> rows;
  core::Json json = core::Json::Array();
  for (const auto& [generation, wraps] : uses) {
    const bool here = keys.generations().contains(generation);
    rows.push_back({std::to_string(generation), here ? "here" : "MISSING",
                    wraps > 0 ? WithCommas(wraps) + " keys of tenants" : "nothing"});
    json.Append(core::Json::Object()
                    .Set("generation", static_cast<std::int64_t>(generation))
                    .Set("here", here)
                    .Set("wraps", static_cast<std::int64_t>(wraps)));
  }
  if (out.json()) {
    out.Line(json.Encode());
  } else {
    out.Table({"generation", "file", "opens"}, rows);
  }
  CANDOR_RETURN_IF_ERROR(TellUses(flags, out));
  const bool all_here = std::ranges::all_of(
      uses, [&](const auto& use) { return keys.generations().contains(use.first); });
  return all_here ? kDone : kRefused;
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
  CANDOR_RETURN_IF_ERROR(TellUses(flags, out));
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

void AddFolder(CLI::App& command, Program& program, KeysFlags& flags) {
  command.add_option("--keys", flags.keys, "Folder of operator.<n>.key; STATE/keys of the server")
      ->type_name("DIR")
      ->required();
  AddJson(command, program);
}

CLI::Option& AddDatabase(CLI::App& command, KeysFlags& flags) {
  return *command
              .add_option("--database", flags.database,
                          "PostgreSQL of the server: tells which generations open nothing any more")
              ->type_name("URL");
}

void AddCommon(CLI::App& command, Program& program, KeysFlags& flags) {
  AddFolder(command, program, flags);
  command
      .add_option("--marks", flags.marks,
                  "Folder of marks, to go with them; STATE/marks of the server")
      ->type_name("DIR");
  command
      .add_option("--passphrase-file", flags.passphrase_file,
                  "File that holds the passphrase; default asked for at the terminal")
      ->type_name("FILE");
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
  AddDatabase(backup, backup_flags);

  CLI::App& restore =
      *group.add_subcommand("restore", "Bring them back; never over a file that is there");
  KeysFlags& restore_flags = Runs(restore, program, &Restore);
  restore.add_option("--in", restore_flags.file, "The backup")->type_name("FILE")->required();
  AddCommon(restore, program, restore_flags);

  CLI::App& fresh = *group.add_subcommand("new", "Make the next generation of the operator's key");
  AddFolder(fresh, program, Runs(fresh, program, &New));

  CLI::App& list = *group.add_subcommand("list", "List the generations, and what each opens");
  KeysFlags& list_flags = Runs(list, program, &List);
  AddFolder(list, program, list_flags);
  AddDatabase(list, list_flags).required();
}

}  // namespace candor::cli
