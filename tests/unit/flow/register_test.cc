// Who may settle what a first human began, on a real ledger: when that one was forgotten, when
// the proof of who it was is altered, and when too much time went by.
#include "services/flow/register.h"

#include <gmock/gmock.h>

#include "services/domain/registry_rules.h"
#include "tests/unit/ledger/world.h"

namespace candor::flow {
namespace {

using ledger::NewUuid;

class Registering : public ledger::AppendingToALedger {
 protected:
  void SetUp() override {
    AppendingToALedger::SetUp();
    Begin();
    register_.emplace(first_->ledgers, *first_->appender, settings_, book_, first_->writers, clock_);
    anna_ = CallerOf("human");
    ben_ = CallerOf("human");
    const domain::Caller machine = CallerOf("service");
    ASSERT_TRUE(register_->Declare(machine, Say({{"system", "s"}}), "system", {}).ok());
    ASSERT_TRUE(register_->ModelVersion(machine, Say({{"system", "s"}, {"model", "m"}, {"model_version", "v"}, {"model_digest", "d"}}), {}).ok());
  }

  domain::Caller CallerOf(const std::string& kind) const {
    domain::Caller caller;
    caller.tenant = tenant_;
    caller.principal = NewUuid();
    caller.kind = kind;
    if (kind != "human") caller.code = "core";
    return caller;
  }
  static domain::Statement Say(std::initializer_list<std::pair<const char*, const char*>> facts) {
    domain::Statement statement;
    statement.method = "say";
    statement.request = NewUuid();
    for (const auto& [name, value] : facts) statement.facts.Set(name, value);
    statement.fingerprint_text = "{\"method\":\"say\",\"request\":" + statement.facts.Encode() + "}";
    return statement;
  }
  Register::Made Propose() {
    const auto made = register_->ProposeState(
        anna_, Say({{"system", "s"}, {"model", "m"}, {"model_version", "v"}, {"model_state", "shadow"}}));
    EXPECT_TRUE(made.ok()) << made.status();
    return *made;
  }
  absl::Status Settle(const domain::Caller& caller, const Uuid& proposal) {
    domain::Statement statement = Say({});
    statement.amends = proposal;
    return register_->SettleState(caller, std::move(statement)).status();
  }

  ledger::ShiftedClock clock_;
  store::Pool readers_{{url_}, store::Role::kReader};
  SettingsBook settings_{readers_, clock_};
  RegistryBook book_{readers_, clock_};
  std::optional<Register> register_;
  domain::Caller anna_, ben_;
};

TEST_F(Registering, NamesTheFirstHumanWhereNobodyWithoutTheKeyReadsIt) {
  const Register::Made proposal = Propose();
  EXPECT_EQ(proposal.receipt.leaf.find(anna_.principal.ToText()), std::string::npos);

  EXPECT_EQ(ReasonOf(Settle(anna_, proposal.leaf)), "FOUR_EYES_REQUIRED");
  EXPECT_EQ(ReasonOf(Settle(CallerOf("service"), proposal.leaf)), "FOUR_EYES_REQUIRED");
  EXPECT_TRUE(Settle(ben_, proposal.leaf).ok());
  EXPECT_EQ(ReasonOf(Settle(ben_, proposal.leaf)), "WRONG_STATE");
}

TEST_F(Registering, TakesNobodysWordForAHumanWhoWasForgotten) {
  const Register::Made proposal = Propose();
  Sql("DELETE FROM data_keys WHERE handle IN (SELECT handle FROM sealed WHERE position = " +
      std::to_string(proposal.receipt.position) + " AND octet_length(sections) > 0)");

  EXPECT_EQ(ReasonOf(Settle(ben_, proposal.leaf)), "FOUR_EYES_REQUIRED");
  EXPECT_EQ(ReasonOf(Settle(anna_, proposal.leaf)), "FOUR_EYES_REQUIRED");
}

TEST_F(Registering, LeavesNoStopInForceForEverBecauseItsCallerWasForgotten) {
  const auto stop = register_->Stop(anna_, Say({{"stop_reason", "unsafe"}}));
  ASSERT_TRUE(stop.ok()) << stop.status();
  const auto lift = [&](const domain::Caller& caller) {
    domain::Statement statement = Say({});
    statement.amends = stop->leaf;
    return register_->LiftStop(caller, std::move(statement)).status();
  };
  EXPECT_EQ(ReasonOf(lift(anna_)), "FOUR_EYES_REQUIRED");
  Sql("DELETE FROM data_keys WHERE handle IN (SELECT handle FROM sealed WHERE position = " +
      std::to_string(stop->receipt.position) + " AND octet_length(sections) > 0)");

  EXPECT_EQ(ReasonOf(lift(CallerOf("service"))), "FOUR_EYES_REQUIRED");
  EXPECT_TRUE(lift(ben_).ok());
}

TEST_F(Registering, GoesOnFromNoSectionThatWasAltered) {
  const Register::Made proposal = Propose();
  Sql("UPDATE sealed SET sections = set_byte(sections, octet_length(sections) - 1, "
      "(get_byte(sections, octet_length(sections) - 1) + 1) % 256) WHERE octet_length(sections) > 0 AND position = " +
      std::to_string(proposal.receipt.position));

  const absl::Status refused = Settle(ben_, proposal.leaf);
  EXPECT_EQ(refused.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReasonOf(refused), "VERIFICATION_FAILED");
}

TEST_F(Registering, WaitsThirtyDaysForASecondHuman) {
  const Register::Made proposal = Propose();
  clock_.shift = domain::kProposalLife + absl::Minutes(1);

  EXPECT_EQ(ReasonOf(Settle(ben_, proposal.leaf)), "EXPIRED");
}

TEST_F(Registering, AnswersARepetitionWhoseFirstAnswerWasLost) {
  const Register::Made proposal = Propose();
  domain::Statement statement = Say({});
  statement.amends = proposal.leaf;
  const auto first = register_->SettleState(ben_, statement);
  clock_.shift = domain::kProposalLife + absl::Minutes(1);
  const auto again = register_->SettleState(ben_, statement);

  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->receipt.position, first->receipt.position);
  EXPECT_EQ(again->registry->position(), first->receipt.position);
}

}  // namespace
}  // namespace candor::flow
