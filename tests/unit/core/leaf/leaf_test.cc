#include "services/core/leaf/leaf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "services/base/clock.h"

namespace candor::core {
namespace {

Uuid Id(std::string_view text) {
  return Uuid::FromText(text).value();
}

// The smallest leaf: a review by a human.
Leaf Smallest() {
  return {.caller_kind = "human",
          .id = Id("019e7044-a4ec-7056-84d9-0df1fc1c85ed"),
          .ledger = "candor.example/a",
          .request = Id("09d98b9e-58b9-40d8-a8a3-e8d34fcd4a48"),
          .time = FromRfc3339("2026-05-28T20:26:47.404006Z").value(),
          .type = "review"};
}

// One with every member that there is.
Leaf Fullest() {
  Leaf leaf = Smallest();
  leaf.amends = Id("019e7044-9676-7577-a2bd-0e367f5b8eaf");
  leaf.caller_id = "scoring";
  leaf.caller_kind = "component";
  leaf.decision = Id("019e7044-8800-7c0c-8299-8ad991643b37");
  leaf.facts.Set("verdict", "allow").Set("score", "0.8750").Set("n", Json::Array().Append(1));
  leaf.marks = {"against_verdict", "late"};
  leaf.producer = {.id = "scoring", .epoch = Id("050c3950-5da4-4ddb-ac05-12af62e0c50f"), .seq = 7};
  leaf.sections = {{"person.2", Digest()}, {"inputs", Digest()}, {"person", Digest()}};
  leaf.type = "authorization";
  return leaf;
}

// The same bytes by way of the general writer, which knows nothing of leaves.
std::string EncodeAsJson(const Leaf& leaf) {
  Json json = Json::Object();
  Json caller = Json::Object();
  caller.Set("kind", leaf.caller_kind);
  if (!leaf.caller_id.empty()) caller.Set("id", leaf.caller_id);
  json.Set("v", 1).Set("type", leaf.type).Set("id", leaf.id.ToText());
  json.Set("ledger", leaf.ledger).Set("time", ToRfc3339(leaf.time));
  json.Set("caller", caller).Set("request", leaf.request.ToText());
  if (leaf.amends) json.Set("amends", leaf.amends->ToText());
  if (leaf.decision) json.Set("decision", leaf.decision->ToText());
  if (!leaf.facts.empty()) json.Set("facts", leaf.facts);
  if (leaf.producer) {
    Json producer = Json::Object();
    producer.Set("id", leaf.producer->id).Set("epoch", leaf.producer->epoch.ToText());
    producer.Set("seq", leaf.producer->seq);
    json.Set("producer", producer);
  }
  Json marks = Json::Array();
  for (const std::string& mark : leaf.marks) marks.Append(mark);
  if (!marks.empty()) json.Set("marks", marks);
  Json sections = Json::Object();
  for (const auto& [name, commitment] : leaf.sections) {
    Json section = Json::Object();
    section.Set("c", commitment.ToBase64());
    sections.Set(name, section);
  }
  if (!sections.empty()) json.Set("sections", sections);
  return json.Encode();
}

TEST(Leaf, IsTheCanonicalJsonOfItsMembers) {
  EXPECT_EQ(EncodeLeaf(Smallest()).value(), EncodeAsJson(Smallest()));
  EXPECT_EQ(EncodeLeaf(Fullest()).value(), EncodeAsJson(Fullest()));
}

TEST(Leaf, ReadsBackWhatWasWritten) {
  Leaf sorted = Fullest();
  std::sort(sorted.sections.begin(), sorted.sections.end());

  EXPECT_EQ(ParseLeaf(EncodeLeaf(Smallest()).value()).value(), Smallest());
  EXPECT_EQ(ParseLeaf(EncodeLeaf(Fullest()).value()).value(), sorted);
}

TEST(Leaf, IsFinishedToTheSameBytesAsWrittenAtOnce) {
  for (const Leaf& original : {Smallest(), Fullest()}) {
    const UnfinishedLeaf unfinished = UnfinishedLeaf::Make(original).value();
    for (const std::vector<std::string>& marks :
         {std::vector<std::string>{}, {"late"}, {"against_verdict", "late", "unresolved"}}) {
      Leaf whole = original;
      whole.marks = marks;
      whole.time = original.time + absl::Microseconds(1);

      EXPECT_EQ(unfinished.Finish(whole.time, marks), EncodeLeaf(whole).value());
      EXPECT_LE(unfinished.Finish(whole.time, marks).size(), unfinished.size_bound());
    }
    EXPECT_EQ(unfinished.id(), original.id);
    EXPECT_EQ(unfinished.request(), original.request);
  }
}

TEST(Leaf, RefusesEachMemberOfAnotherForm) {
  const Uuid version4 = Id("09d98b9e-58b9-40d8-a8a3-e8d34fcd4a48");
  const Uuid version1 = Id("019e7044-8800-16b1-9d0e-ed536ce055fb");
  const std::vector<std::pair<const char*, std::function<void(Leaf&)>>> spoils = {
      {"amends", [&](Leaf& leaf) { leaf.amends = version4; }},
      {"caller.kind", [](Leaf& leaf) { leaf.caller_kind = "robot"; }},
      {"caller.id", [](Leaf& leaf) { leaf.caller_id = "Scoring"; }},
      {"caller.id", [](Leaf& leaf) { leaf.caller_id = ""; }},
      {"caller.id", [](Leaf& leaf) { leaf.caller_kind = "human"; }},
      {"decision", [&](Leaf& leaf) { leaf.decision = version4; }},
      {"", [](Leaf& leaf) { leaf.facts.Set("Name", 1); }},
      {"", [](Leaf& leaf) { leaf.facts.Set("n", kMaxJsonInteger + 1); }},
      {"", [](Leaf& leaf) { leaf.facts = "text"; }},
      {"id", [&](Leaf& leaf) { leaf.id = version4; }},
      {"id", [](Leaf& leaf) { leaf.id = Uuid(); }},
      {"ledger", [](Leaf& leaf) { leaf.ledger = "https://candor.example/a"; }},
      {"marks",
       [](Leaf& leaf) {
         leaf.marks = {"late", "late"};
       }},
      {"marks",
       [](Leaf& leaf) {
         leaf.marks = {"late", "against_verdict"};
       }},
      {"marks", [](Leaf& leaf) { leaf.marks = {"Late"}; }},
      {"producer.id", [](Leaf& leaf) { leaf.producer->id = "A"; }},
      {"producer.epoch", [&](Leaf& leaf) { leaf.producer->epoch = version1; }},
      {"producer.seq", [](Leaf& leaf) { leaf.producer->seq = 0; }},
      {"producer.seq", [](Leaf& leaf) { leaf.producer->seq = std::uint64_t{1} << 53; }},
      {"request", [&](Leaf& leaf) { leaf.request = version1; }},
      {"sections", [](Leaf& leaf) { leaf.sections.emplace_back("Person", Digest()); }},
      {"sections", [](Leaf& leaf) { leaf.sections.emplace_back("person", Digest()); }},
      {"time", [](Leaf& leaf) { leaf.time = absl::InfiniteFuture(); }},
      {"time", [](Leaf& leaf) { leaf.time = absl::FromUnixSeconds(-62'135'596'801); }},
      {"type", [](Leaf& leaf) { leaf.type = "Review"; }},
      {"leaf", [](Leaf& leaf) { leaf.facts.Set("long", std::string(kMaxLeafBytes, 'x')); }},
  };
  for (const auto& [member, spoil] : spoils) {
    Leaf leaf = Fullest();
    spoil(leaf);

    const absl::Status status = EncodeLeaf(leaf).status();

    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << member;
    EXPECT_EQ(std::string(status.message()).substr(0, std::string(member).size()), member);
  }
}

TEST(Leaf, CountsTheDepthOfItsFactsFromItself) {
  Json six = Json::Array();
  for (int i = 1; i < 6; ++i) six = Json::Array().Append(std::move(six));
  Leaf leaf = Smallest();
  leaf.facts.Set("deep", six);
  EXPECT_TRUE(ParseLeaf(EncodeLeaf(leaf).value()).ok());

  leaf.facts.Set("deep", Json::Array().Append(six));
  EXPECT_FALSE(EncodeLeaf(leaf).ok());
}

TEST(Leaf, KeepsRoomForMarksInItsSize) {
  Leaf leaf = Smallest();
  const std::size_t rest =
      EncodeLeaf(leaf).value().size() + std::string(R"("facts":{"a":""},)").size();
  leaf.facts.Set("a", std::string(kMaxLeafBytes - rest, 'x'));
  EXPECT_EQ(EncodeLeaf(leaf).value().size(), kMaxLeafBytes);
  EXPECT_FALSE(UnfinishedLeaf::Make(leaf).ok());

  leaf.facts.Set("a", std::string(kMaxLeafBytes - rest - UnfinishedLeaf::kMarksRoom, 'x'));
  ASSERT_TRUE(UnfinishedLeaf::Make(leaf).ok());
  EXPECT_EQ(UnfinishedLeaf::Make(leaf)->size_bound(), kMaxLeafBytes);
}

TEST(LeafDeathTest, AbortsForMarksThatAreNotSortedOrTooMany) {
  const UnfinishedLeaf unfinished = UnfinishedLeaf::Make(Smallest()).value();
  const absl::Time time = Smallest().time;
  std::vector<std::string> many;
  for (char c = 'a'; c <= 'z'; ++c) many.push_back(std::string(30, c));

  EXPECT_DEATH(unfinished.Finish(time, {"late", "against_verdict"}), "CheckMarks");
  EXPECT_DEATH(unfinished.Finish(time, many), "kMarksRoom");
}

// Each text is the smallest leaf with one thing changed.
TEST(Leaf, RefusesToReadWhatItWouldNotWrite) {
  const std::string good = EncodeLeaf(Smallest()).value();
  const std::pair<std::string_view, std::string_view> changes[] = {
      {R"({"caller")", R"({"amends":"x","caller")"},
      {R"({"caller")", R"({"amends":7,"caller")"},
      {R"({"kind":"human"})", R"({"id":"x","kind":"human"})"},
      {R"({"kind":"human"})", R"({"kind":"service"})"},
      {R"({"kind":"human"})", R"({"id":5,"kind":"service"})"},
      {R"({"kind":"human"})", R"({"id":"x","kind":"service","name":"y"})"},
      {R"({"kind":"human"})", R"("human")"},
      {R"("id":"019e)", R"("facts":[],"id":"019e)"},
      {R"("id":"019e)", R"("facts":{},"id":"019e)"},
      {R"("id":"019e)", R"("extra":1,"id":"019e)"},
      {R"(,"ledger":"candor.example/a")", ""},
      {R"("candor.example/a")", "5"},
      {R"(,"request")", R"(,"marks":[],"request")"},
      {R"(,"request")", R"(,"marks":[1],"request")"},
      {R"(,"request")", R"(,"marks":"late","request")"},
      {R"(,"request")", R"(,"marks":["late","late"],"request")"},
      {R"(,"request")", R"(,"producer":"x","request")"},
      {R"(,"request")", R"(,"producer":{"id":"x","seq":1},"request")"},
      {R"(,"time")", R"(,"sections":{},"time")"},
      {R"(,"time")", R"(,"sections":[],"time")"},
      {R"(,"time")", R"(,"sections":{"person":{}},"time")"},
      {R"(,"time")", R"(,"sections":{"person":"x"},"time")"},
      {R"(,"time")", R"(,"sections":{"person":{"c":"AA=="}},"time")"},
      {".404006Z", ".404Z"},
      {R"("time":"2026-05-28T20:26:47.404006Z")", R"("time":1)"},
      {R"("type":"review")", R"("type":1)"},
      {R"("v":1)", R"("v":2)"},
      {R"("v":1)", R"("v":"1")"},
      {R"(,"v":1)", ""},
      {"}", "}\n"},
  };
  for (const auto& [from, to] : changes) {
    std::string changed = good;
    const std::size_t at = from == "}" ? changed.size() - 1 : changed.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    changed.replace(at, from.size(), to);

    EXPECT_EQ(ParseLeaf(changed).status().code(), absl::StatusCode::kInvalidArgument) << changed;
  }
}

TEST(Leaf, ReadsProducersAndSections) {
  std::string text = EncodeLeaf(Fullest()).value();
  const auto refused = [&](std::string_view from, std::string_view to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return !ParseLeaf(changed).ok();
  };

  EXPECT_TRUE(refused(R"("seq":7)", R"("seq":0)"));
  EXPECT_TRUE(refused(R"("seq":7)", R"("seq":"7")"));
  EXPECT_TRUE(refused(R"("seq":7)", R"("seq":7,"x":1)"));
  EXPECT_TRUE(refused(R"({"c":)", R"({"d":)"));
  EXPECT_TRUE(refused("A=\"}", "A=\",\"d\":1}"));
  EXPECT_TRUE(refused("AAA=\"", "AAB=\""));
}

TEST(DerivedRequest, IsVersion8AndTheSameForTheSameLeaf) {
  const Uuid after = Id("019e7044-8800-7f89-807b-455e1f0350f8");

  EXPECT_EQ(DerivedRequest("gap", after).version(), 8);
  EXPECT_EQ(DerivedRequest("gap", after), DerivedRequest("gap", after));
  EXPECT_NE(DerivedRequest("gap", after), DerivedRequest("anchor", after));
}

}  // namespace
}  // namespace candor::core
