// The methods of RegistryService that are about policy sets.
#include <algorithm>

#include "services/base/status.h"
#include "services/core/leaf/leaf.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"
#include "services/rpc/page.h"
#include "services/rpc/registry_service.h"
#include "services/store/reader.h"

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

v1::PolicySetState StateOf(const store::PolicyRows& rows, const Digest& digest, std::uint64_t& since) {
  v1::PolicySetState state = v1::POLICY_SET_STATE_REGISTERED;
  for (const store::PolicyStepRow& step : rows.steps) {
    const bool own = step.digest == digest;
    if (own) since = step.position;
    if (step.step == "active") {
      if (own) {
        state = v1::POLICY_SET_STATE_ACTIVE;
      } else if (state == v1::POLICY_SET_STATE_ACTIVE) {
        state = v1::POLICY_SET_STATE_FORMER;
        since = step.position;
      }
    } else if (own && step.step == "shadow" && state != v1::POLICY_SET_STATE_ACTIVE) {
      state = v1::POLICY_SET_STATE_SHADOW;
    } else if (own && state == v1::POLICY_SET_STATE_SHADOW) {
      state = v1::POLICY_SET_STATE_REGISTERED;
    }
  }
  return state;
}

absl::StatusOr<google::protobuf::Timestamp> TimeOfLeaf(store::Connection& connection, const Uuid& tenant,
                                                       std::uint64_t position) {
  CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf stored, store::LeafAt(connection, tenant, position));
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf leaf, core::ParseLeaf(stored.leaf));
  return ToWire(leaf.time);
}

absl::Status FillEntry(store::Connection& connection, const Uuid& tenant, const store::PolicyRows& rows,
                       const store::PolicySetRow& row, v1::PolicySetEntry& out) {
  out.mutable_policy_set()->set_name(row.name);
  out.mutable_policy_set()->set_digest(std::string(AsText(row.digest.view())));
  std::uint64_t since = row.position;
  out.set_state(StateOf(rows, row.digest, since));
  CANDOR_ASSIGN_OR_RETURN(*out.mutable_register_time(), TimeOfLeaf(connection, tenant, row.position));
  CANDOR_ASSIGN_OR_RETURN(*out.mutable_change_time(), TimeOfLeaf(connection, tenant, since));
  return absl::OkStatus();
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
  CANDOR_ASSIGN_OR_RETURN(const auto settings, settings_.Get(*caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement,
                          ToStatement(request, "register_policy_set", *settings, door_.clock().Now()));
  policy::TrialReport report;
  auto receipt = policy_sets_.Register(caller, std::move(statement), request.name(), request.bundle(), report);
  if (ReasonOf(receipt.status()) == "POLICY_INVALID") {
    return Because(BadField("bundle", ToText(report)), "POLICY_INVALID");
  }
  CANDOR_RETURN_IF_ERROR(receipt.status());
  Fill(report, *response.mutable_problems(), *response.mutable_tests());
  response.mutable_policy_set()->set_name(request.name());
  response.mutable_policy_set()->set_digest(std::string(AsText(report.digest.view())));
  ToWire(*std::move(receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status RegistryService::GetPolicySet(const domain::Caller& caller, const v1::GetPolicySetRequest& request,
                                           v1::GetPolicySetResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Digest digest, DigestOf(request.digest()));
  store::Pool::Lease connection = readers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const store::PolicyRows rows, store::ReadPolicies(*connection, *caller.tenant));
  const auto row = std::find_if(rows.sets.begin(), rows.sets.end(), [&](const auto& one) { return one.digest == digest; });
  if (row == rows.sets.end()) return Because(absl::NotFoundError("no such policy set"), "NOT_FOUND");
  CANDOR_RETURN_IF_ERROR(FillEntry(*connection, *caller.tenant, rows, *row, *response.mutable_policy_set()));
  if (request.with_bundle()) {
    CANDOR_ASSIGN_OR_RETURN(*response.mutable_bundle(), store::ReadPolicyBundle(*connection, *caller.tenant, digest));
  }
  return absl::OkStatus();
}

absl::Status RegistryService::ListPolicySets(const domain::Caller& caller, const v1::ListPolicySetsRequest& request,
                                             v1::ListPolicySetsResponse& response) {
  store::Pool::Lease connection = readers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(store::PolicyRows rows, store::ReadPolicies(*connection, *caller.tenant));
  std::reverse(rows.sets.begin(), rows.sets.end());  // The newest first.
  std::optional<Digest> after;
  if (!request.page_token().empty()) {
    after = Digest::FromBase64(request.page_token());
    if (!after) return BadPageToken();
  }
  const int size = PageSize(request.page_size());
  const store::PolicySetRow* last = nullptr;
  for (const store::PolicySetRow& row : rows.sets) {
    if (after) {
      if (row.digest == *after) after.reset();
      continue;
    }
    std::uint64_t since = 0;
    if (request.state() != v1::POLICY_SET_STATE_UNSPECIFIED && StateOf(rows, row.digest, since) != request.state()) continue;
    if (response.policy_sets_size() == size) {
      response.set_next_page_token(last->digest.ToBase64());
      break;
    }
    CANDOR_RETURN_IF_ERROR(FillEntry(*connection, *caller.tenant, rows, row, *response.add_policy_sets()));
    last = &row;
  }
  return absl::OkStatus();
}

}  // namespace candor::rpc
