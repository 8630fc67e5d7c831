// The methods of RegistryService that are about policy sets.
#include <algorithm>
#include <cstdio>
#include <limits>

#include "absl/strings/numbers.h"

#include "services/base/status.h"
#include "services/core/leaf/leaf.h"
#include "services/law/fairness.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"
#include "services/rpc/page.h"
#include "services/rpc/proofs.h"
#include "services/rpc/registry_service.h"

namespace candor::rpc {
namespace {

constexpr std::size_t kMostMessage = 4000;

void Fill(const policy::TrialReport& report, google::protobuf::RepeatedPtrField<v1::PolicyProblem>& problems,
          v1::PolicyTests& tests) {
  for (const policy::Problem& problem : report.problems) {
    v1::PolicyProblem& out = *problems.Add();
    out.set_path(problem.path);
    out.set_line(problem.line);
    out.set_message(problem.message.substr(0, 1000));
    out.set_fatal(problem.fatal);
  }
  tests.set_passed_count(report.passed);
  tests.set_failed_count(report.failed);
  for (const std::string& failure : report.failures) tests.add_failed(failure);
}

// What is wrong, a line each, as far as it fits.
std::string ToText(const policy::TrialReport& report) {
  std::string text;
  const auto add = [&](const std::string& line) {
    if (text.size() + line.size() < kMostMessage) text += (text.empty() ? "" : "\n") + line;
  };
  for (const policy::Problem& problem : report.problems) add(policy::ToText(problem));
  for (const std::string& failure : report.failures) add("test " + failure);
  return text;
}

v1::PolicySetState StateOf(domain::PolicyLife::State state) {
  switch (state) {
    case domain::PolicyLife::State::kRegistered: return v1::POLICY_SET_STATE_REGISTERED;
    case domain::PolicyLife::State::kShadow: return v1::POLICY_SET_STATE_SHADOW;
    case domain::PolicyLife::State::kActive: return v1::POLICY_SET_STATE_ACTIVE;
    case domain::PolicyLife::State::kFormer: return v1::POLICY_SET_STATE_FORMER;
  }
  return v1::POLICY_SET_STATE_UNSPECIFIED;
}

void Fill(const domain::PolicyLife& life, const std::string& digest, v1::PolicySet& out) {
  const auto set = life.sets().find(digest);
  if (set == life.sets().end()) return;
  out.set_name(set->second.name);
  out.set_digest(std::string(AsText(Digest::FromBase64(digest).value_or(Digest{}).view())));
}

void Fill(const domain::PolicyLife& life, const std::string& digest, v1::PolicySetEntry& out) {
  Fill(life, digest, *out.mutable_policy_set());
  out.set_state(StateOf(life.StateOf(digest)));
  const auto set = life.sets().find(digest);
  if (set != life.sets().end()) *out.mutable_register_time() = ToWire(set->second.registered->time);
  if (const domain::Entry since = life.SinceWhen(digest)) *out.mutable_change_time() = ToWire(since->time);
}

std::string Share(double value) {
  char text[16];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

void Fill(const flow::BacktestReport& report, v1::BacktestReport& out) {
  out.set_replayed_count(report.replayed);
  out.set_affected_person_count(report.affected_persons);
  for (const auto& [why, count] : report.not_replayed) {
    v1::CountedCode& skipped = *out.add_not_replayed();
    skipped.set_code(why);
    skipped.set_count(count);
    out.set_not_replayed_count(out.not_replayed_count() + count);
  }
  for (const flow::VerdictCount& one : report.changes) {
    v1::VerdictChange& change = *out.add_changes();
    change.set_action(one.segment.action);
    change.set_jurisdiction(one.segment.jurisdiction);
    change.set_group(one.segment.group);
    change.set_old_verdict(static_cast<v1::Verdict>(one.then));
    change.set_new_verdict(static_cast<v1::Verdict>(one.now));
    change.set_count(one.count);
    change.set_decision_count(one.of);
    const law::Interval interval = law::Wilson(one.count, one.of);
    change.set_share_low(Share(interval.low));
    change.set_share_high(Share(interval.high));
  }
}

absl::StatusOr<Digest> DigestOf(const std::string& bytes) {
  const auto digest = Digest::FromBytes(AsBytes(bytes));
  if (!digest) return BadField("digest", "must be 32 bytes");
  return *digest;
}

}  // namespace

absl::Status RegistryService::ValidatePolicySet(const domain::Caller&, const v1::ValidatePolicySetRequest& request,
                                                v1::ValidatePolicySetResponse& response) {
  if (request.bundle().size() > policy::kMaxArchiveBytes) return BadField("bundle", "holds at most 1048576 bytes");
  const policy::TrialReport report = policy_sets_.Validate(request.bundle());
  Fill(report, *response.mutable_problems(), *response.mutable_tests());
  if (!report.compiled) response.clear_tests();
  response.set_valid(report.valid());
  if (report.readable) response.set_digest(std::string(AsText(report.digest.view())));
  return absl::OkStatus();
}

absl::Status RegistryService::RegisterPolicySet(const domain::Caller& caller,
                                                const v1::RegisterPolicySetRequest& request,
                                                v1::RegisterPolicySetResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "register_policy_set", request));
  policy::TrialReport report;
  auto made = policy_sets_.Add(caller, std::move(statement), request.name(), request.bundle(), report);
  if (ReasonOf(made.status()) == "POLICY_INVALID") {
    return Because(BadField("bundle", ToText(report)), "POLICY_INVALID");
  }
  CANDOR_RETURN_IF_ERROR(made.status());
  Fill(report, *response.mutable_problems(), *response.mutable_tests());
  response.mutable_policy_set()->set_name(request.name());
  response.mutable_policy_set()->set_digest(std::string(AsText(report.digest.view())));
  ToWire(std::move(made->receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status RegistryService::GetPolicySet(const domain::Caller& caller, const v1::GetPolicySetRequest& request,
                                           v1::GetPolicySetResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Digest digest, DigestOf(request.digest()));
  CANDOR_ASSIGN_OR_RETURN(const auto registry, book_.Newest(*caller.tenant));
  const domain::PolicyLife& life = registry->policies();
  if (!life.sets().contains(digest.ToBase64())) return Because(absl::NotFoundError("digest: no such policy set"), "NOT_FOUND");
  Fill(life, digest.ToBase64(), *response.mutable_policy_set());
  if (request.with_bundle()) {
    CANDOR_ASSIGN_OR_RETURN(*response.mutable_bundle(), policy_sets_.Archive(*caller.tenant, digest));
  }
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(*caller.tenant));
  store::Pool::Lease connection = writers_.Borrow();
  const std::uint64_t position = life.sets().at(digest.ToBase64()).registered->position;
  CANDOR_ASSIGN_OR_RETURN(auto leaf, store::LeafAt(*connection, *caller.tenant, position));
  CANDOR_ASSIGN_OR_RETURN(auto receipt, ReceiptOf(*ledger, writers_, std::move(leaf)));
  ToWire(std::move(receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status RegistryService::ListPolicySets(const domain::Caller& caller, const v1::ListPolicySetsRequest& request,
                                             v1::ListPolicySetsResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto registry, book_.Newest(*caller.tenant));
  const domain::PolicyLife& life = registry->policies();
  std::vector<std::pair<std::uint64_t, std::string>> sets;  // The newest first.
  for (const auto& [digest, set] : life.sets()) {
    const v1::PolicySetState state = StateOf(life.StateOf(digest));
    if (request.state() != v1::POLICY_SET_STATE_UNSPECIFIED && state != request.state()) continue;
    sets.emplace_back(set.registered->position, digest);
  }
  std::sort(sets.rbegin(), sets.rend());
  std::uint64_t before = std::numeric_limits<std::uint64_t>::max();
  if (!request.page_token().empty() && !absl::SimpleAtoi(request.page_token(), &before)) return BadPageToken();
  const int size = PageSize(request.page_size());
  for (const auto& [position, digest] : sets) {
    if (position >= before) continue;
    if (response.policy_sets_size() == size) {
      response.set_next_page_token(std::to_string(before));
      return absl::OkStatus();
    }
    Fill(life, digest, *response.add_policy_sets());
    before = position;
  }
  return absl::OkStatus();
}

absl::Status RegistryService::ProposeActivation(const domain::Caller& caller,
                                                const v1::ProposeActivationRequest& request,
                                                v1::ProposeActivationResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "propose_activation", request));
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made, register_.ProposeActivation(caller, std::move(statement)));
  response.set_proposal_id(made.leaf.ToText());
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status RegistryService::ConfirmActivation(const domain::Caller& caller,
                                                const v1::ConfirmActivationRequest& request,
                                                v1::ConfirmActivationResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "confirm_activation", request));
  CANDOR_ASSIGN_OR_RETURN(const auto registry, book_.Newest(*caller.tenant));
  const auto proposal = registry->policies().proposals().find(*statement.amends);
  if (proposal != registry->policies().proposals().end()) {
    // Compiled before it rules, so that no caller waits for it; one that can't be loaded never rules.
    const auto digest = Digest::FromBase64(domain::FactText(proposal->second.proposed->facts, "policy_digest"));
    if (digest) CANDOR_RETURN_IF_ERROR(policy_sets_.Load(*caller.tenant, *digest).status());
  }
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made, register_.SettleActivation(caller, std::move(statement)));
  Fill(made.registry->policies(), made.registry->policies().active(), *response.mutable_policy_set());
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status RegistryService::RollBackPolicySet(const domain::Caller& caller,
                                                const v1::RollBackPolicySetRequest& request,
                                                v1::RollBackPolicySetResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "roll_back_policy_set", request));
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made, register_.RollBack(caller, std::move(statement)));
  Fill(made.registry->policies(), made.registry->policies().active(), *response.mutable_policy_set());
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status RegistryService::ShadowPolicySet(const domain::Caller& caller, const v1::ShadowPolicySetRequest& request,
                                              v1::ShadowPolicySetResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Digest digest, DigestOf(request.digest()));
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "shadow_policy_set", request));
  CANDOR_ASSIGN_OR_RETURN(flow::Register::Made made, register_.Shadow(caller, std::move(statement)));
  if (request.end()) {
    CANDOR_ASSIGN_OR_RETURN(const flow::BacktestReport report, shadow_.Report(*caller.tenant, digest));
    Fill(report, *response.mutable_report());
  }
  Fill(made.registry->policies(), digest.ToBase64(), *response.mutable_policy_set());
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status RegistryService::BacktestPolicySet(const domain::Caller& caller,
                                                const v1::BacktestPolicySetRequest& request,
                                                const Say<v1::BacktestPolicySetResponse>& say,
                                                v1::BacktestPolicySetResponse& last) {
  CANDOR_ASSIGN_OR_RETURN(const Digest digest, DigestOf(request.digest()));
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, StatementOf(caller, "backtest_policy_set", request));
  const flow::Backtest::Asked asked{.set = digest, .first = request.first_position(), .end = request.end_position(),
                                    .action = request.action(), .group_by = request.group_by()};
  CANDOR_ASSIGN_OR_RETURN(flow::Backtest::Done done,
                          backtest_.Run(caller, std::move(statement), asked,
                                        [&](std::uint64_t tried, std::uint64_t passed, std::uint64_t positions) {
                                          last.set_tried_count(tried);
                                          last.set_passed_count(passed);
                                          last.set_position_count(positions);
                                          say(last);
                                        }));
  v1::BacktestReport& report = *last.mutable_report();
  report.set_report_id(done.made.leaf.ToText());
  Fill(done.report, report);
  ToWire(std::move(done.made.receipt), *report.mutable_receipt());
  return absl::OkStatus();
}

}  // namespace candor::rpc
