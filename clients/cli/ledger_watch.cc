// candor ledger watch: sees every checkpoint, and that each continues the one before.
#include <filesystem>

#include "candor/v1/ledger_service.grpc.pb.h"
#include "clients/cli/answers.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/program.h"
#include "clients/cli/verdict.h"
#include "clients/cli/verify_bundle.h"
#include "services/base/status.h"
#include "services/core/merkle/consistency.h"

namespace candor::cli {
namespace {

struct WatchFlags {
  std::string file, vkey_file;
  std::vector<std::string> vkeys;
  bool once = false;
};

class LedgerWatch {
 public:
  LedgerWatch(const WatchFlags& flags, const Connection& connection, std::vector<core::VerifierKey> keys, Output& out)
      : flags_(flags), connection_(connection), keys_(std::move(keys)), out_(out) {}

  // Begins where an earlier watch ended.
  absl::Status Begin() {
    if (!std::filesystem::exists(flags_.file)) return absl::OkStatus();
    CANDOR_ASSIGN_OR_RETURN(const std::string note, ReadFile(flags_.file, core::kMaxNoteBytes));
    const auto kept = core::OpenCheckpoint(note, keys_);
    if (!kept.ok()) return Unusable(flags_.file + " holds no checkpoint that a given key signed", "give its key, or another file");
    last_ = *kept;
    return absl::OkStatus();
  }

  // What is wrong with it; nothing: it was kept. Errors: it could not be told.
  absl::StatusOr<std::string> Take(const std::string& note) {
    const auto opened = core::OpenCheckpoint(note, keys_);
    if (!opened.ok()) return "it is not signed by a given key: after a rotation, `candor verify server --vkey-out` writes all keys";
    if (last_ && opened->origin != last_->origin) return "it is of the ledger " + Printable(opened->origin);
    if (last_ && opened->size < last_->size) return std::string("the ledger became shorter");
    if (last_ && last_->size > 0) {
      CANDOR_ASSIGN_OR_RETURN(const bool continues, Continues(*opened));
      if (!continues) return "it does not continue the checkpoint of size " + WithCommas(last_->size) + ": these are two histories";
    }
    CANDOR_RETURN_IF_ERROR(WriteFile(flags_.file, note));
    Tell(*opened);
    last_ = *opened;
    return std::string();
  }

 private:
  absl::StatusOr<bool> Continues(const core::Checkpoint& next) const {
    core::ConsistencyProof proof{.old_size = last_->size, .new_size = next.size, .path = {}};
    if (next.size > last_->size) {
      v1::GetConsistencyRequest request;
      request.set_first_size(last_->size);
      request.set_second_size(next.size);
      v1::GetConsistencyResponse response;
      const auto stub = connection_.Stub<v1::LedgerService>();
      CANDOR_RETURN_IF_ERROR(connection_.Call(
          [&](grpc::ClientContext* context) { return stub->GetConsistency(context, request, &response); }));
      for (const std::string& hash : response.hashes()) {
        const auto digest = Digest::FromBytes(AsBytes(hash));
        if (!digest) return false;
        proof.path.push_back(*digest);
      }
    }
    return core::VerifyConsistency(proof, {.old_root = last_->root, .new_root = next.root}).ok();
  }

  void Tell(const core::Checkpoint& now) {
    if (out_.json()) {
      core::Json line = core::Json::Object();
      line.Set("origin", now.origin).Set("size", now.size).Set("root", now.root.ToBase64());
      if (last_) line.Set("continues", last_->size);
      return out_.Line(line.Encode());
    }
    const std::string before = last_ ? "continues size " + WithCommas(last_->size) : "the first one seen";
    out_.Line("size " + WithCommas(now.size) + "  root " + now.root.ToBase64() + "  " + before);
  }

  const WatchFlags& flags_;
  const Connection& connection_;
  const std::vector<core::VerifierKey> keys_;
  Output& out_;
  std::optional<core::Checkpoint> last_;
};

absl::StatusOr<int> WatchLedger(const WatchFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const auto keys, ReadKeys(flags.vkeys, flags.vkey_file));
  if (keys.empty()) return NoKeyGiven();
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  LedgerWatch watch(flags, connection, keys, out);
  CANDOR_RETURN_IF_ERROR(watch.Begin());
  const auto stub = connection.Stub<v1::LedgerService>();
  absl::StatusOr<std::string> wrong = std::string();
  bool ends = false;
  const absl::Status status = connection.Call([&](grpc::ClientContext* context) {
    context->set_deadline(std::chrono::system_clock::time_point::max());
    const auto reader = stub->WatchCheckpoints(context, v1::WatchCheckpointsRequest());
    v1::WatchCheckpointsResponse response;
    while (!ends && reader->Read(&response)) {
      const std::string& note = response.checkpoint().note();
      wrong = watch.Take(note);
      const bool refused = wrong.ok() && !wrong->empty();
      if (refused) {
        const bool kept = WriteFile(flags.file + ".refused", note).ok();
        wrong->append(kept ? "; it is kept in " + flags.file + ".refused" : "; it could not be kept: " + note);
      }
      ends = flags.once || refused || !wrong.ok();
    }
    if (ends) context->TryCancel();
    const grpc::Status end = reader->Finish();
    return ends ? grpc::Status::OK : end;
  });
  CANDOR_RETURN_IF_ERROR(status);
  CANDOR_RETURN_IF_ERROR(wrong.status());
  if (wrong->empty()) return kDone;
  out.Note(out.Bad("the checkpoint is refused: ") + *wrong);
  out.Note("keep both files: together they show it to anybody");
  return kRefused;
}

}  // namespace

void AddLedgerWatch(CLI::App& group, Program& program) {
  CLI::App& command = *group.add_subcommand("watch", "See every checkpoint, and that each continues the one before");
  command.footer(
      "Each is checked here: its signature, and the proof that the ledger only grew. The newest good one is\n"
      "kept in FILE, where the next watch begins. Run it on a machine that the operator of the ledger\n"
      "does not hold: then no history that you saw can be changed unseen. Ends with status 1 at the\n"
      "first checkpoint that is refused, which it keeps beside FILE.\n");
  WatchFlags& flags = Runs(command, program, &WatchLedger);
  command.add_option("FILE", flags.file, "Where the newest good checkpoint is kept")->required();
  AddKeyFlags(command, flags.vkeys, flags.vkey_file);
  command.add_flag("--once", flags.once, "End after one checkpoint");
  AddServerFlags(command, program);
}

}  // namespace candor::cli
