// The registry as a fold over leaves, held against questions asked of all leaves at once.
#include "services/domain/registry.h"

#include <gmock/gmock.h>

#include <random>

namespace candor::domain {
namespace {


core::Json Facts(std::initializer_list<std::pair<const char*, core::Json>> members) {
  core::Json facts = core::Json::Object();
  for (const auto& [name, value] : members) facts.Set(name, value);
  return facts;
}

core::Json List(std::initializer_list<const char*> texts) {
  core::Json list = core::Json::Array();
  for (const char* text : texts) list.Append(text);
  return list;
}

core::Json VersionFacts(const std::string& version, const std::string& model = "m") {
  return Facts({{"system", "s"}, {"model", model}, {"model_version", version}, {"model_digest", "d"}});
}
core::Json StateFacts(const std::string& version, const std::string& state) {
  return Facts({{"system", "s"}, {"model", "m"}, {"model_version", version}, {"model_state", state}});
}

class ARegistry : public ::testing::Test {
 protected:
  static constexpr absl::Time kBegin = absl::UnixEpoch();

  // One more leaf, a minute after the one before; its id.
  Uuid Add(const std::string& type, core::Json facts, std::optional<Uuid> amends = {}, bool sealed = false) {
    core::Leaf leaf;
    leaf.type = type;
    leaf.facts = std::move(facts);
    leaf.amends = amends;
    leaf.caller_kind = "service";
    leaf.id.bytes[15] = static_cast<std::uint8_t>(leaves_.size());
    leaf.id.bytes[14] = static_cast<std::uint8_t>(leaves_.size() >> 8);
    leaf.time = kBegin + absl::Minutes(leaves_.size());
    if (sealed) leaf.sections.emplace_back("registry", Digest());
    registry_.Apply(10 * (leaves_.size() + 1), leaf);  // Other leaves lie between.
    leaves_.push_back(leaf);
    return leaf.id;
  }
  core::Json Seen(const core::Json& facts) const { return RegistryFacts(registry_, facts); }

  Registry registry_;
  std::vector<core::Leaf> leaves_;
};

TEST_F(ARegistry, StandsWhereItsNewestLeafDoes) {
  EXPECT_EQ(registry_.position(), 0U);
  Add("system", Facts({{"system", "s"}}));
  Add("system", Facts({{"system", "t"}}));

  EXPECT_EQ(registry_.position(), 20U);
}

TEST_F(ARegistry, ReplacesASystemButForItsModelsAndVersions) {
  Add("system", Facts({{"system", "s"}, {"models", List({"m", "n"})}, {"profiling", true}, {"owner", "desk"}}));
  Add("system", Facts({{"system", "s"}, {"models", List({"o", "m"})}, {"owner", "board"}}));

  EXPECT_EQ(registry_.systems().at("s").facts,
            Facts({{"system", "s"}, {"models", List({"o", "m", "n"})}, {"owner", "board"}}));
}

TEST_F(ARegistry, AddsToADecisionTypeAndKeepsItsLastName) {
  Add("decision_type", Facts({{"action", "pay"}, {"outcomes", List({"paid"})}, {"reasons", List({"late"})}}), {}, true);
  Add("decision_type", Facts({{"action", "pay"}, {"outcomes", List({"paid", "refused"})}}));

  const DecisionType& type = registry_.decision_types().at("pay");
  EXPECT_EQ(type.facts, Facts({{"action", "pay"}, {"outcomes", List({"paid", "refused"})}, {"reasons", List({"late"})}}));
  EXPECT_EQ(type.newest->position, 20U);
  EXPECT_EQ(type.named->position, 10U);
}

TEST_F(ARegistry, TakesAModelVersionThroughItsStates) {
  Add("model_version", VersionFacts("v1"));
  core::Json approval = StateFacts("v1", "approved");
  approval.Set("approved_for", List({"scoring"})).Set("approved_until", "2030-01-01T00:00:00.000000Z");
  const Uuid proposal = Add("model_state_proposal", approval);
  const ModelVersion* version = registry_.FindVersion({"s", "m", "v1"});
  ASSERT_NE(version, nullptr);
  EXPECT_EQ(version->approval().state, "registered");

  Add("model_state", core::Json::Object(), proposal);
  version = registry_.FindVersion({"s", "m", "v1"});
  EXPECT_EQ(version->approval().state, "approved");
  EXPECT_EQ(version->approval().changed, kBegin + absl::Minutes(2));
  EXPECT_EQ(version->approval().position, 30U);

  Add("model_state", StateFacts("v1", "blocked"));
  EXPECT_EQ(registry_.FindVersion({"s", "m", "v1"})->approval().state, "blocked");
  EXPECT_EQ(registry_.FindVersion({"s", "m", "v1"})->approvals.size(), 3U);
}

TEST_F(ARegistry, LetsAProposalBeSettledOnceAndARejectionChangeNothing) {
  Add("model_version", VersionFacts("v1"));
  const Uuid rejected = Add("model_state_proposal", StateFacts("v1", "shadow"));
  Add("model_state", Facts({{"rejected", true}}), rejected);
  Add("model_state", core::Json::Object(), rejected);
  Add("model_state", core::Json::Object(), Uuid());
  Add("model_state_proposal", StateFacts("unknown", "shadow"));

  EXPECT_THAT(registry_.FindVersion({"s", "m", "v1"})->approvals, ::testing::SizeIs(1));
  EXPECT_EQ(registry_.proposals().at(rejected).settled->position, 30U);
}

TEST_F(ARegistry, FindsAVersionWithoutItsModelOnlyWhereThereIsOne) {
  Add("model_version", VersionFacts("v1", "m"));
  EXPECT_NE(registry_.FindVersion({"s", "", "v1"}), nullptr);
  EXPECT_EQ(registry_.FindVersion({"s", "", "v2"}), nullptr);
  EXPECT_EQ(registry_.FindVersion({"t", "", "v1"}), nullptr);

  Add("model_version", VersionFacts("v1", "n"));
  EXPECT_EQ(registry_.FindVersion({"s", "", "v1"}), nullptr);
  EXPECT_NE(registry_.FindVersion({"s", "n", "v1"}), nullptr);
}

TEST_F(ARegistry, ShowsRulesWhatIsRegisteredAndLeavesOutTheRest) {
  Add("system", Facts({{"system", "s"}, {"risk_class", "high"}}));
  Add("decision_type", Facts({{"action", "pay"}, {"outcomes", List({"paid"})}}));
  Add("model_version", VersionFacts("v1"));
  core::Json change = StateFacts("v1", "conditional");
  change.Set("approved_for", List({"scoring"}));
  Add("model_state", change);
  core::Json version = VersionFacts("v1");
  version.Set("state", "conditional").Set("approved_for", List({"scoring"}));

  EXPECT_EQ(Seen(Facts({{"system", "s"}, {"model_version", "v1"}, {"action", "pay"}})),
            Facts({{"system", Facts({{"system", "s"}, {"risk_class", "high"}})},
                   {"version", version},
                   {"decision_type", Facts({{"action", "pay"}, {"outcomes", List({"paid"})}})}}));
  EXPECT_EQ(Seen(Facts({{"system", "unlisted"}, {"model_version", "v1"}, {"action", "lend"}})), core::Json::Object());
  EXPECT_EQ(Seen(core::Json::Object()), core::Json::Object());
}

TEST_F(ARegistry, KeepsDataSetsReasonsAndRunsInTheirOrder) {
  Add("data_set", Facts({{"data_set", "claims"}, {"data_set_version", "y1"}, {"personal", false}}));
  Add("data_set", Facts({{"data_set", "claims"}, {"data_set_version", "y1"}, {"personal", true}}));
  Add("reason_catalogue", Facts({{"language", "de"}}));
  Add("reason_catalogue", Facts({{"language", "en"}}));
  Add("reason_catalogue", Facts({{"language", "de"}}));
  const Uuid run = Add("assurance", Facts({{"suite", "hostile"}}));

  EXPECT_EQ(registry_.data_sets().at({"claims", "y1"}).back()->facts.Find("personal")->boolean(), true);
  EXPECT_EQ(registry_.reasons().at("de").size(), 2U);
  EXPECT_EQ(registry_.reasons().at("de")[1]->position, 50U);
  EXPECT_EQ((*registry_.FindAssurance(run))->position, 60U);
  EXPECT_EQ(registry_.FindAssurance(Uuid()), nullptr);
}

TEST_F(ARegistry, IsAValueThatLaterLeavesDoNotChange) {
  const Uuid stop = Add("stop", core::Json::Object());
  const Registry before = registry_;
  Add("stop_lifted", core::Json::Object(), stop);

  EXPECT_NE(before.StopFor("s", "v", "a"), nullptr);
  EXPECT_EQ(registry_.StopFor("s", "v", "a"), nullptr);
  EXPECT_EQ(before.position(), 10U);
}

// What any leaf said, asked one by one: a stop without an earlier end of its own, whose codes
// are those of the question wherever both say one.
TEST_F(ARegistry, StopsWhatTheListOfAllLeavesSaysIsStopped) {
  std::mt19937 random(20260528);
  const auto pick = [&](std::initializer_list<const char*> words) {
    return std::string(words.begin()[random() % words.size()]);
  };
  int stopped = 0, free = 0;
  for (int i = 0; i < 400; ++i) {
    if (random() % 2 == 0) {
      core::Json facts = core::Json::Object();
      for (const char* name : {"system", "model_version", "action"}) {
        if (const std::string code = pick({"", "x", "y", "z"}); !code.empty()) facts.Set(name, code);
      }
      Add("stop", facts);
    } else if (!leaves_.empty()) {
      Add("stop_lifted", core::Json::Object(), leaves_[random() % leaves_.size()].id);
      // Most are lifted soon, so that questions differ.
      for (const Stop& stop : std::vector<Stop>(registry_.stops())) {
        if (stop.lifted == nullptr && random() % 4 != 0) Add("stop_lifted", core::Json::Object(), stop.called->leaf);
      }
    }
    const core::Json asked = Facts({{"system", pick({"x", "y", "w"})}, {"model_version", pick({"x", "", "unlisted", "w"})},
                                    {"action", pick({"x", "z", "w"})}});
    bool naive = false;
    for (const core::Leaf& call : leaves_) {
      if (call.type != "stop") continue;
      bool fits = true;
      for (const char* name : {"system", "model_version", "action"}) {
        const std::string said = FactText(asked, name), scope = FactText(call.facts, name);
        fits = fits && (scope == "" || said == "" || said == "unlisted" || said == scope);
      }
      const bool ended = std::any_of(leaves_.begin(), leaves_.end(), [&](const core::Leaf& lift) {
        return lift.type == "stop_lifted" && lift.amends == call.id;
      });
      naive = naive || (fits && !ended);
    }
    const Stop* found = registry_.StopFor(FactText(asked, "system"), FactText(asked, "model_version"), FactText(asked, "action"));
    ASSERT_EQ(found != nullptr, naive) << "after " << leaves_.size() << " leaves: " << asked.Encode();
    naive ? ++stopped : ++free;
  }
  EXPECT_GT(stopped, 40);
  EXPECT_GT(free, 40);
}

}  // namespace
}  // namespace candor::domain
