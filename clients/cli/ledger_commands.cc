// candor receipt, leaf, checkpoint: what the server's ledger hands out.

#include "candor/v1/ledger_service.grpc.pb.h"
#include "clients/cli/answers.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/ledger_save.h"
#include "clients/cli/program.h"

namespace candor::cli {
namespace {

struct ReceiptFlags {
  std::optional<std::uint64_t> position;
  std::string request, leaf, out;
};

absl::StatusOr<int> GetReceipt(const ReceiptFlags& flags, const Program& program, Output& out) {
  if ((flags.position ? 1 : 0) + (flags.request.empty() ? 0 : 1) + (flags.leaf.empty() ? 0 : 1) !=
      1) {
    return Unusable("which entry?", "give one of --position, --request and --leaf");
  }
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  v1::GetReceiptRequest request;
  if (flags.position) request.set_position(*flags.position);
  if (!flags.request.empty()) request.set_request_id(flags.request);
  if (!flags.leaf.empty()) request.set_leaf_id(flags.leaf);
  v1::GetReceiptResponse response;
  const auto stub = connection.Stub<v1::LedgerService>();
  CANDOR_RETURN_IF_ERROR(connection.Call(
      [&](grpc::ClientContext* context) { return stub->GetReceipt(context, request, &response); }));
  const v1::Receipt& receipt = response.receipt();
  std::string stem;
  if (!flags.out.empty()) {
    CANDOR_ASSIGN_OR_RETURN(stem, SaveReceipt(receipt, flags.out));
  }
  if (out.json()) {
    out.Line(ToJson(response));
    return kDone;
  }
  const LeafSummary leaf = SummaryOf(receipt.leaf());
  out.Pairs({{"leaf", leaf.type + " " + leaf.id},
             {"time", leaf.time},
             {"receipt", ToText(receipt)},
             {"written", stem.empty() ? "" : stem + ".leaf.json"},
             {"", stem.empty() ? "" : stem + ".tlog-proof"}});
  if (stem.empty()) {
    out.Line();
    out.Line(Printable(receipt.leaf()));
    out.Line();
    out.Raw(receipt.proof());
    return kDone;
  }
  out.Note("verify it: candor verify receipt " + stem + ".leaf.json " + stem +
           ".tlog-proof --vkey KEY");
  return kDone;
}

struct LeafFlags {
  std::uint64_t from = 0, to = 0;
  std::string type;
  bool raw = false;
};

void PrintLeaf(const v1::Leaf& leaf, bool raw, Output& out) {
  if (out.json()) {
    out.Line("{\"position\":" + std::to_string(leaf.position()) + ",\"leaf\":" + leaf.leaf() + "}");
  } else if (raw) {
    out.Line(leaf.leaf());
  } else {
    const LeafSummary summary = SummaryOf(leaf.leaf());
    std::string position = std::to_string(leaf.position());
    position.insert(0, position.size() < 10 ? 10 - position.size() : 0, ' ');
    out.Line(position + "  " + summary.time + "  " + summary.id + "  " +
             (summary.id.empty() ? out.Bad("cannot be read") : summary.type));
  }
}

absl::StatusOr<int> ListLeaves(const LeafFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  const auto stub = connection.Stub<v1::LedgerService>();
  v1::ListLeavesRequest request;
  request.set_first_position(flags.from);
  request.set_end_position(flags.to);
  request.set_type(flags.type);
  request.set_page_size(1000);
  std::uint64_t count = 0;
  do {
    v1::ListLeavesResponse page;
    CANDOR_RETURN_IF_ERROR(connection.Call(
        [&](grpc::ClientContext* context) { return stub->ListLeaves(context, request, &page); }));
    if (count == 0 && !out.json() && !flags.raw && page.leaves_size() > 0) {
      out.Line(out.Quiet(
          "  position  time                         leaf                                  type"));
    }
    for (const v1::Leaf& leaf : page.leaves()) PrintLeaf(leaf, flags.raw, out);
    count += static_cast<std::uint64_t>(page.leaves_size());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (count == 0) out.Note("no leaves");
  return kDone;
}

struct CheckpointFlags {
  std::string out, vkey_out;
  bool published = false;
};

absl::StatusOr<int> GetCheckpoint(const CheckpointFlags& flags, const Program& program,
                                  Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  v1::GetCheckpointRequest request;
  request.set_kind(flags.published ? v1::CHECKPOINT_KIND_PUBLISHED : v1::CHECKPOINT_KIND_LATEST);
  v1::GetCheckpointResponse response;
  const auto stub = connection.Stub<v1::LedgerService>();
  CANDOR_RETURN_IF_ERROR(connection.Call([&](grpc::ClientContext* context) {
    return stub->GetCheckpoint(context, request, &response);
  }));
  if (!flags.out.empty())
    CANDOR_RETURN_IF_ERROR(WriteFile(flags.out, response.checkpoint().note()));
  if (!flags.vkey_out.empty())
    CANDOR_RETURN_IF_ERROR(WriteFile(flags.vkey_out, response.vkey() + "\n"));
  if (out.json()) {
    out.Line(ToJson(response));
  } else if (flags.out.empty()) {
    out.Raw(response.checkpoint().note());
  } else {
    out.Pairs({{"ledger", Printable(response.checkpoint().origin())},
               {"size", WithCommas(response.checkpoint().size())},
               {"written", flags.out}});
  }
  return kDone;
}

void AddReceiptGet(CLI::App& group, Program& program) {
  CLI::App& command =
      *group.add_subcommand("get", "Get the receipt of an entry, under a checkpoint of today");
  ReceiptFlags& flags = Runs(command, program, &GetReceipt);
  command.add_option("--position", flags.position, "The entry at this position, from 0")
      ->type_name("N");
  command.add_option("--request", flags.request, "Or the one that this request made")
      ->type_name("UUID");
  command.add_option("--leaf", flags.leaf, "Or the one of this leaf, such as an authorization id")
      ->type_name("UUID");
  command.add_option("--out", flags.out, "Folder to write <id>.leaf.json and <id>.tlog-proof into")
      ->type_name("DIR");
  AddServerFlags(command, program);
}

void AddLedgerSave(CLI::App& group, Program& program) {
  CLI::App& command = *group.add_subcommand(
      "save", "Save the whole ledger into a folder, as files of c2sp.org/tlog-tiles");
  SaveFlags& flags = Runs(command, program, &SaveLedger);
  command.add_option("DIR", flags.folder, "Folder to write into; made if it is not there")
      ->required();
  command.footer(
      "What is there already is not fetched again, so that a save goes on where the last one "
      "ended.\nThe checkpoint is written last.\n");
  AddServerFlags(command, program);
}

void AddLeafList(CLI::App& group, Program& program) {
  CLI::App& command = *group.add_subcommand("list", "List leaves by position");
  LeafFlags& flags = Runs(command, program, &ListLeaves);
  command.add_option("--from", flags.from, "First position; default 0")->type_name("N");
  command.add_option("--to", flags.to, "The position before which to stop; default the end")
      ->type_name("N");
  command.add_option("--type", flags.type, "Only leaves of this type, such as authorization");
  command.add_flag("--raw", flags.raw, "Print the leaves as they are, one a line");
  AddServerFlags(command, program);
}

}  // namespace

void AddLedger(CLI::App& app, Program& program) {
  AddReceiptGet(AddGroup(app, "receipt", "Receipts of entries"), program);
  AddLeafList(AddGroup(app, "leaf", "Leaves of the ledger"), program);
  CLI::App& ledger = AddGroup(app, "ledger", "The ledger as a whole");
  AddLedgerSave(ledger, program);
  AddLedgerWatch(ledger, program);
  AddSucceed(ledger, program);

  CLI::App& command =
      *app.add_subcommand("checkpoint", "Print the newest signed checkpoint of the ledger");
  command.footer(
      "Keep one elsewhere now and then: `candor verify ledger --checkpoint` and `candor verify "
      "server\n"
      "--since` show that the ledger still continues it.\n");
  CheckpointFlags& flags = Runs(command, program, &GetCheckpoint);
  command.add_option("--out", flags.out, "Write it to this file instead")->type_name("FILE");
  command.add_option("--vkey-out", flags.vkey_out, "Write the key that signs it to this file")
      ->type_name("FILE");
  command.add_flag("--published", flags.published,
                   "The newest that was published, not the newest signed");
  AddServerFlags(command, program);
}

}  // namespace candor::cli
