// candor policy: a set's life at a server, from the author's folder to being in charge.

#include <filesystem>

#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/policy_files.h"
#include "clients/cli/registry_calls.h"

namespace candor::cli {
namespace {

using Stub = v1::RegistryService::Stub;

struct PushFlags {
  std::string set, name, request_id;
};

absl::StatusOr<int> Push(const PushFlags& flags, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const policy::Bundle bundle, ReadBundle(flags.set));
  v1::RegisterPolicySetRequest request;
  request.set_name(flags.name);
  request.set_bundle(bundle.Pack());
  return Append(std::move(request), flags.request_id, program, out, &Stub::RegisterPolicySet,
                [&](const v1::RegisterPolicySetResponse& answer) {
                  return Pairs{{"set", Printable(flags.name)},
                               {"digest", DigestText(answer.policy_set().digest())},
                               {"tests", WithCommas(answer.tests().passed_count()) + " passed"},
                               {"next", "try it on what was decided: candor policy backtest"}};
                });
}

struct GetFlags {
  std::string digest, out;
};

// Writes a set where nothing is yet: into a file, or as a folder where the name does not end as an archive's.
absl::Status WriteSet(const policy::Bundle& bundle, const std::string& archive, const std::string& path) {
  if (std::filesystem::exists(path)) return Unusable(path + " is there already", "name a new file or folder");
  if (path.ends_with(".tar.gz")) return WriteFile(path, archive);
  for (const policy::BundleFile& file : bundle.files()) {
    const std::filesystem::path to = std::filesystem::path(path) / file.path;
    std::error_code failed;
    std::filesystem::create_directories(to.parent_path(), failed);
    if (failed) return Unusable(to.parent_path().string() + ": " + failed.message(), "name a folder that can be made");
    CANDOR_RETURN_IF_ERROR(WriteFile(to.string(), std::string(file.text)));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Get(const GetFlags& flags, const Program& program, Output& out) {
  v1::GetPolicySetRequest request;
  CANDOR_ASSIGN_OR_RETURN(*request.mutable_digest(), DigestFrom(flags.digest));
  request.set_with_bundle(!flags.out.empty());
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(v1::GetPolicySetResponse set,
                          CallOf<v1::RegistryService>(connection, request, &Stub::GetPolicySet));
  if (!flags.out.empty()) {
    const absl::StatusOr<policy::Bundle> bundle = policy::Bundle::Unpack(set.bundle());
    const bool same = bundle.ok() && bundle->Check().empty() && AsText(bundle->digest().view()) == request.digest();
    if (!same) {
      out.Line(out.Bad("the server sent another set than that of this digest") + "; nothing was written");
      return kRefused;
    }
    CANDOR_RETURN_IF_ERROR(WriteSet(*bundle, set.bundle(), flags.out));
    set.clear_bundle();
  }
  if (out.json()) {
    out.Line(ToJson(set));
    return kDone;
  }
  const v1::PolicySetEntry& entry = set.policy_set();
  Pairs pairs = {{"set", Printable(entry.policy_set().name())},
                 {"digest", DigestText(entry.policy_set().digest())},
                 {"state", WordOf(*v1::PolicySetState_descriptor(), entry.state())},
                 {"registered", ToText(entry.register_time())},
                 {"receipt", ToText(set.receipt())}};
  if (!flags.out.empty()) pairs.emplace_back("written to", Printable(flags.out) + ", its digest computed anew");
  out.Pairs(pairs);
  return kDone;
}

struct ListFlags {};

absl::StatusOr<int> List(const ListFlags&, const Program& program, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  CANDOR_ASSIGN_OR_RETURN(const v1::ListPolicySetsResponse sets,
                          ListAllOf<v1::RegistryService>(connection, v1::ListPolicySetsRequest(), &Stub::ListPolicySets));
  if (out.json()) {
    out.Line(ToJson(sets));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::PolicySetEntry& set : sets.policy_sets()) {
    rows.push_back({DigestText(set.policy_set().digest()), Printable(set.policy_set().name()),
                    WordOf(*v1::PolicySetState_descriptor(), set.state()), ToText(set.change_time())});
  }
  out.Table({"digest", "name", "state", "since"}, rows);
  return kDone;
}

struct BacktestFlags {
  std::string digest, action, group_by, request_id;
  std::uint64_t first = 0, end = 0;
};

void Print(const v1::BacktestReport& report, Output& out) {
  std::string skipped;
  for (const v1::CountedCode& one : report.not_replayed()) {
    skipped.append(skipped.empty() ? "" : ", ").append(WithCommas(one.count())).append(" ").append(Printable(one.code()));
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::VerdictChange& one : report.changes()) {
    rows.push_back({Printable(one.action()), Printable(one.jurisdiction()), Printable(one.group()),
                    WordOf(*v1::Verdict_descriptor(), one.old_verdict()) + " to " +
                        WordOf(*v1::Verdict_descriptor(), one.new_verdict()),
                    WithCommas(one.count()) + " of " + WithCommas(one.decision_count()),
                    one.share_low() + " to " + one.share_high()});
  }
  if (rows.empty()) {
    out.Line("No verdict would have been another.");
  } else {
    out.Table({"action", "place", "group", "verdict", "decisions", "95 % interval"}, rows);
  }
  out.Pairs({{"replayed", WithCommas(report.replayed_count())},
             {"not replayed", skipped},
             {"persons", WithCommas(report.affected_person_count()) + " would be affected"},
             {"report", Printable(report.report_id())},
             {"receipt", ToText(report.receipt())}});
}

absl::StatusOr<int> Backtest(const BacktestFlags& flags, const Program& program, Output& out) {
  v1::BacktestPolicySetRequest request;
  std::string request_id = flags.request_id;
  CANDOR_RETURN_IF_ERROR(SettleRequestId(request_id));
  request.set_request_id(request_id);
  CANDOR_ASSIGN_OR_RETURN(*request.mutable_digest(), DigestFrom(flags.digest));
  request.set_action(flags.action);
  request.set_group_by(flags.group_by);
  request.set_first_position(flags.first);
  request.set_end_position(flags.end);
  CANDOR_ASSIGN_OR_RETURN(const Connection connection, Connection::Open(program.server));
  const auto stub = connection.Stub<v1::RegistryService>();
  v1::BacktestPolicySetResponse last;
  const absl::Status status = connection.Call([&](grpc::ClientContext* context) {
    // As long as it takes: it says how far it is.
    context->set_deadline(std::chrono::system_clock::time_point::max());
    const auto reader = stub->BacktestPolicySet(context, request);
    while (reader->Read(&last)) {
      if (!out.shows_progress() || last.position_count() == 0) continue;
      out.Progress(std::to_string(last.passed_count() * 100 / last.position_count()) + " %, " +
                   WithCommas(last.tried_count()) + " decisions tried");
    }
    out.Progress({});
    return reader->Finish();
  });
  if (!status.ok()) return NamingRequest(status, request_id);
  if (out.json()) {
    out.Line(ToJson(last.report()));
  } else {
    Print(last.report(), out);
  }
  return kDone;
}

struct ShadowFlags {
  std::string digest, request_id;
  bool end = false;
};

absl::StatusOr<int> Shadow(const ShadowFlags& flags, const Program& program, Output& out) {
  v1::ShadowPolicySetRequest request;
  CANDOR_ASSIGN_OR_RETURN(*request.mutable_digest(), DigestFrom(flags.digest));
  if (flags.end) request.set_end(true);
  return Append(std::move(request), flags.request_id, program, out, &Stub::ShadowPolicySet,
                [&](const v1::ShadowPolicySetResponse& answer) {
                  const v1::BacktestReport& report = answer.report();
                  Pairs pairs = {{flags.end ? "ended" : "runs beside", Printable(answer.policy_set().policy_set().name())}};
                  if (!flags.end) {
                    pairs.emplace_back("next", "see what it would have answered: candor policy shadow DIGEST --end");
                    return pairs;
                  }
                  pairs.emplace_back("judged", WithCommas(report.replayed_count()) + ", " +
                                                   WithCommas(report.not_replayed_count()) + " found no place");
                  for (const v1::VerdictChange& one : report.changes()) {
                    pairs.emplace_back("otherwise", Printable(one.action()) + " " +
                                                        WordOf(*v1::Verdict_descriptor(), one.old_verdict()) + " to " +
                                                        WordOf(*v1::Verdict_descriptor(), one.new_verdict()) + ": " +
                                                        WithCommas(one.count()) + " of " + WithCommas(one.decision_count()));
                  }
                  if (report.changes().empty()) pairs.emplace_back("otherwise", "none");
                  return pairs;
                });
}

struct ProposeFlags {
  std::string digest, report, reason, request_id;
};

absl::StatusOr<int> Propose(const ProposeFlags& flags, const Program& program, Output& out) {
  v1::ProposeActivationRequest request;
  CANDOR_ASSIGN_OR_RETURN(*request.mutable_digest(), DigestFrom(flags.digest));
  request.set_report_id(flags.report);
  request.set_reason(flags.reason);
  return Append(std::move(request), flags.request_id, program, out, &Stub::ProposeActivation,
                [](const v1::ProposeActivationResponse& answer) {
                  return Pairs{{"proposal", Printable(answer.proposal_id())},
                               {"next", "another human confirms it: candor policy confirm"}};
                });
}

struct ConfirmFlags {
  std::string proposal, request_id;
  bool reject = false;
};

absl::StatusOr<int> Confirm(const ConfirmFlags& flags, const Program& program, Output& out) {
  v1::ConfirmActivationRequest request;
  request.set_proposal_id(flags.proposal);
  if (flags.reject) request.set_reject(true);
  return Append(std::move(request), flags.request_id, program, out, &Stub::ConfirmActivation,
                [](const v1::ConfirmActivationResponse& answer) {
                  return Pairs{{"in charge", Printable(answer.policy_set().name())},
                               {"digest", DigestText(answer.policy_set().digest())}};
                });
}

struct RollBackFlags {
  std::string digest, reason, request_id;
};

absl::StatusOr<int> RollBack(const RollBackFlags& flags, const Program& program, Output& out) {
  v1::RollBackPolicySetRequest request;
  CANDOR_ASSIGN_OR_RETURN(*request.mutable_digest(), DigestFrom(flags.digest));
  request.set_reason(flags.reason);
  return Append(std::move(request), flags.request_id, program, out, &Stub::RollBackPolicySet,
                [](const v1::RollBackPolicySetResponse& answer) {
                  return Pairs{{"in charge", Printable(answer.policy_set().name())},
                               {"digest", DigestText(answer.policy_set().digest())}};
                });
}

}  // namespace

void AddPolicy(CLI::App& app, Program& program) {
  CLI::App& group = AddGroup(app, "policy", "Policy sets: check, test, try on history, put in charge");
  AddPolicyFiles(group, program);
  AddPolicyWhy(group, program);

  CLI::App& push = *group.add_subcommand("push", "Register a policy set; it rules nothing yet");
  auto& pushed = Runs<PushFlags>(push, program, &Push);
  push.add_option("SET", pushed.set, "Folder, or .tar.gz")->required();
  push.add_option("--name", pushed.name, "What it is called: a code")->required();
  AddRequestId(push, pushed.request_id);

  CLI::App& list = *group.add_subcommand("list", "List policy sets, the newest first");
  Runs<ListFlags>(list, program, &List);

  CLI::App& get = *group.add_subcommand("get", "Fetch a policy set as it was registered, and hold it to its digest");
  auto& got = Runs<GetFlags>(get, program, &Get);
  get.add_option("DIGEST", got.digest, "The set")->required();
  get.add_option("--out,-o", got.out, "Where it goes: a new .tar.gz, or a new folder")->type_name("PATH");

  CLI::App& backtest = *group.add_subcommand("backtest", "Try a policy set on recorded decisions");
  auto& tested = Runs<BacktestFlags>(backtest, program, &Backtest);
  backtest.add_option("DIGEST", tested.digest, "The set")->required();
  backtest.add_option("--action", tested.action, "Only decisions with this action");
  backtest.add_option("--group-by", tested.group_by, "Protected attribute by whose values changes are counted too");
  backtest.add_option("--first", tested.first, "First position of the history");
  backtest.add_option("--end", tested.end, "The position before which it ends; 0: the ledger's end");
  AddRequestId(backtest, tested.request_id);

  CLI::App& shadow = *group.add_subcommand("shadow", "Let a policy set run beside the one in charge, on live calls");
  auto& shadowed = Runs<ShadowFlags>(shadow, program, &Shadow);
  shadow.add_option("DIGEST", shadowed.digest, "The set")->required();
  shadow.add_flag("--end", shadowed.end, "End that, and say what it would have answered");
  AddRequestId(shadow, shadowed.request_id);

  CLI::App& propose = *group.add_subcommand("propose", "Propose to put a policy set in charge");
  auto& proposed = Runs<ProposeFlags>(propose, program, &Propose);
  propose.add_option("DIGEST", proposed.digest, "The set")->required();
  propose.add_option("--report", proposed.report, "The backtest it rests on")->required();
  propose.add_option("--reason", proposed.reason, "Why; sealed");
  AddRequestId(propose, proposed.request_id);

  CLI::App& confirm = *group.add_subcommand("confirm", "Put a proposed policy set in charge, as another human");
  auto& confirmed = Runs<ConfirmFlags>(confirm, program, &Confirm);
  confirm.add_option("PROPOSAL", confirmed.proposal, "The proposal")->required();
  confirm.add_flag("--reject", confirmed.reject, "Turn it down");
  AddRequestId(confirm, confirmed.request_id);

  CLI::App& back = *group.add_subcommand("rollback", "Put the set in charge that was before this one");
  auto& rolled = Runs<RollBackFlags>(back, program, &RollBack);
  back.add_option("DIGEST", rolled.digest, "The set that is in charge, and is not to be")->required();
  back.add_option("--reason", rolled.reason, "Why; sealed");
  AddRequestId(back, rolled.request_id);

  for (CLI::App* command : {&push, &list, &get, &backtest, &shadow, &propose, &confirm, &back}) AddServerFlags(*command, program);
}

}  // namespace candor::cli
