#include <gtest/gtest.h>

#include <string>

#include "services/core/json/json.h"

namespace candor::core {
namespace {

constexpr int kDepth = 32;

bool Accepts(std::string_view text) {
  return CheckFreeJson(text, kDepth).ok();
}

// RFC 8259, section 13.
TEST(FreeJson, AcceptsTheExamplesOfTheRfc) {
  EXPECT_TRUE(Accepts(R"({
      "Image": {
          "Width":  800,
          "Height": 600,
          "Title":  "View from 15th Floor",
          "Thumbnail": {
              "Url":    "http://www.example.com/image/481989943",
              "Height": 125,
              "Width":  100
          },
          "Animated" : false,
          "IDs": [116, 943, 234, 38793]
        }
    })"));
  EXPECT_TRUE(Accepts(R"([{"precision": "zip", "Latitude": 37.7668, "Longitude": -122.3959},
                          {"Latitude": 37.371991, "Longitude": -122.026020, "State": ""}])"));
  EXPECT_TRUE(Accepts("\"Hello world!\""));
  EXPECT_TRUE(Accepts("42"));
  EXPECT_TRUE(Accepts("true"));
}

TEST(FreeJson, AcceptsEveryFormOfNumberAndEscape) {
  for (const char* text :
       {"0", "-0", "0.10", "-1.5e+10", "1E-2", "1e400", "null", "false", " \t\r\n1 ", "[]", "{}",
        "[ ]", "{ }", "[[],{}]", R"("\"\\\/\b\f\n\r\t\u0041\u0000")", R"("\ud83d\uDE42")",
        R"({"a":{"a":1},"b":[{"a":1}]})", R"({"":1," ":2})"}) {
    EXPECT_TRUE(Accepts(text)) << text;
  }
}

TEST(FreeJson, RefusesWhatIsNoJson) {
  for (const char* text : {"",
                           " ",
                           "01",
                           "+1",
                           ".5",
                           "1.",
                           "1e",
                           "1e+",
                           "-",
                           "NaN",
                           "Infinity",
                           "-Infinity",
                           "nul",
                           "truee",
                           "'a'",
                           "[1,]",
                           "[,1]",
                           "{\"a\":1,}",
                           "{,}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{a:1}",
                           "[1 2]",
                           "{\"a\":1 \"b\":2}",
                           "[1",
                           "{\"a\":1",
                           "[1}",
                           "{\"a\":1]",
                           "]",
                           "}",
                           "1 2",
                           "[]]",
                           "\"a",
                           "\"\n\"",
                           R"("\x41")",
                           R"("\u12")",
                           R"("\u123g")",
                           "\"\\",
                           "// a\n1",
                           "\x0c 1",
                           "\xEF\xBB\xBF[]",
                           "\"\xC3\"",
                           "\"\xED\xA0\xBD\""}) {
    EXPECT_FALSE(Accepts(text)) << text;
  }
  EXPECT_FALSE(Accepts(std::string_view("1\0", 2)));
  EXPECT_FALSE(Accepts(std::string_view("\"\0\"", 3)));
}

TEST(FreeJson, RefusesLoneSurrogates) {
  for (const char* text : {R"("\ud83d")", R"("\ude42")", R"("\ud83dx")", R"("\ud83d\u0041")",
                           R"("\ud83d\ud83d")", R"("\ude42\ud83d")"}) {
    EXPECT_FALSE(Accepts(text)) << text;
  }
}

TEST(FreeJson, RefusesANameTwiceHoweverItIsWritten) {
  EXPECT_FALSE(Accepts(R"({"a":1,"a":2})"));
  EXPECT_FALSE(Accepts(R"({"a":1,"\u0061":2})"));
  EXPECT_FALSE(Accepts(R"({"/":1,"\/":2})"));
  EXPECT_FALSE(Accepts("{\"\xF0\x9F\x99\x82\":1,\"\\ud83d\\ude42\":2}"));
  EXPECT_FALSE(Accepts("{\"\xC3\xA9\":1,\"\\u00e9\":2}"));
  EXPECT_FALSE(Accepts("{\"\xE2\x82\xAC\":1,\"\\u20AC\":2}"));
  EXPECT_FALSE(Accepts(R"([{"x":{"b":1,"a":[{"b":1}],"b":2}}])"));
  EXPECT_TRUE(Accepts("{\"e\xCC\x81\":1,\"\xC3\xA9\":2}"));
}

TEST(FreeJson, KeepsTheDepthItIsGiven) {
  EXPECT_TRUE(CheckFreeJson("[{\"a\":[]}]", 3).ok());
  EXPECT_FALSE(CheckFreeJson("[{\"a\":[]}]", 2).ok());
  EXPECT_TRUE(CheckFreeJson("1", 0).ok());
  EXPECT_FALSE(CheckFreeJson("[]", 0).ok());
  EXPECT_FALSE(CheckFreeJson("[]", -1).ok());
}

TEST(FreeJson, DoesNotRunOutOfStack) {
  const std::string open(200'000, '[');
  const std::string closed = open + std::string(open.size(), ']');

  EXPECT_FALSE(CheckFreeJson(open, 400'000).ok());
  EXPECT_TRUE(CheckFreeJson(closed, 200'000).ok());
  EXPECT_FALSE(CheckFreeJson(closed, 199'999).ok());
}

TEST(FreeJson, AcceptsVeryManyNamesAndStillSeesOneTwice) {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":0";

  EXPECT_TRUE(Accepts(text + "}"));
  EXPECT_FALSE(Accepts(text + ",\"77\":0}"));
}

}  // namespace
}  // namespace candor::core
