// Against codes.json and time_and_ids.json of the format's vectors.
#include "tests/testing/vectors.h"

#include "services/base/clock.h"
#include "services/core/leaf/leaf.h"
#include "services/core/text/grammar.h"

namespace candor::core {
namespace {

using testing::Vector;

class GrammarVectors : public testing::WithVectors {
 protected:
  // Asks `accepts` about the text of every case; returns how many there were.
  template <typename Accepts>
  static std::size_t Check(const Vector& cases, const char* member, Accepts accepts) {
    for (const Vector& c : cases) {
      const auto text = c[member].get<std::string>();
      EXPECT_EQ(accepts(text), c["accept"].get<bool>()) << c;
    }
    return cases.size();
  }
};

TEST_F(GrammarVectors, AgreeOnCodes) {
  EXPECT_EQ(Check(testing::ReadVectors("format/codes.json")["cases"], "code", IsCode), 47U);
}

TEST_F(GrammarVectors, AgreeOnTimesNamesNumbersAndBase64) {
  const Vector v = testing::ReadVectors("format/time_and_ids.json");

  Check(v["time"], "time", [](const std::string& text) { return FromRfc3339(text).has_value(); });
  Check(v["origin"], "origin", IsOrigin);
  Check(v["section_name"], "name", IsSectionName);
  Check(v["decimal"], "text", IsDecimal);
  Check(v["base64"], "text", [](const std::string& text) { return FromBase64(text).has_value(); });
}

TEST_F(GrammarVectors, AgreeOnIds) {
  const Vector v = testing::ReadVectors("format/time_and_ids.json");

  Check(v["leaf_id"], "id", [](const std::string& text) {
    const std::optional<Uuid> id = Uuid::FromText(text);
    return id && id->version() == 7;
  });
  Check(v["request_from_caller"], "id", [](const std::string& text) {
    const std::optional<Uuid> id = Uuid::FromText(text);
    return id && (id->version() == 4 || id->version() == 7);
  });
}

TEST_F(GrammarVectors, AgreeOnDerivedRequests) {
  const Vector cases = testing::ReadVectors("format/time_and_ids.json")["derived_request"];
  for (const Vector& c : cases) {
    EXPECT_EQ(DerivedRequest(c["type"].get<std::string>(), testing::IdOf(c["after"])).ToText(),
              c["request"].get<std::string>());
  }
  EXPECT_EQ(cases.size(), 12U);
}

}  // namespace
}  // namespace candor::core
