// What may follow what in the registry.
#include "services/domain/registry_rules.h"

#include <gmock/gmock.h>

#include "services/base/clock.h"
#include "services/base/status.h"

namespace candor::domain {
namespace {


constexpr absl::Duration kDay = absl::Hours(24);

class Rules : public ::testing::Test {
 protected:
  Uuid Add(const std::string& type, core::Json facts, std::optional<Uuid> amends = {}) {
    core::Leaf leaf;
    leaf.type = type;
    leaf.facts = std::move(facts);
    leaf.amends = amends;
    leaf.id.bytes[6] = 0x70;  // Version 7.
    leaf.id.bytes[8] = 0x80;
    leaf.id.bytes[15] = static_cast<std::uint8_t>(++count_);
    leaf.time = now_;
    registry_.Apply(count_, leaf);
    return leaf.id;
  }
  static core::Json Of(const std::string& version) {
    core::Json facts = core::Json::Object();
    facts.Set("system", "s").Set("model", "m").Set("model_version", version);
    return facts;
  }
  static core::Json To(const std::string& state, const std::string& version = "v1") {
    return Of(version).Set("model_state", state);
  }
  Uuid Run(const std::string& result, const std::string& version = "v1", std::optional<absl::Time> ended = {}) {
    core::Json facts = Of(version).Set("assurance_result", result);
    if (ended) facts.Set("ended", ToRfc3339(*ended));
    return Add("assurance", facts);
  }
  std::string Refusal(const core::Json& proposal) const { return ReasonOf(MayPropose(registry_, proposal, now_)); }
  std::string RefusalOf(const std::string& state, const std::vector<Uuid>& runs) const {
    core::Json ids = core::Json::Array();
    for (const Uuid& run : runs) ids.Append(run.ToText());
    return Refusal(To(state).Set("assurance", ids));
  }
  std::string Refusal(const Uuid& proposal) const { return ReasonOf(MaySettle(registry_, proposal, now_)); }

  void SetUp() override {
    Add("system", core::Json::Object().Set("system", "s"));
    for (const char* version : {"v1", "v2"}) Add("model_version", Of(version).Set("model_digest", "d1"));
  }

  absl::Time now_ = absl::FromUnixSeconds(1'780'000'000);
  std::uint64_t count_ = 0;
  Registry registry_;
};

// The table as the comment in registry_service.proto has it.
TEST_F(Rules, LetAStateFollowAsTheContractSays) {
  const std::vector<std::string> states = {"registered", "shadow", "conditional", "approved", "retired", "blocked"};
  const auto after = [&](const std::string& state) {
    std::string next;
    for (const std::string& one : states) next += MayFollow(state, one) ? one.substr(0, 1) : "";
    return next;
  };

  EXPECT_EQ(after("registered"), "scarb");
  EXPECT_EQ(after("shadow"), "carb");
  EXPECT_EQ(after("conditional"), "scarb");
  EXPECT_EQ(after("approved"), "scarb");
  EXPECT_EQ(after("retired"), "b");
  EXPECT_EQ(after("blocked"), "scar");
  EXPECT_EQ(after("unheard_of"), "");
  for (const std::string& state : states) EXPECT_EQ(NeedsConfirmation(state), state != "blocked");
}

TEST_F(Rules, WantASystemBeforeItsVersionsAndOneDigestForEach) {
  const auto refusal = [&](const std::string& system, const std::string& digest) {
    return ReasonOf(MayRegisterVersion(registry_, Of("v1").Set("system", system).Set("model_digest", digest)));
  };

  EXPECT_EQ(refusal("s", "d1"), "");
  EXPECT_EQ(refusal("s", "d2"), "NAME_TAKEN");
  EXPECT_EQ(refusal("t", "d1"), "NOT_FOUND");
}

TEST_F(Rules, WantOneDigestForEachVersionOfADataSet) {
  const auto facts = [](const char* version, const char* digest) {
    return core::Json::Object().Set("data_set", "claims").Set("data_set_version", version).Set("data_set_digest", digest);
  };
  Add("data_set", facts("y1", "d1"));

  EXPECT_TRUE(MayRegisterDataSet(registry_, facts("y1", "d1")).ok());
  EXPECT_TRUE(MayRegisterDataSet(registry_, facts("y2", "d2")).ok());
  EXPECT_EQ(ReasonOf(MayRegisterDataSet(registry_, facts("y1", "d2"))), "NAME_TAKEN");
}

TEST_F(Rules, WantARegisteredVersionAndAStateThatFollows) {
  EXPECT_EQ(Refusal(To("shadow")), "");
  EXPECT_EQ(Refusal(To("shadow", "v9")), "NOT_FOUND");
  EXPECT_EQ(Refusal(To("registered")), "WRONG_STATE");
  EXPECT_EQ(Refusal(To("shadow").Set("approved_until", ToRfc3339(now_))), "FIELD_INVALID");
  EXPECT_EQ(Refusal(To("shadow").Set("approved_until", ToRfc3339(now_ + absl::Seconds(1)))), "");
}

TEST_F(Rules, WantEvidenceOfThisVeryVersionThatPassedAndIsNotOld) {
  const Uuid passed = Run("passed"), failed = Run("failed"), aborted = Run("aborted"), others = Run("passed", "v2");
  const Uuid old = Run("passed", "v1", now_ - 181 * kDay), ripe = Run("passed", "v1", now_ - 179 * kDay);

  EXPECT_EQ(Refusal(To("approved")), "EVIDENCE_MISSING");
  EXPECT_EQ(RefusalOf("approved", {passed}), "");
  EXPECT_EQ(RefusalOf("approved", {ripe, passed}), "");
  for (const Uuid& bad : {failed, aborted, others, old, Uuid()}) {
    EXPECT_EQ(RefusalOf("approved", {passed, bad}), "EVIDENCE_MISSING") << bad.ToText();
  }
  now_ += 180 * kDay + absl::Seconds(1);
  EXPECT_EQ(RefusalOf("approved", {passed}), "EVIDENCE_MISSING");
}

TEST_F(Rules, LetAFailedRunStandBehindABlock) {
  EXPECT_EQ(RefusalOf("blocked", {Run("failed")}), "");
  EXPECT_EQ(RefusalOf("blocked", {Run("failed", "v2")}), "EVIDENCE_MISSING");
  EXPECT_EQ(Refusal(To("conditional")), "");
}

TEST_F(Rules, SettleAProposalOnceAndWithinThirtyDays) {
  const Uuid proposal = Add("model_state_proposal", To("shadow"));
  EXPECT_EQ(Refusal(proposal), "");
  EXPECT_EQ(Refusal(Uuid()), "NOT_FOUND");
  now_ += 30 * kDay;
  EXPECT_EQ(Refusal(proposal), "");
  now_ += absl::Microseconds(1);
  EXPECT_EQ(Refusal(proposal), "EXPIRED");

  const Uuid other = Add("model_state_proposal", To("conditional"));
  Add("model_state", core::Json::Object().Set("rejected", true), other);
  EXPECT_EQ(Refusal(other), "WRONG_STATE");
}

TEST_F(Rules, SettleNoProposalOfAStateThatIsNoMore) {
  const Uuid first = Add("model_state_proposal", To("shadow")), second = Add("model_state_proposal", To("conditional"));
  const Uuid of_another = Add("model_state_proposal", To("shadow", "v2"));
  Add("model_state", core::Json::Object(), first);

  EXPECT_EQ(Refusal(second), "WRONG_STATE");
  EXPECT_EQ(Refusal(of_another), "");
}

TEST_F(Rules, SettleNoApprovalThatWouldHaveEnded) {
  const Uuid proposal = Add("model_state_proposal", To("shadow").Set("approved_until", ToRfc3339(now_ + kDay)));
  EXPECT_EQ(Refusal(proposal), "");
  now_ += kDay;
  EXPECT_EQ(Refusal(proposal), "EXPIRED");
}

TEST_F(Rules, LiftAStopOnce) {
  const Uuid stop = Add("stop", core::Json::Object());
  EXPECT_TRUE(MayLift(registry_, stop).ok());
  EXPECT_EQ(ReasonOf(MayLift(registry_, Uuid())), "NOT_FOUND");
  Add("stop_lifted", core::Json::Object(), stop);
  EXPECT_EQ(ReasonOf(MayLift(registry_, stop)), "WRONG_STATE");
}

TEST_F(Rules, StopNothingThatWasNeverDeclared) {
  EXPECT_TRUE(MayStop(core::Json::Object().Set("system", "s").Set("stop_reason", "unlisted")).ok());
  for (const char* name : {"system", "model_version", "action"}) {
    EXPECT_EQ(ReasonOf(MayStop(core::Json::Object().Set(name, "unlisted"))), "NOT_FOUND");
  }
}

}  // namespace
}  // namespace candor::domain
