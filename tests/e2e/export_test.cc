// Audit bundles from a real server, checked by programs that never saw it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "candor/v1/audit_service.grpc.pb.h"
#include "services/core/json/json.h"
#include "tests/e2e/cli_run.h"
#include "tests/e2e/unpacked.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Exporting : public ::testing::Test {
 protected:
  Exporting() {
    const std::string file = KeyFile();
    std::ofstream(file) << officer_.key() << "\n";
    std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }

  void Decide(const std::string& person) const {
    v1::AuthorizeRequest question = Question(person);
    const auto asked = tenant_.component.Call<v1::AuthorizeResponse>(question);
    ASSERT_TRUE(asked.ok()) << asked.refusal();
    ASSERT_TRUE(tenant_.component.Call<v1::RecordResponse>(RecordOf(asked->authorization_id())).ok());
  }
  void Erase(const std::string& person) const {
    v1::ErasePersonRequest request;
    request.set_request_id(NewId());
    request.set_person_reference(person);
    request.set_ground(v1::ERASURE_GROUND_REQUEST);
    const auto erased = officer_.Call<v1::ErasePersonResponse>(request);
    ASSERT_TRUE(erased.ok()) << erased.refusal();
  }

  std::string KeyFile() const { return folder_.path() + "/officer.key"; }
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  Ran Export(const std::string& name, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"export", Path(name), "--server", world_.server().address(), "--key-file", KeyFile()});
    return RunCandor(more);
  }
  std::string Bytes(const std::string& name) const { return ReadText(Path(name)); }
  Ran Verify(const std::string& name, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"--vkey", tenant_.key.ToText()});
    return VerifyByBoth(Path(name), more);
  }
  std::string Sql(const std::string& sql) const {
    const auto answer = candor::testing::Session(candor::testing::Postgres::ForSuperuser(world_.database())).Run(sql);
    EXPECT_TRUE(answer.ok()) << answer.sqlstate << ": " << sql;
    return answer.value();
  }

  World& world_ = World::Get();
  const Folder folder_;
  const Tenant tenant_ = world_.MakeTenant();
  const Client officer_ = World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_COMPLIANCE}, "officer-1"));
};

TEST_F(Exporting, GivesAWholeRangeThatOthersVerify) {
  Decide("customer-1");
  ASSERT_EQ(Export("all.tar").exit, 0);

  const Ran ran = Verify("all.tar");
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("intact: yes"), HasSubstr("complete: whole range [0, "), HasSubstr("0 shown")));
  EXPECT_EQ(RunCandor({"verify", Path("all.tar"), "--vkey", tenant_.key.ToText()}).out, ran.out);
  EXPECT_THAT(Bytes("all.tar"), Not(HasSubstr("customer-1"))) << "what nobody asked for is not in it";
  const Unpacked bundle(Bytes("all.tar"));
  EXPECT_THAT(bundle.files.at("report/index.html"), HasSubstr(tenant_.origin));
  EXPECT_THAT(bundle.files.at("leaves/000000.ndjson"), HasSubstr("\"type\":\"export\"")) << "the export is an entry itself";
}

TEST_F(Exporting, ShowsTheSectionsThatWereAskedFor) {
  Decide("customer-1");
  ASSERT_EQ(Export("open.tar", {"--section", "person", "--section", "inputs", "--reason", "too_late"}).exit, 0);
  EXPECT_EQ(Verify("open.tar").exit, 0);

  std::istringstream lines(Unpacked(Bytes("open.tar")).files.at("sections.ndjson"));
  int persons = 0;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_THAT(line, ::testing::AnyOf(HasSubstr("\"section\":\"person\""), HasSubstr("\"section\":\"inputs\"")));
    persons += line.find("\"section\":\"person\"") != std::string::npos ? 1 : 0;
  }
  EXPECT_GE(persons, 1);
}

TEST_F(Exporting, GivesTheSameBytesToTheSameRequestAndGoesOnWhereItWasCutOff) {
  Decide("customer-1");
  const std::string id = NewId();
  const std::vector<std::string> words = {"--request-id", id, "--section", "inputs", "--reason", "too_late"};
  ASSERT_EQ(Export("first.tar", words).exit, 0);
  Decide("customer-2");

  ASSERT_EQ(Export("second.tar", words).exit, 0);
  EXPECT_EQ(Bytes("second.tar"), Bytes("first.tar"));

  std::ofstream(Path("third.tar." + id + ".part"), std::ios::binary) << Bytes("first.tar").substr(0, 10'001);
  ASSERT_EQ(Export("third.tar", words).exit, 0);
  EXPECT_EQ(Bytes("third.tar"), Bytes("first.tar"));

  std::ofstream(Path("fourth.tar." + id + ".part"), std::ios::binary) << std::string(10'001, 'x');
  const Ran damaged = Export("fourth.tar", words);
  EXPECT_EQ(damaged.exit, 2) << damaged;
  EXPECT_THAT(damaged.err, HasSubstr("is not what the server sent"));
  EXPECT_FALSE(std::filesystem::exists(Path("fourth.tar")));
}

TEST_F(Exporting, GivesWhatAFilterFindsAsTheLedgerStoodThen) {
  Decide("customer-1");
  const auto open = tenant_.component.Call<v1::AuthorizeResponse>(Question("customer-2"));
  ASSERT_TRUE(open.ok());
  const std::string id = NewId(), filter = "action = refund.grant AND outcome = granted";
  const std::vector<std::string> words = {"--filter", filter};
  std::vector<std::string> again = words;
  again.insert(again.end(), {"--request-id", id});
  ASSERT_EQ(Export("then.tar", again).exit, 0);
  const Ran ran = Verify("then.tar");
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("intact: yes"), HasSubstr("complete: not provable"), HasSubstr(filter)));
  const auto leaves = [&](const std::string& name) { return Unpacked(Bytes(name)).files.at("leaves/000000.ndjson"); };
  EXPECT_THAT(leaves("then.tar"), AllOf(HasSubstr("\"outcome\":\"granted\""), Not(HasSubstr(open->decision_id()))));

  ASSERT_TRUE(tenant_.component.Call<v1::RecordResponse>(RecordOf(open->authorization_id())).ok());
  ASSERT_EQ(Export("again.tar", again).exit, 0);
  EXPECT_EQ(Bytes("again.tar"), Bytes("then.tar"));
  ASSERT_EQ(Export("now.tar", words).exit, 0);
  EXPECT_THAT(leaves("now.tar"), HasSubstr(open->decision_id()));
  const Ran bad = Export("bad.tar", {"--filter", std::string(10'000, '(')});
  EXPECT_EQ(bad.exit, 1) << bad;
  EXPECT_THAT(bad.err, HasSubstr("filter"));
}

TEST_F(Exporting, ProvesWhatWasErasedAndNeverSendsWhatWas) {
  Decide("customer-1");
  Decide("customer-2");
  const std::string id = NewId();
  const std::vector<std::string> words = {"--section", "person", "--section", "inputs", "--reason", "too_late"};
  std::vector<std::string> again = words;
  again.insert(again.end(), {"--request-id", id});
  ASSERT_EQ(Export("before.tar", again).exit, 0);
  Erase("customer-1");

  const Ran refused = Export("again.tar", again);
  EXPECT_EQ(refused.exit, 1) << refused;
  EXPECT_THAT(refused.err, HasSubstr("somebody was erased since"));
  EXPECT_EQ(Verify("before.tar").exit, 0) << "what was taken before stays good";

  ASSERT_EQ(Export("after.tar", words).exit, 0);
  const Ran ran = Verify("after.tar");
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_THAT(ran.out, AllOf(HasSubstr(" erased"), HasSubstr("1 person")));
  EXPECT_THAT(Unpacked(Bytes("after.tar")).files.at("withheld.ndjson"), HasSubstr("\"reason\":\"erased\""));
}

TEST_F(Exporting, TakesARangeWithTheLeavesThatItNeedsFromOutside) {
  Decide("customer-1");
  Decide("customer-2");
  ASSERT_EQ(Export("all.tar").exit, 0);
  const std::uint64_t size = std::stoull(Sql("SELECT size FROM heads WHERE tenant_id = '" + tenant_.id + "'"));
  const std::string first = std::to_string(size - 6), end = std::to_string(size - 4);
  ASSERT_EQ(Export("some.tar", {"--first", first, "--end", end}).exit, 0);

  const Ran ran = Verify("some.tar");
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_THAT(ran.out, HasSubstr("complete: whole range [" + first + ", " + end + "), and 1 leaves outside"));
}

TEST_F(Exporting, ContinuesTheCheckpointThatTheRecipientHolds) {
  Decide("customer-1");
  ASSERT_EQ(Export("old.tar").exit, 0);
  std::ofstream(Path("checkpoint")) << Unpacked(Bytes("old.tar")).files.at("checkpoint");
  Decide("customer-2");
  const std::string held = Sql("SELECT position + 1 FROM entries WHERE tenant_id = '" + tenant_.id +
                               "' AND convert_from(leaf, 'UTF8') LIKE '%\"type\":\"export\"%'");
  ASSERT_EQ(Export("new.tar", {"--known-size", held}).exit, 0);

  const Ran ran = Verify("new.tar", {"--since", Path("checkpoint")});
  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_THAT(ran.out, HasSubstr("the checkpoint of size " + held + " is continued"));
  EXPECT_TRUE(Unpacked(Bytes("new.tar")).files.contains("consistency"));
}

TEST_F(Exporting, CannotHideALeafThatWasAlteredInTheDatabase) {
  Decide("customer-1");
  const std::string at = Sql("SELECT max(position) FROM entries WHERE tenant_id = '" + tenant_.id + "' AND verdict = 1");
  Sql("ALTER TABLE entries DISABLE TRIGGER USER");
  const std::string leaf = "convert_to(replace(convert_from(leaf, 'UTF8'), '\"verdict\":\"allow\"', '\"verdict\":\"deny\"'), 'UTF8')";
  Sql("UPDATE entries SET leaf = " + leaf + ", leaf_hash = sha256('\\x00'::bytea || " + leaf + ") WHERE tenant_id = '" + tenant_.id +
      "' AND position = " + at);
  Sql("ALTER TABLE entries ENABLE TRIGGER USER");
  ASSERT_EQ(Export("altered.tar").exit, 0);

  const Ran ran = Verify("altered.tar");
  EXPECT_EQ(ran.exit, 1) << ran;
  EXPECT_THAT(ran.out, HasSubstr("does not lead to the root of the checkpoint"));
}

TEST_F(Exporting, IsNotForComponents) {
  v1::ExportRequest request;
  request.set_request_id(NewId());
  EXPECT_TRUE(Refused(tenant_.component.CallTelling<v1::ExportResponse>(request).status, grpc::StatusCode::PERMISSION_DENIED,
                      "ROLE_MISSING"));
}

TEST_F(Exporting, RefusesWhatItCannotGive) {
  const auto says = [&](std::vector<std::string> words, const std::string& what) {
    const Ran ran = Export("never.tar", std::move(words));
    EXPECT_EQ(ran.exit, 1) << ran;
    EXPECT_THAT(ran.err, HasSubstr(what)) << ran;
    EXPECT_FALSE(std::filesystem::exists(Path("never.tar")));
  };
  const std::string entries = Sql("SELECT count(*) FROM entries WHERE tenant_id = '" + tenant_.id + "'");
  says({"--section", "person"}, "reason: is required");
  says({"--end", "100000"}, "end_position: is beyond the end of the ledger");
  says({"--first", "5", "--end", "5"}, "first_position: is not before the end");
  says({"--known-size", "100000"}, "known_size: is beyond the end of the ledger");
  EXPECT_EQ(Sql("SELECT count(*) FROM entries WHERE tenant_id = '" + tenant_.id + "'"), entries)
      << "nothing is left behind";
  std::ofstream(Path("there.tar")) << "mine";
  EXPECT_EQ(Export("there.tar").exit, 2);
  EXPECT_EQ(Bytes("there.tar"), "mine");
}

}  // namespace
}  // namespace candor::e2e
