// Rows of the small tables, held against the leaves that tell of them.
#include "services/verify/told.h"

#include <gmock/gmock.h>

#include "tests/unit/verify/world_leaves.h"

namespace candor::verify {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

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

class RowsAndLeaves : public ::testing::Test {
 protected:
  // A leaf at the next position; its id.
  std::string Add(const std::string& type, core::Json facts, std::optional<std::string> oversight = {}) {
    TellingLeaf told{.position = leaves_.size(), .leaf = {}, .oversight = std::move(oversight)};
    told.leaf.type = type;
    told.leaf.id = IdOf(100 + leaves_.size(), 7);
    told.leaf.facts = std::move(facts);
    leaves_.push_back(told);
    return told.leaf.id.ToText();
  }

  std::vector<std::string> Found(const std::vector<ToldRow>& rows) const {
    Told told;
    for (const TellingLeaf& leaf : leaves_) told.Leaf(leaf);
    for (const ToldRow& row : rows) told.Row(row);
    Findings findings;
    told.End([this](std::uint64_t position) { return position == altered_; }, findings);
    std::vector<std::string> texts;
    for (const Finding& finding : std::move(findings).Take()) texts.push_back(ToText(finding));
    return texts;
  }

  // Fails unless `row` alone is right, and is named by each other value, if it is missing,
  // and if it stands twice.
  void ExpectHeld(const ToldRow& row) const {
    EXPECT_THAT(Found({row}), IsEmpty());
    EXPECT_THAT(Found({}), ElementsAre(::testing::HasSubstr("is missing: the leaf at that position tells of it")));
    EXPECT_THAT(Found({row, row}), ElementsAre(::testing::HasSubstr("stands twice")));
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      ToldRow other = row;
      other.values[i] += "1";
      EXPECT_FALSE(Found({other}).empty()) << row.table << " " << i;
    }
  }

  std::vector<TellingLeaf> leaves_;
  std::uint64_t altered_ = ~std::uint64_t{0};
};

TEST_F(RowsAndLeaves, OfLimitsSayTheSame) {
  Add("limits", Facts({{"amount_limit", "100"}, {"currency", "eur"}, {"authorization_seconds", 300},
                       {"outcome_seconds", 86400}}));

  ExpectHeld({.table = "limits", .values = {"0", "100", "eur", "", "300", "86400"}});
  EXPECT_THAT(Found({{.table = "limits", .values = {"0", "100", "usd", "", "300", "86400"}}}),
              ElementsAre("limits 0 currency: the row is not what the leaf at that position says"));
}

TEST_F(RowsAndLeaves, OfCodesNameTheFirstLeafThatDeclaredThem) {
  Add("decision_type", Facts({{"action", "pay"}, {"data_categories", List({"income"})}}));
  Add("codes", Facts({{"kind", "action"}, {"codes", List({"pay", "lend"})}}));
  const ToldRow registry{.table = "registry", .values = {"0", "decision_type"}};
  const std::vector<ToldRow> rows = {{.table = "catalogue", .values = {"action", "pay", "0"}},
                                     {.table = "catalogue", .values = {"data_category", "income", "0"}},
                                     {.table = "catalogue", .values = {"action", "lend", "1"}}};

  EXPECT_THAT(Found({registry, rows[0], rows[1], rows[2]}), IsEmpty());
  EXPECT_THAT(Found({registry, rows[0], rows[1]}),
              ElementsAre("catalogue 1: row action lend is missing: the leaf at that position tells of it"));
  EXPECT_THAT(Found({registry, rows[0], rows[1], rows[2], {.table = "catalogue", .values = {"action", "steal", "1"}}}),
              ElementsAre("catalogue 1: row action steal is told of by no leaf"));
  EXPECT_THAT(Found({registry, {.table = "catalogue", .values = {"action", "pay", "1"}}, rows[1], rows[2]}),
              ElementsAre("catalogue 0 position: row action pay is not what the leaf at that position says"));
}

TEST_F(RowsAndLeaves, OfTheRegistryNameEachOfItsLeaves) {
  for (const char* type : {"assurance", "model_state", "model_state_proposal", "stop", "stop_lifted"}) {
    leaves_.clear();
    Add(type, core::Json::Object());

    ExpectHeld({.table = "registry", .values = {"0", type}});
  }
  Add("codes", core::Json::Object());
  EXPECT_THAT(Found({{.table = "registry", .values = {"0", "stop_lifted"}}, {.table = "registry", .values = {"1", "codes"}}}),
              ElementsAre("registry 1: the row is told of by no leaf"));
}

TEST_F(RowsAndLeaves, OfCasesNameEachOfTheirLeaves) {
  Add("objection", core::Json::Object());
  Add("withdrawal", core::Json::Object());
  Add("read", core::Json::Object());
  Add("review", Facts({{"case", leaves_[0].leaf.id.ToText()}}));
  const std::string id = leaves_[0].leaf.id.ToText(), other = leaves_[1].leaf.id.ToText();
  const ToldRow first{.table = "cases", .values = {"0", id}}, second{.table = "cases", .values = {"1", other}},
      step{.table = "cases", .values = {"3", id}};

  EXPECT_THAT(Found({first, second, step}), IsEmpty());
  EXPECT_THAT(Found({first, step}), ::testing::SizeIs(1)) << "a withdrawal that the gate would not see";
  EXPECT_THAT(Found({first, second, step, {.table = "cases", .values = {"2", id}}}),
              ElementsAre("cases 2: the row is told of by no leaf"));
  EXPECT_THAT(Found({first, second, {.table = "cases", .values = {"3", "01890000-0000-7000-8000-0000000000ff"}}}),
              ElementsAre("cases 3 case_id: the row is not what the leaf at that position says"));
}

TEST_F(RowsAndLeaves, OfCodesAreThoseOfVersionsDataSetsAndReasonsToo) {
  Add("model_version", Facts({{"system", "s"}, {"model", "m"}, {"model_version", "v1"}, {"data_sets", List({"claims"})}}));
  Add("data_set", Facts({{"data_set", "claims"}, {"data_categories", List({"income"})}}));
  Add("reason_catalogue", Facts({{"language", "de"}, {"reasons", List({"late"})}}));

  EXPECT_THAT(Found({{.table = "registry", .values = {"0", "model_version"}},
                     {.table = "registry", .values = {"1", "data_set"}},
                     {.table = "registry", .values = {"2", "reason_catalogue"}},
                     {.table = "catalogue", .values = {"model", "m", "0"}},
                     {.table = "catalogue", .values = {"model_version", "v1", "0"}},
                     {.table = "catalogue", .values = {"data_set", "claims", "1"}},
                     {.table = "catalogue", .values = {"reason", "late", "2"}}}),
              IsEmpty());
}

TEST_F(RowsAndLeaves, OfGapsSayTheSame) {
  const std::string epoch = IdOf(9, 7).ToText();
  Add("gap", Facts({{"epoch", epoch}, {"missing", core::Json::Array().Append(Facts({{"first", 3}, {"last", 5}}))}}));

  ExpectHeld({.table = "gaps", .values = {epoch, "3", "5", "0"}});
}

TEST_F(RowsAndLeaves, OfClosedEpochsSayTheSame) {
  const std::string epoch = IdOf(9, 7).ToText();
  const std::string id = Add("epoch_closed", Facts({{"epoch", epoch}, {"producer", "bot"}, {"count", 12}}));

  ExpectHeld({.table = "closed_epochs", .values = {epoch, "bot", "12", id, "0"}});
}

TEST_F(RowsAndLeaves, OfPrincipalsSayTheSame) {
  const std::string id = Add("principal", Facts({{"principal", "bot"}, {"principal_kind", "component"},
                                                 {"roles", List({"component", "auditor"})}}));

  ExpectHeld({.table = "principals", .values = {id, "component", "bot", "component auditor"}});
}

TEST_F(RowsAndLeaves, CallAHumanByTheId) {
  const std::string id = Add("principal", Facts({{"principal_kind", "human"}, {"roles", List({"officer"})}}));

  ExpectHeld({.table = "principals", .values = {id, "human", id, "officer"}});
}

TEST_F(RowsAndLeaves, OfKeysStandForThePrincipalThatWasSealed) {
  const std::string first = IdOf(9, 7).ToText();
  const std::string core = Add("principal", Facts({{"principal", "core"}, {"principal_kind", "service"}, {"api_key", first}}));
  const std::string bot = Add("principal", Facts({{"principal", "bot"}, {"principal_kind", "component"}}));
  const std::string opened = Add("api_key", Facts({{"key_expires", "2030-01-01T00:00:00.000000Z"}}),
                                 "{\"principal_id\":\"" + bot + "\"}");
  const std::string sealed = Add("api_key", core::Json::Object());
  const std::vector<ToldRow> principals = {{.table = "principals", .values = {core, "service", "core", ""}},
                                           {.table = "principals", .values = {bot, "component", "bot", ""}}};
  const auto found = [&](const std::string& of_first, const std::string& of_opened, const std::string& of_sealed) {
    std::vector<ToldRow> rows = principals;
    rows.push_back({.table = "api_keys", .values = {first, of_first, ""}});
    rows.push_back({.table = "api_keys", .values = {opened, of_opened, "2030-01-01T00:00:00.000000Z"}});
    rows.push_back({.table = "api_keys", .values = {sealed, of_sealed, ""}});
    return Found(rows);
  };

  EXPECT_THAT(found(core, bot, bot), IsEmpty());
  EXPECT_THAT(found(core, bot, core), IsEmpty()) << "sealed: nobody can tell";
  EXPECT_THAT(found(bot, bot, bot), ElementsAre("api_keys 0 principal_id: row " + first +
                                                " is not what the leaf at that position says"));
  EXPECT_THAT(found(core, core, bot), ElementsAre("api_keys 2 principal_id: row " + opened +
                                                  " is not what the leaf at that position says"));
  EXPECT_THAT(found(core, bot, first), ElementsAre("api_keys 3 principal_id: row " + sealed + " names no principal"));
}

TEST_F(RowsAndLeaves, OfRevocationsAreNoMoreThanLeavesThatRevoke) {
  const std::string bot = Add("principal", Facts({{"principal", "bot"}})), other = Add("principal", Facts({{"principal", "b"}}));
  const std::vector<ToldRow> principals = {{.table = "principals", .values = {bot, "", "bot", ""}},
                                           {.table = "principals", .values = {other, "", "b", ""}}};
  const auto found = [&](const std::vector<std::string>& revoked) {
    std::vector<ToldRow> rows = principals;
    for (const std::string& id : revoked) rows.push_back({.table = "revocations", .values = {id}});
    return Found(rows);
  };
  EXPECT_THAT(found({bot}), ElementsAre("revocations: row " + bot + " is told of by no leaf"));

  Add("principal_disabled", core::Json::Object());
  EXPECT_THAT(found({bot}), IsEmpty());
  EXPECT_THAT(found({"nobody"}), ElementsAre("revocations: row nobody is told of by no leaf"));
  EXPECT_THAT(found({bot, other}), ElementsAre("revocations: row " + other + " is told of by no leaf"));

  leaves_.back().oversight = "{\"principal_id\":\"" + bot + "\"}";
  EXPECT_THAT(found({bot}), IsEmpty());
  EXPECT_THAT(found({other}), UnorderedElementsAre("revocations 2: row " + bot + " is missing: the leaf at that position tells of it",
                                                   "revocations: row " + other + " is told of by no leaf"));
}

TEST_F(RowsAndLeaves, AreNotBlamedForAnAlteredLeaf) {
  Add("limits", Facts({{"currency", "eur"}}));
  altered_ = 0;

  EXPECT_THAT(Found({{.table = "limits", .values = {"0", "", "usd", "", "", ""}}}), IsEmpty());
}

TEST_F(RowsAndLeaves, AreNotMissedWhereTheLeafMayLieBeyond) {
  EXPECT_THAT(Found({{.table = "limits", .values = {"7", "", "", "", "", ""}, .is_new = true}}), IsEmpty());
}

}  // namespace
}  // namespace candor::verify
