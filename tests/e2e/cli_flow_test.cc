// The command line against a real server: what a person types, reads and keeps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/e2e/cli_run.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class CommandLine : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::string File(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name), std::ios::binary) << text;
    return Path(name);
  }

  // A command that talks to the server, with the key in this file.
  Ran With(const std::string& key_file, std::vector<std::string> words,
           const std::string& input = {}) const {
    words.insert(words.end(), {"--server", world_.server().address(), "--key-file", key_file});
    return RunCandor(words, input);
  }
  Ran AsOperator(const std::vector<std::string>& words) const {
    return With(world_.server().state() + "/operator.apikey", words);
  }

  World& world_ = World::Get();
  const std::string folder_ = world_.folder().path() + "/" +
                              ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

// Makes a tenant by the command line alone, with keys for its system, a component and a
// compliance officer.
class Tour : public CommandLine {
 protected:
  void SetUp() override {
    CommandLine::SetUp();
    origin_ = "ledger.example.com/" + NewId();
    const Ran made =
        AsOperator({"tenant", "create", "--origin", origin_, "--first-principal", "core",
                    "--key-out", Path("system.key"), "--vkey-out", Path("vkey")});
    ASSERT_EQ(made.exit, 0) << made;
    const Ran component = AsSystem(
        {"key", "create", "--component", "refund_bot_client", "--out", Path("component.key")});
    ASSERT_EQ(component.exit, 0) << component;
    ASSERT_EQ(AsSystem({"system", "register", "refund_bot", "--model", "chooser", "--model-version",
                        "v7"})
                  .exit,
              0);
    ASSERT_EQ(AsSystem({"action", "register", "refund.grant", "--outcome", "granted", "--reason",
                        "too_late"})
                  .exit,
              0);
    const Ran officer = AsSystem({"principal", "create", "--kind", "human", "--human-code",
                                  "officer-1", "--role", "compliance", "--json"});
    ASSERT_EQ(officer.exit, 0) << officer;
    const std::string id = nlohmann::json::parse(officer.out)["principal"]["principal_id"];
    ASSERT_EQ(AsSystem({"key", "create", "--principal", id, "--out", Path("officer.key")}).exit, 0);
    ASSERT_EQ(AsSystem({"tenant", "limits", "--confidence-floor", "0.6", "--amount-limit", "100",
                        "--currency", "eur"})
                  .exit,
              0);
  }

  Ran AsSystem(const std::vector<std::string>& words) const {
    return With(Path("system.key"), words);
  }
  Ran AsComponent(const std::vector<std::string>& words, const std::string& input = {}) const {
    return With(Path("component.key"), words, input);
  }
  Ran AsOfficer(const std::vector<std::string>& words) const {
    return With(Path("officer.key"), words);
  }

  static std::string Question(const std::string& confidence) {
    return R"({"actor":{"system":"refund_bot"},"action":{"name":"refund.grant"},"person":{"reference":"c-1"},)"
           R"("inputs_json":"{\"days\":3}","confidence":")" +
           confidence + "\"}";
  }
  Ran Verify(std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"verify",   "ledger", "--database",  world_.database(),
                                      "--origin", origin_,  "--vkey-file", Path("vkey")};
    words.insert(words.end(), more.begin(), more.end());
    return RunCandor(words);
  }

  std::string origin_;
};

TEST_F(Tour, KeepsKeysFromEverybodyElse) {
  struct stat info {};
  for (const char* name : {"system.key", "component.key", "officer.key"}) {
    ASSERT_EQ(stat(Path(name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U) << name;
  }
  const std::string key = ReadText(Path("officer.key"));
  EXPECT_THAT(AsSystem({"key", "list", "--json"}).out,
              ::testing::Not(HasSubstr(key.substr(0, key.size() - 1))));
}

TEST_F(Tour, ExitsWithZeroOnlyForAllow) {
  const Ran allowed = AsComponent({"authorize"}, Question("0.9"));
  const Ran escalated = AsComponent({"authorize"}, Question("0.1"));
  const Ran refused = AsOfficer({"authorize", "--file", File("question", Question("0.9"))});

  EXPECT_EQ(allowed.exit, 0) << allowed;
  EXPECT_THAT(allowed.out, StartsWith("verdict        allow\n"));
  EXPECT_EQ(escalated.exit, 1) << escalated;
  EXPECT_THAT(escalated.out, StartsWith("verdict        escalate\n"));
  EXPECT_EQ(refused.exit, 1) << refused;
  EXPECT_THAT(refused.err, HasSubstr("(PERMISSION_DENIED)"));
}

TEST_F(Tour, KeepsReceiptsThatVerifyWithoutTheServer) {
  const Ran allowed =
      AsComponent({"authorize", "--out", Path("receipts"), "--json"}, Question("0.9"));
  ASSERT_EQ(allowed.exit, 0) << allowed;
  const std::string id = nlohmann::json::parse(allowed.out)["authorization_id"];
  const std::string stem = Path("receipts/") + id;

  const Ran verified = RunCandor({"verify", "receipt", stem + ".leaf.json", stem + ".tlog-proof",
                                  "--vkey-file", Path("vkey"), "--origin", origin_});
  EXPECT_EQ(verified.exit, 0) << verified;
  EXPECT_THAT(LineFromEnd(verified.out, 1), StartsWith("intact: yes, leaf "));
  EXPECT_THAT(LineFromEnd(verified.out, 0), StartsWith("complete: not provable "));

  const Ran again = AsSystem({"receipt", "get", "--leaf", id, "--out", Path("again")});
  EXPECT_EQ(again.exit, 0) << again;
  EXPECT_EQ(ReadText(Path("again/") + id + ".leaf.json"), ReadText(stem + ".leaf.json"));
}

TEST_F(Tour, RepeatsWithoutASecondEffect) {
  const std::string id = NewId();
  const Ran first = AsComponent({"authorize", "--request-id", id, "--json"}, Question("0.9"));
  const Ran second = AsComponent({"authorize", "--request-id", id, "--json"}, Question("0.9"));
  const Ran other = AsComponent({"authorize", "--request-id", id}, Question("0.8"));

  ASSERT_EQ(first.exit, 0) << first;
  const auto a = nlohmann::json::parse(first.out), b = nlohmann::json::parse(second.out);
  EXPECT_EQ(a["receipt"]["position"], b["receipt"]["position"]);
  EXPECT_EQ(a["authorization_id"], b["authorization_id"]);
  EXPECT_EQ(other.exit, 1) << other;
  EXPECT_THAT(other.err, HasSubstr("REQUEST_ID_REUSED"));
}

TEST_F(Tour, PrintsTheCheckpointAsItWasSigned) {
  const Ran printed = AsSystem({"checkpoint"});
  ASSERT_EQ(AsSystem({"checkpoint", "--out", Path("checkpoint")}).exit, 0);

  EXPECT_EQ(printed.exit, 0) << printed;
  EXPECT_THAT(printed.out, StartsWith(origin_ + "\n"));
  EXPECT_EQ(ReadText(Path("checkpoint")), printed.out);
}

TEST_F(Tour, ListsLeavesAsTheyWereHashed) {
  const Ran raw = AsOfficer({"leaf", "list", "--raw", "--to", "1"});
  const Ran json = AsOfficer({"leaf", "list", "--json", "--from", "1", "--to", "3"});

  EXPECT_EQ(raw.exit, 0) << raw;
  EXPECT_THAT(raw.out, HasSubstr("\"type\":\"ledger\",\"v\":1}\n"));
  EXPECT_THAT(json.out, StartsWith("{\"position\":1,\"leaf\":{"));
  EXPECT_THAT(json.out, HasSubstr("\n{\"position\":2,\"leaf\":{"));
}

TEST_F(Tour, VerifiesTheWholeLedgerInItsDatabaseAndFromItsServer) {
  ASSERT_EQ(AsSystem({"checkpoint", "--out", Path("earlier")}).exit, 0);
  ASSERT_EQ(AsComponent({"authorize"}, Question("0.9")).exit, 0);
  ASSERT_EQ(AsSystem({"checkpoint", "--out", Path("now")}).exit, 0);

  const Ran ledger = Verify({"--keys", world_.server().state() + "/keys", "--checkpoint",
                             Path("now"), "--checkpoint", Path("earlier")});
  EXPECT_EQ(ledger.exit, 0) << ledger;
  EXPECT_THAT(LineFromEnd(ledger.out, 1), StartsWith("intact: yes, "));
  EXPECT_THAT(LineFromEnd(ledger.out, 0), StartsWith("complete: whole range [0, "));
  EXPECT_THAT(ledger.out, HasSubstr("log only"));

  const Ran server =
      AsOfficer({"verify", "server", "--vkey-file", Path("vkey"), "--since", Path("earlier")});
  EXPECT_EQ(server.exit, 0) << server;
  EXPECT_THAT(LineFromEnd(server.out, 0), StartsWith("complete: whole range [0, "));
}

TEST_F(Tour, DoesNotTrustAnotherKey) {
  const core::VerifierKey other = core::VerifierKey::Of(origin_, crypto::PublicKey{1});

  const Ran ledger = RunCandor({"verify", "ledger", "--database", world_.database(), "--origin",
                                origin_, "--vkey", other.ToText()});
  const Ran server = AsOfficer({"verify", "server", "--vkey", other.ToText()});

  EXPECT_EQ(ledger.exit, 1) << ledger;
  EXPECT_THAT(LineFromEnd(ledger.out, 0), StartsWith("complete: not provable"));
  EXPECT_EQ(server.exit, 1) << server;
}

TEST_F(Tour, CannotVerifyWhatItMayNotRead) {
  const Ran server = AsComponent({"verify", "server"});
  EXPECT_EQ(server.exit, 2) << server;
  EXPECT_THAT(server.err, HasSubstr("next:"));

  const Ran nowhere =
      RunCandor({"verify", "ledger", "--database", "postgresql://nobody@/nothing?host=/nowhere"});
  EXPECT_EQ(nowhere.exit, 2) << nowhere;
  EXPECT_THAT(nowhere.err, HasSubstr("see that PostgreSQL runs there"));

  const Ran which =
      RunCandor({"verify", "ledger", "--database", world_.database(), "--origin", "a.example/b"});
  EXPECT_EQ(which.exit, 2) << which;
  EXPECT_THAT(which.err, HasSubstr(origin_));
}

TEST_F(Tour, BringsKeysBackThatOpenTheLedger) {
  const std::string keys = world_.server().state() + "/keys",
                    passphrase = File("passphrase", "a long passphrase\n");
  const Ran backup =
      RunCandor({"keys", "backup", "--keys", keys, "--marks", world_.server().state() + "/marks",
                 "--out", Path("backup"), "--passphrase-file", passphrase});
  ASSERT_EQ(backup.exit, 0) << backup;
  EXPECT_THAT(ReadText(Path("backup")),
              ::testing::Not(HasSubstr(ReadText(keys + "/operator.1.key").substr(0, 64))));

  const std::vector<std::string> restore = {
      "keys",       "restore",           "--in",    Path("backup"), "--keys",
      Path("keys"), "--passphrase-file", passphrase};
  const Ran restored = RunCandor(restore), again = RunCandor(restore);
  ASSERT_EQ(restored.exit, 0) << restored;
  EXPECT_EQ(again.exit, 2) << again;
  EXPECT_THAT(again.err, HasSubstr("nothing was restored"));

  const Ran verified = Verify({"--keys", Path("keys")});
  EXPECT_EQ(verified.exit, 0) << verified;
  EXPECT_THAT(verified.out, HasSubstr("sections opened and held against their leaves"));
}

// One place of the database is altered behind the service's back, by somebody who may do
// anything there; then it is named.
class Altered : public Tour {
 protected:
  void SetUp() override {
    Tour::SetUp();
    const Ran allowed = AsComponent({"authorize", "--json"}, Question("0.9"));
    ASSERT_EQ(allowed.exit, 0) << allowed;
    position_ = nlohmann::json::parse(allowed.out)["receipt"]["position"];
    ASSERT_EQ(AsSystem({"checkpoint", "--out", Path("checkpoint")}).exit, 0);
    Must("ALTER TABLE entries DROP CONSTRAINT IF EXISTS entries_leaf_hash_is_of_leaf");
    where_ = " WHERE tenant_id = (SELECT tenant_id FROM tenants WHERE origin = '" + origin_ + "')";
    row_ = where_ + " AND position = " + position_;
  }

  void Must(const std::string& sql) {
    const candor::testing::Answer answer = session_.Run(sql);
    ASSERT_TRUE(answer.ok()) << answer.sqlstate << ": " << sql;
  }
  // Waits until the published checkpoint is that of the head.
  void AwaitPublished() {
    const std::string level = "SELECT EXISTS (SELECT FROM checkpoints JOIN heads USING (tenant_id, size)" + where_ + ")";
    while (session_.Run(level).value() != "t") std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  // `column` with a bit of a byte flipped.
  static std::string Flip(const std::string& column, int byte) {
    const std::string at = std::to_string(byte);
    return column + " = set_byte(" + column + ", " + at + ", get_byte(" + column + ", " + at +
           ") # 1)";
  }
  std::string Found() const {
    const Ran ran =
        Verify({"--keys", world_.server().state() + "/keys", "--checkpoint", Path("checkpoint")});
    EXPECT_EQ(ran.exit, 1) << ran;
    EXPECT_THAT(LineFromEnd(ran.out, 1), StartsWith("intact: no, "));
    EXPECT_THAT(LineFromEnd(ran.out, 0), StartsWith("complete: not provable "));
    return ran.out;
  }

  candor::testing::Session session_{candor::testing::Postgres::ForSuperuser(world_.database())};
  std::string position_, where_, row_;
};

TEST_F(Altered, ColumnsOfEntriesAreNamed) {
  Must("CREATE TEMPORARY TABLE before AS SELECT * FROM entries" + row_);
  const std::vector<std::pair<const char*, std::string>> changes = {
      {"leaf_id", "leaf_id = gen_random_uuid()"},
      {"request_id", "request_id = gen_random_uuid()"},
      {"decision_id", "decision_id = gen_random_uuid()"},
      {"closes_id", "closes_id = gen_random_uuid()"},
      {"verdict", "verdict = 4"},
      {"expire_time", "expire_time = expire_time + interval '1 microsecond'"},
      {"due_time", "due_time = NULL"},
      {"epoch", "epoch = gen_random_uuid(), seq = 1"},
      {"seq", "epoch = gen_random_uuid(), seq = 1"},
      {"leaf_hash", Flip("leaf_hash", 31)},
      {"chain_hash", Flip("chain_hash", 0)},
      {"leaf", Flip("leaf", 60)}};
  for (const auto& [column, change] : changes) {
    Must("UPDATE entries SET " + change + row_);

    EXPECT_THAT(Found(), HasSubstr("\n  entries " + position_ + " " + column + ": ")) << column;

    Must("DELETE FROM entries" + row_);
    Must("INSERT INTO entries SELECT * FROM before");
  }
  EXPECT_EQ(Verify().exit, 0);
}

TEST_F(Altered, MissingRowsAreNamed) {
  Must("DELETE FROM entries" + row_);

  EXPECT_THAT(Found(), HasSubstr("\n  entries " + position_ + ": is missing"));
}

TEST_F(Altered, HeadAndCheckpointAreNamed) {
  Must("CREATE TEMPORARY TABLE head AS SELECT * FROM heads" + where_);
  for (const char* column : {"root", "chain", "range"}) {
    Must("UPDATE heads SET " + Flip(column, 5) + where_);
    EXPECT_THAT(Found(), HasSubstr(std::string("\n  heads ") + column + ": "));
    Must(
        "UPDATE heads SET root = head.root, chain = head.chain, range = head.range FROM head "
        "WHERE heads.tenant_id = head.tenant_id");
  }
  Must("UPDATE heads SET time = time + interval '1 second'" + where_);
  EXPECT_THAT(Found(), HasSubstr("\n  heads time: "));
  Must("UPDATE heads SET time = head.time FROM head WHERE heads.tenant_id = head.tenant_id");

  AwaitPublished();  // Else it would be put right again.
  Must("UPDATE checkpoints SET size = size - 1" + where_);
  EXPECT_THAT(Found(), HasSubstr("\n  checkpoints size: "));
}

TEST_F(Altered, RowsThatRepeatALeafAreNamed) {
  const std::string tenant = "SELECT tenant_id, gen_random_uuid(), ";
  const std::string from = " FROM tenants WHERE origin = '" + origin_ + "'";
  const std::vector<std::pair<const char*, std::string>> changes = {
      {"limits [0-9]+ amount: the row is not what the leaf at that position says", "UPDATE limits SET amount = '100000'" + where_},
      {"limits [0-9]+: the row is missing: the leaf at that position tells of it", "UPDATE limits SET position = " + position_ + where_},
      {"limits 1000000: the row is told of by no leaf", "UPDATE limits SET position = 1000000" + where_},
      {"catalogue [0-9]+: row action refund.steal is told of by no leaf", "UPDATE catalogue SET code = 'refund.steal'" + where_ + " AND kind = 'action'"},
      {"catalogue [0-9]+: row outcome granted is missing", "DELETE FROM catalogue" + where_ + " AND kind = 'outcome'"},
      {"gaps 1: row .* 1 is told of by no leaf", "INSERT INTO gaps (tenant_id, epoch, first_seq, last_seq, position) " + tenant + "1, 9, 1" + from},
      {"closed_epochs 1: row .* is told of by no leaf", "INSERT INTO closed_epochs (tenant_id, epoch, producer, count, leaf_id, position) " + tenant +
                            "'bot', 3, gen_random_uuid(), 1" + from}};
  for (const auto& [what, change] : changes) {
    Must("BEGIN");
    Must("CREATE TEMPORARY TABLE l AS SELECT * FROM limits" + where_);
    Must("CREATE TEMPORARY TABLE c AS SELECT * FROM catalogue" + where_);
    Must("COMMIT");
    Must(change);

    EXPECT_THAT(Found(), ::testing::ContainsRegex(std::string("\n  ") + what)) << change;

    for (const char* other : {"limits", "catalogue", "gaps", "closed_epochs"}) Must(std::string("DELETE FROM ") + other + where_);
    Must("INSERT INTO limits SELECT * FROM l; INSERT INTO catalogue SELECT * FROM c; DROP TABLE l, c");
  }
}

TEST_F(Altered, SealedSectionsAreNamed) {
  Must("CREATE TEMPORARY TABLE before AS SELECT * FROM sealed" + row_);
  const std::vector<std::pair<const char*, std::string>> changes = {
      {"sections: ", "UPDATE sealed SET " + Flip("sections", 40) + row_},
      {"sections: ", "UPDATE sealed SET sections = substr(sections, 1, 20)" + row_},
      {"handle: ", "UPDATE sealed SET handle = decode(repeat('ab', 16), 'hex')" + row_},
      {"sections: person: is missing", "DELETE FROM sealed" + row_}};
  for (const auto& [what, change] : changes) {
    Must(change);

    EXPECT_THAT(Found(), HasSubstr("\n  sealed " + position_ + " " + what)) << change;

    Must("DELETE FROM sealed" + row_);
    Must("INSERT INTO sealed SELECT * FROM before");
  }
  EXPECT_EQ(Verify({"--keys", world_.server().state() + "/keys"}).exit, 0);
}

TEST_F(Altered, EndIsMissedByACheckpointKeptElsewhere) {
  Must("ALTER TABLE heads DROP CONSTRAINT IF EXISTS heads_range_is_of_the_size");
  Must("DELETE FROM entries" + row_);
  Must("UPDATE heads SET size = " + position_ + where_);

  EXPECT_THAT(Found(), HasSubstr("the ledger lost its end"));
}

TEST_F(Altered, LeafIsNamedToWhoeverFetchesIt) {
  Must("UPDATE entries SET " + Flip("leaf", 60) + row_);

  const Ran server = AsOfficer({"verify", "server", "--vkey-file", Path("vkey")});

  EXPECT_EQ(server.exit, 1) << server;
  EXPECT_THAT(LineFromEnd(server.out, 1), StartsWith("intact: no, "));
}

TEST_F(Tour, StopsAndGoesOnByTwoHumans) {
  const auto human = [&](const std::string& name) {
    const Ran made = AsSystem({"principal", "create", "--kind", "human", "--human-code", name, "--role", "model_owner",
                               "--json"});
    EXPECT_EQ(made.exit, 0) << made;
    const std::string id = nlohmann::json::parse(made.out)["principal"]["principal_id"];
    EXPECT_EQ(AsSystem({"key", "create", "--principal", id, "--out", Path(name)}).exit, 0);
    return Path(name);
  };
  const std::string anna = human("anna"), ben = human("ben");
  const std::vector<std::string> version = {"--system", "refund_bot", "--model", "chooser"};
  const auto propose = [&](const std::string& state, std::vector<std::string> more) {
    more.insert(more.begin(), {"version", "propose", "v7", state, "--json"});
    more.insert(more.end(), version.begin(), version.end());
    return With(anna, more);
  };
  v1::RegisterModelVersionRequest request;
  request.set_request_id(NewId());
  request.mutable_version()->set_system("refund_bot");
  request.mutable_version()->set_model("chooser");
  request.mutable_version()->set_model_version("v7");
  request.mutable_version()->set_model_digest(std::string(32, 'd'));
  std::string key = ReadText(anna);
  key.pop_back();
  ASSERT_TRUE(Client::To(world_.server().address(), key).Call<v1::RegisterModelVersionResponse>(request).ok());

  const Ran stopped = With(anna, {"stop", "call", "--action", "refund.grant", "--reason", "too_late", "--json"});
  ASSERT_EQ(stopped.exit, 0) << stopped;
  const std::string stop = nlohmann::json::parse(stopped.out)["stop"]["stop_id"];
  EXPECT_EQ(AsComponent({"authorize"}, Question("0.9")).exit, 1);
  EXPECT_THAT(With(ben, {"stop", "list"}).out, ::testing::AllOf(HasSubstr(stop), HasSubstr("action refund.grant")));
  const Ran own = With(anna, {"stop", "lift", stop});
  EXPECT_EQ(own.exit, 1);
  EXPECT_THAT(own.err, HasSubstr("FOUR_EYES_REQUIRED"));
  const Ran lifted = With(ben, {"stop", "lift", stop, "--reason", "checked"});
  EXPECT_EQ(lifted.exit, 0) << lifted;
  EXPECT_THAT(lifted.out, HasSubstr("action refund.grant"));
  EXPECT_EQ(AsComponent({"authorize"}, Question("0.9")).exit, 0);
  EXPECT_THAT(With(ben, {"stop", "list"}).out, ::testing::Not(HasSubstr(stop)));
  EXPECT_THAT(With(ben, {"stop", "list", "--all"}).out, HasSubstr(stop));
  for (const std::vector<std::string>& none : {std::vector<std::string>{}, {"--everything", "--system", "refund_bot"}}) {
    std::vector<std::string> words = {"stop", "call", "--reason", "too_late"};
    words.insert(words.end(), none.begin(), none.end());
    EXPECT_THAT(With(anna, words).err, HasSubstr("--everything alone"));
  }

  EXPECT_THAT(propose("approved", {}).err, HasSubstr("EVIDENCE_MISSING"));
  const Ran proposed = propose("conditional", {"--until", "2100-01-01T00:00:00Z", "--reason", "pilot"});
  ASSERT_EQ(proposed.exit, 0) << proposed;
  const std::string proposal = nlohmann::json::parse(proposed.out)["proposal_id"];
  EXPECT_THAT(With(anna, {"version", "confirm", proposal}).err, HasSubstr("FOUR_EYES_REQUIRED"));
  const Ran confirmed = With(ben, {"version", "confirm", proposal});
  EXPECT_EQ(confirmed.exit, 0) << confirmed;
  EXPECT_THAT(confirmed.out, ::testing::AllOf(HasSubstr("conditional"), HasSubstr("2100-01-01")));
  EXPECT_EQ(propose("blocked", {}).exit, 0);
  EXPECT_THAT(With(ben, {"version", "list", "--system", "refund_bot"}).out,
              ::testing::AllOf(HasSubstr("v7"), HasSubstr("blocked")));
  EXPECT_THAT(propose("shadow", {"--until", "soon"}).err, HasSubstr("--until: is not a time"));
}

}  // namespace
}  // namespace candor::e2e
