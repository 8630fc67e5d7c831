#include "clients/cli/ledger_source.h"

#include <filesystem>

#include "candor/v1/ledger_service.grpc.pb.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "services/core/tlog/note.h"

namespace candor::cli {
namespace {

class ServerSource : public LedgerSource {
 public:
  explicit ServerSource(const Connection& connection)
      : connection_(connection), stub_(connection.Stub<v1::LedgerService>()) {}

  absl::StatusOr<Newest> Checkpoint() const override {
    v1::GetCheckpointResponse response;
    CANDOR_RETURN_IF_ERROR(connection_.Call([&](grpc::ClientContext* context) {
      return stub_->GetCheckpoint(context, {}, &response);
    }));
    return Newest{.note = response.checkpoint().note(), .vkey = response.vkey()};
  }

  absl::StatusOr<std::string> Read(const core::Tile& tile) const override {
    const auto width =
        tile.width == core::kTileWidth ? 0 : static_cast<std::uint32_t>(tile.width);
    if (tile.level == core::kEntries) {
      v1::GetEntryBundleRequest request;
      request.set_index(tile.index);
      request.set_width(width);
      v1::GetEntryBundleResponse response;
      CANDOR_RETURN_IF_ERROR(connection_.Call([&](grpc::ClientContext* context) {
        return stub_->GetEntryBundle(context, request, &response);
      }));
      return std::move(*response.mutable_bundle());
    }
    v1::GetTileRequest request;
    request.set_level(static_cast<std::uint32_t>(tile.level));
    request.set_index(tile.index);
    request.set_width(width);
    v1::GetTileResponse response;
    CANDOR_RETURN_IF_ERROR(connection_.Call(
        [&](grpc::ClientContext* context) { return stub_->GetTile(context, request, &response); }));
    return std::move(*response.mutable_tile());
  }

  absl::StatusOr<std::optional<std::vector<std::string>>> Consistency(
      std::uint64_t old_size, std::uint64_t new_size) const override {
    v1::GetConsistencyRequest request;
    request.set_first_size(old_size);
    request.set_second_size(new_size);
    v1::GetConsistencyResponse response;
    CANDOR_RETURN_IF_ERROR(connection_.Call([&](grpc::ClientContext* context) {
      return stub_->GetConsistency(context, request, &response);
    }));
    return std::vector<std::string>(response.hashes().begin(), response.hashes().end());
  }

 private:
  const Connection& connection_;
  const std::unique_ptr<v1::LedgerService::Stub> stub_;
};

class FolderSource : public LedgerSource {
 public:
  explicit FolderSource(std::string folder) : folder_(std::move(folder)) {}

  absl::StatusOr<Newest> Checkpoint() const override {
    absl::StatusOr<std::string> note = ReadFrom("checkpoint", core::kMaxNoteBytes);
    if (absl::IsNotFound(note.status())) {
      return Unusable(folder_ + ": holds no checkpoint, so it is no ledger",
                      "give a folder that `candor ledger save` wrote");
    }
    // What can be no checkpoint reads as an empty note, which is none either.
    if (absl::IsDataLoss(note.status())) return Newest{};
    CANDOR_RETURN_IF_ERROR(note.status());
    return Newest{.note = *std::move(note), .vkey = {}};
  }

  absl::StatusOr<std::string> Read(const core::Tile& tile) const override {
    constexpr std::size_t kEntryBytes = 2 + core::kMaxEntryBytes, kHashBytes = 32;
    const std::size_t each = tile.level == core::kEntries ? kEntryBytes : kHashBytes;
    return ReadFrom(core::TilePath(tile), core::kTileWidth * each);
  }

  absl::StatusOr<std::optional<std::vector<std::string>>> Consistency(
      std::uint64_t, std::uint64_t) const override {
    return std::nullopt;
  }

 private:
  absl::StatusOr<std::string> ReadFrom(const std::string& name, std::size_t most_bytes) const {
    const std::string path = folder_ + "/" + name;
    std::error_code error;
    const std::filesystem::file_type type = std::filesystem::status(path, error).type();
    if (type == std::filesystem::file_type::none) {
      return Unusable(path + ": cannot be read: " + error.message(),
                      "check the name and the rights of the file");
    }
    if (type == std::filesystem::file_type::not_found)
      return absl::NotFoundError(name + " is not there");
    if (type != std::filesystem::file_type::regular)
      return absl::DataLossError(name + " is no ordinary file");
    if (std::filesystem::file_size(path, error) > most_bytes)
      return absl::DataLossError(name + " has more than " + std::to_string(most_bytes) + " bytes");
    return ReadFile(path, most_bytes);
  }

  const std::string folder_;
};

}  // namespace

std::unique_ptr<LedgerSource> SourceOfServer(const Connection& connection) {
  return std::make_unique<ServerSource>(connection);
}

std::unique_ptr<LedgerSource> SourceOfFolder(const std::string& folder) {
  return std::make_unique<FolderSource>(folder);
}

absl::StatusOr<core::Checkpoint> Claimed(const std::string& note) {
  CANDOR_ASSIGN_OR_RETURN(const core::Note parsed, core::ParseNote(note));
  return core::ParseCheckpointText(parsed.text);
}

bool IsNotShown(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsDataLoss(status);
}

}  // namespace candor::cli
