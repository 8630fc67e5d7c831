#include "services/core/json/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <type_traits>

namespace candor::core {
namespace {

static_assert(!std::is_constructible_v<Json, char>);
static_assert(!std::is_constructible_v<Json, double>);
static_assert(!std::is_constructible_v<Json, void*>);

std::string Nested(int depth) {
  std::string text = "{\"a\":";
  for (int i = 1; i < depth; ++i) text += '[';
  for (int i = 1; i < depth; ++i) text += ']';
  return text + "}";
}

TEST(Json, WritesMembersInOrderWhateverTheOrderTheyCameIn) {
  Json json = Json::Object();
  json.Set("b", 2).Set("a", Json::Array().Append("x").Append(true)).Set("b2", false);
  json.Set("a_", Json::Object()).Set("b", -3);

  EXPECT_EQ(json.Encode(), R"({"a":["x",true],"a_":{},"b":-3,"b2":false})");
}

TEST(Json, ReadsEveryKindAsWhatItMeans) {
  const char* pointer = "text";

  EXPECT_TRUE(Json(pointer).is_string());
  EXPECT_TRUE(Json(std::string_view("text")).is_string());
  EXPECT_TRUE(Json(true).is_bool());
  EXPECT_TRUE(Json(std::uint64_t{7}).is_int());
  EXPECT_TRUE(Json(true).boolean());
  EXPECT_TRUE(Json::Array().is_array());
  EXPECT_TRUE(Json::Object().is_object());
  EXPECT_TRUE(Json::Array().empty());
  EXPECT_FALSE(Json("").empty());
}

TEST(Json, FindsMembers) {
  Json json = Json::Object();
  json.Set("text", "t").Set("number", 5);

  ASSERT_NE(json.Find("text"), nullptr);
  EXPECT_EQ(*json.FindString("text"), "t");
  EXPECT_EQ(*json.FindInteger("number"), 5);
  EXPECT_EQ(json.FindString("number"), nullptr);
  EXPECT_EQ(json.FindInteger("text"), nullptr);
  EXPECT_EQ(json.Find("other"), nullptr);
  EXPECT_EQ(Json("text").Find("text"), nullptr);
}

TEST(JsonDeathTest, AbortsWhenTakenForAnotherKind) {
  EXPECT_DEATH(Json("text").integer(), "value != nullptr");
  EXPECT_DEATH(Json(1).members(), "value != nullptr");
  EXPECT_DEATH(Json(std::numeric_limits<std::uint64_t>::max()), "in_range");
}

// RFC 8785, section 3.2.2.2, and the example of section 3.2.2.
TEST(JsonString, IsEscapedAsTheRfcSays) {
  std::string out;

  AppendJsonString("\xE2\x82\xAC$\x0F\nA'B\"\\\\\"/", out);

  EXPECT_EQ(out, "\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
}

TEST(JsonString, EscapesExactlyControlsQuotesAndBackslashes) {
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    std::string out;
    AppendJsonString(std::string_view(&character, 1), out);
    const bool escaped = c < 0x20 || c == '"' || c == '\\';

    EXPECT_EQ(out.size() > 3, escaped) << c;
    EXPECT_EQ(out[1] == '\\', escaped) << c;
  }
}

TEST(Canonical, ReadsBackWhatWasWritten) {
  Json inner = Json::Object();
  inner.Set("integer", kMaxJsonInteger).Set("negative", -kMaxJsonInteger).Set("zero", 0);
  Json json = Json::Object();
  json.Set("array", Json::Array().Append(inner).Append("\b\t\n\f\r\"\\\x01\x1f/\x7f"));
  json.Set("text", "\xF0\x9F\x99\x82 \xE2\x80\xA8");

  const std::string bytes = json.Encode();

  EXPECT_EQ(ParseCanonical(bytes, JsonKind::kLeaf).value(), json);
  EXPECT_EQ(EncodeCanonical(json, JsonKind::kSection).value(), bytes);
}

TEST(Canonical, RefusesEveryOtherSpellingOfTheSameValue) {
  for (const char* text : {R"({"b":1,"a":2})",
                           R"({"a":1,"a":1})",
                           R"({"a": 1})",
                           R"({"a":1} )",
                           R"({"a":01})",
                           R"({"a":1.0})",
                           R"({"a":1e0})",
                           R"({"a":-0})",
                           R"({"a":+1})",
                           R"({"a":null})",
                           R"({"a":"\/"})",
                           R"({"a":"\u0061"})",
                           R"({"a":"\u000A"})",
                           R"({"a":"\u000a"})",
                           R"({"a":"\u001F"})",
                           R"({"a":"\u0000"})",
                           R"({"a":"\u00"})",
                           R"({"a":"\ud83d\ude42"})",
                           R"({"a":tru})",
                           R"({"a":[1,]})",
                           R"({"a":1,})",
                           R"({"A":1})",
                           R"({"a":-})",
                           R"(["a"])",
                           R"("a")",
                           "{\"a\":\"\n\"}",
                           "",
                           "{",
                           "{}{}",
                           R"({"a"})",
                           R"({a:1})",
                           R"({"a":9007199254740992})",
                           R"({"a":12345678901234567})"}) {
    EXPECT_FALSE(ParseCanonical(text, JsonKind::kLeaf).ok()) << text;
  }
}

TEST(Canonical, KeepsTheDepthOfItsKind) {
  EXPECT_TRUE(ParseCanonical(Nested(8), JsonKind::kLeaf).ok());
  EXPECT_FALSE(ParseCanonical(Nested(9), JsonKind::kLeaf).ok());
  EXPECT_TRUE(ParseCanonical(Nested(32), JsonKind::kSection).ok());
  EXPECT_FALSE(ParseCanonical(Nested(33), JsonKind::kSection).ok());
  EXPECT_FALSE(ParseCanonical(Nested(30'000), JsonKind::kSection).ok());
}

TEST(Canonical, RefusesToWriteWhatItWouldNotRead) {
  const auto refuses = [](Json value, JsonKind kind = JsonKind::kLeaf) {
    EXPECT_FALSE(ParseCanonical(value.Encode(), kind).ok());
    return !EncodeCanonical(value, kind).ok();
  };
  const auto with = [](const char* name, Json value) {
    Json json = Json::Object();
    json.Set(name, std::move(value));
    return json;
  };

  EXPECT_TRUE(refuses("text"));
  EXPECT_TRUE(refuses(with("Name", 1)));
  EXPECT_TRUE(refuses(with("a", kMaxJsonInteger + 1)));
  EXPECT_TRUE(refuses(with("a", "\xff")));
  EXPECT_TRUE(refuses(with("a", std::string(1, '\0'))));
  EXPECT_TRUE(refuses(with("facts", Json::Object())));
  EXPECT_TRUE(refuses(with("sections", Json::Object())));
  EXPECT_TRUE(refuses(with("sections", with("person.0", 1))));
  EXPECT_TRUE(refuses(with("sections", with("person.2", 1)), JsonKind::kSection));
  EXPECT_TRUE(refuses(with("a", std::string(kMaxLeafBytes, 'x'))));
  EXPECT_TRUE(EncodeCanonical(with("sections", with("person.2", 1)), JsonKind::kLeaf).ok());
  EXPECT_TRUE(EncodeCanonical(with("facts", Json::Object()), JsonKind::kSection).ok());
}

TEST(Canonical, RefusesToWriteTooDeep) {
  Json deep = Json::Array();
  for (int i = 2; i < 8; ++i) deep = Json::Array().Append(std::move(deep));
  Json eight = Json::Object();
  eight.Set("a", deep);
  Json nine = Json::Object();
  nine.Set("a", Json::Array().Append(std::move(deep)));

  EXPECT_TRUE(CheckCanonical(eight, JsonKind::kLeaf).ok());
  EXPECT_FALSE(CheckCanonical(nine, JsonKind::kLeaf).ok());
}

TEST(Canonical, NamesTheByteAndTheRuleButNotTheText) {
  const absl::Status status = ParseCanonical(R"({"a":"secret","a":1})", JsonKind::kLeaf).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "byte 17: names out of order");
}

}  // namespace
}  // namespace candor::core
