#include "clients/cli/template.h"

#include <gtest/gtest.h>

namespace candor::cli {
namespace {

JsonObject Object(const std::string& text) {
  return ParseObject(text, "test").value();
}

std::string Filled(const std::string& form, const std::string& row, const Words& words = {}) {
  return EncodeJson(Fill(Object(form), Object(row), words));
}

TEST(Templates, PutValuesWhereColumnsAreNamed) {
  EXPECT_EQ(Filled(R"({"a":{"b":"p-{id}-{x}"},"c":["{id}",1,true]})", R"({"id":"7","x":2.5})"),
            R"({"a":{"b":"p-7-2.5"},"c":["7",1,true]})");
}

TEST(Templates, LeaveOutWhatComesOutEmpty) {
  EXPECT_EQ(Filled(R"({"a":{"b":"{gone}"},"c":["{empty}"],"d":"{null}","e":"x"})", R"({"empty":"","null":null})"),
            R"({"e":"x"})");
}

TEST(Templates, MakeJsonTextsInWhichDecimalsAreNumbers) {
  EXPECT_EQ(Filled(R"({"in_json":{"b":"{x}","a":"{y}","c":"{z}","d":"{long}"},"x":"{x}"})",
                   R"({"x":"0.5","y":"007","z":"-3","long":"1234567890123456789"})"),
            R"({"in_json":"{\"a\":\"007\",\"b\":0.5,\"c\":-3,\"d\":\"1234567890123456789\"}","x":"0.5"})");
}

TEST(Templates, TakeTheWordThatStandsForAText) {
  const Words words = {{"deny", {{"yes", "denied"}, {"1", "denied"}}}};
  EXPECT_EQ(Filled(R"({"a":"{deny}"})", R"({"deny":"yes"})", words), R"({"a":"denied"})");
  EXPECT_EQ(Filled(R"({"a":"{deny}"})", R"({"deny":1})", words), R"({"a":"denied"})");
  EXPECT_EQ(Filled(R"({"a":"{deny}"})", R"({"deny":"maybe"})", words), R"({"a":"maybe"})");
}

TEST(Templates, NameTheirColumns) {
  EXPECT_EQ(ColumnsOf(Object(R"({"a":["{b}","{c}{d}",{"e":"x{f}"}],"{g}":"{h"})")),
            (std::set<std::string>{"b", "c", "d", "f"}));
}

TEST(Members, AreSetByPath) {
  JsonObject object;
  ASSERT_TRUE(SetMember(object, "a.b", "x").ok());
  ASSERT_TRUE(SetMember(object, "a.list", "[1,{\"c\":2}]").ok());
  ASSERT_TRUE(SetMember(object, "inputs_json", "{\"d\": 1}").ok());
  EXPECT_FALSE(SetMember(object, "a.b.c", "x").ok());
  EXPECT_EQ(EncodeJson(object), R"({"a":{"b":"x","list":[1,{"c":2}]},"inputs_json":"{\"d\": 1}"})");
}

}  // namespace
}  // namespace candor::cli
