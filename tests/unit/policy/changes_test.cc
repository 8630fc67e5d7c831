#include "services/policy/changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/policy/asked.h"

namespace candor::policy {
namespace {

using ::testing::HasSubstr;
using nlohmann::json;

constexpr const char* kInputs =
    R"({"amount":12.5,"card":{"number":"4111","owner":"Ada"},"items":[1,2],"a/b":1,"m~n":2,"":3,"big":9007199254740993})";

absl::StatusOr<std::string> Make(const std::vector<Change>& changes, const std::string& inputs = kInputs,
                                 std::size_t other_bytes = 0) {
  core::Json facts = core::Json::Object();
  facts.Set("amount", "100.00");
  std::map<std::string, std::string> sections;
  if (!inputs.empty()) {
    sections["inputs"] = core::Json::Object().Set("inputs_json", core::Json::Object().Set("raw", inputs)).Encode();
  }
  if (other_bytes > 0) sections["output"] = std::string(other_bytes, 'x');
  const domain::Settings settings;
  return MakeChanges({.call = "authorize", .time = kNow, .facts = facts, .sections = sections, .settings = settings},
                     changes);
}

// The input as it is with these changes.
json After(const std::vector<Change>& changes) {
  const auto made = Make(changes);
  EXPECT_TRUE(made.ok()) << made.status();
  return made.ok() ? json::parse(json::parse(*made)["inputs"]["raw"].get<std::string>()) : json();
}

std::string Refusal(const std::vector<Change>& changes, const std::string& inputs = kInputs) {
  const auto made = Make(changes, inputs);
  return made.ok() ? "made" : std::string(made.status().message());
}

// RFC 6902 says the same of these, by another implementation.
TEST(Changes, AreMadeAsAJsonPatchMakesThem) {
  struct Case {
    std::vector<Change> changes;
    const char* patch;
  };
  for (const Case& one : std::vector<Case>{
           {{{"/inputs/amount", "10"}}, R"([{"op":"replace","path":"/amount","value":10}])"},
           {{{"/inputs/card/number", ""}}, R"([{"op":"remove","path":"/card/number"}])"},
           {{{"/inputs/card/checked", "true"}}, R"([{"op":"add","path":"/card/checked","value":true}])"},
           {{{"/inputs/items/1", "{\"a\":[]}"}}, R"([{"op":"replace","path":"/items/1","value":{"a":[]}}])"},
           {{{"/inputs/a~1b", "5"}, {"/inputs/m~0n", ""}},
            R"([{"op":"replace","path":"/a~1b","value":5},{"op":"remove","path":"/m~0n"}])"},
           {{{"/inputs/", "null"}}, R"([{"op":"replace","path":"/","value":null}])"},
       }) {
    EXPECT_EQ(After(one.changes), json::parse(kInputs).patch(json::parse(one.patch))) << one.patch;
  }
}

TEST(Changes, KeepWhatTheySayAndTheAmountBesideTheResult) {
  const auto made = Make({{"/action/amount", "\"49.90\""}, {"/inputs/card", ""}});

  ASSERT_TRUE(made.ok()) << made.status();
  const json section = json::parse(*made);
  EXPECT_EQ(section["amount"], "49.90");
  EXPECT_EQ(section["changes"], json::parse(R"([{"path":"/action/amount","value":{"raw":"\"49.90\""}},{"path":"/inputs/card"}])"));
  EXPECT_FALSE(json::parse(section["inputs"]["raw"].get<std::string>()).contains("card"));
  EXPECT_TRUE(core::ParseCanonical(*made, core::JsonKind::kSection).ok());
}

TEST(Changes, OfTheAmountAloneSayNothingOfTheInputs) {
  const auto made = Make({{"/action/amount", "\"1\""}}, "");

  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_FALSE(json::parse(*made).contains("inputs"));
}

TEST(Changes, LoseNoDigitOfAWholeNumber) {
  EXPECT_EQ(After({{"/inputs/amount", "1"}})["big"].get<std::int64_t>(), 9007199254740993);
}

TEST(Changes, OfPlacesThatAreNotThereAreRefused) {
  EXPECT_THAT(Refusal({{"/inputs/no/such", "1"}}), HasSubstr("below a place that is not there"));
  EXPECT_THAT(Refusal({{"/inputs/no", ""}}), HasSubstr("a member that is not there"));
  EXPECT_THAT(Refusal({{"/inputs/items/2", "1"}}), HasSubstr("an item that is not there"));
  EXPECT_THAT(Refusal({{"/inputs/items/-", "1"}}), HasSubstr("an item that is not there"));
  EXPECT_THAT(Refusal({{"/inputs/items/01", "1"}}), HasSubstr("an item that is not there"));
  EXPECT_THAT(Refusal({{"/inputs/items/0", ""}}), HasSubstr("takes an item off a list"));
  EXPECT_THAT(Refusal({{"/inputs/amount/x", "1"}}), HasSubstr("a member that is not there"));
  EXPECT_THAT(Refusal({{"/inputs/x", "1"}}, ""), HasSubstr("a member that is not there"));
  EXPECT_THAT(Refusal({{"/inputs/x", "1"}}, "[1]"), HasSubstr("an item that is not there"));
}

TEST(Changes, OfWhatIsNoPointerAreRefused) {
  EXPECT_THAT(Refusal({{"/inputs/a~2", "1"}}), HasSubstr("no JSON Pointer"));
  EXPECT_THAT(Refusal({{"/inputs/a~", "1"}}), HasSubstr("no JSON Pointer"));
  EXPECT_THAT(Refusal({{"/inputs/items/99999999999999999999999", "1"}}), HasSubstr("no JSON Pointer"));
}

TEST(Changes, OfAnAmountThatNobodyAskedForAreRefused) {
  const core::Json facts = core::Json::Object();
  const std::map<std::string, std::string> sections;
  const domain::Settings settings;
  const auto made = MakeChanges({.call = "authorize", .time = kNow, .facts = facts, .sections = sections, .settings = settings},
                                {{"/action/amount", "\"1\""}});
  EXPECT_THAT(made.status().message(), HasSubstr("an amount that was not given"));
}

TEST(Changes, ThatDoNotFitIntoTheirSectionAreRefused) {
  const std::string large = "\"" + std::string(100'000, 'x') + "\"";
  EXPECT_EQ(Refusal({{"/inputs/amount", large}}), "made");
  EXPECT_NE(Refusal({{"/inputs/amount", large}, {"/inputs/items", large}}), "made");
  EXPECT_THAT(Make({{"/inputs/amount", "1"}}, kInputs, 1024 * 1024).status().message(), HasSubstr("does not fit"));
}

}  // namespace
}  // namespace candor::policy
