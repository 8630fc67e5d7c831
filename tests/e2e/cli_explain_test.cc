// What a person types who asks what was decided about them; and the guide that tells them so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "services/base/bytes.h"
#include "tests/e2e/cli_run.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class AskingWhy : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    File("system.key", tenant_.system.key() + "\n");
    File("model_owner.key", World::MakeCaller(tenant_, v1::ROLE_MODEL_OWNER, "owner").key() + "\n");
    File("ledger.vkey", tenant_.key.ToText() + "\n");
    decision_ = Decide("customer-1182");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::string File(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name), std::ios::binary) << text;
    return Path(name);
  }
  Ran Run(std::vector<std::string> words) const {
    words.insert(words.end(), {"--server", world_.server().address()});
    return RunCandor(words);
  }

  std::string Decide(const std::string& person) const {
    v1::AuthorizeRequest question = Question(person);
    v1::DataItem& item = *question.add_data_used();
    item.set_datum_id("order_age");
    item.set_value_json("41");
    const auto asked = tenant_.component.Call<v1::AuthorizeResponse>(question);
    v1::RecordRequest record = RecordOf(asked->authorization_id());
    v1::Outcome& outcome = *record.mutable_outcome();
    outcome.set_code("refused");
    outcome.set_adverse(true);
    outcome.add_reasons()->set_code("too_late");
    outcome.mutable_reasons(0)->add_factor_ids("age");
    outcome.add_factors()->set_id("age");
    outcome.mutable_factors(0)->set_datum_id("order_age");
    outcome.mutable_factors(0)->set_value("41");
    outcome.mutable_factors(0)->set_baseline("30");
    EXPECT_TRUE(tenant_.component.Call<v1::RecordResponse>(record).ok());
    return asked->decision_id();
  }

  // A token for a person, in a file.
  std::string Token(const std::string& person) const {
    const std::string path = Path(person + ".token");
    const Ran made = Run({"person", "token", "--person", person, "--out", path, "--key-file", Path("system.key")});
    EXPECT_EQ(made.exit, 0) << made;
    return path;
  }
  // By both verifiers, which must agree.
  Ran Verify(const std::string& file) const {
    const Ran ours = RunCandor({"verify", "explanation", file, "--vkey-file", Path("ledger.vkey")});
    static const bool has_python = RunProgram(CANDOR_PYTHON, {"-c", "import cryptography"}).exit == 0;
    if (!has_python) return ours;
    const Ran theirs = RunProgram(
        CANDOR_PYTHON, {"-B", "-c", "import sys; sys.path.insert(0, sys.argv.pop(1)); from candor.commands import run; "
                                    "sys.exit(run(sys.argv[1:]))",
                        CANDOR_SOURCE_DIR "/clients/python", "explanation", file, "--vkey-file", Path("ledger.vkey")});
    EXPECT_EQ(ours.exit, theirs.exit) << ours << theirs;
    return ours;
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
  const std::string folder_ = world_.folder().path() + "/" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
  std::string decision_;
};

TEST_F(AskingWhy, GivesATokenToItsFileAndToNobodyElse) {
  const Ran made = Run({"person", "token", "--person", "customer-1182", "--minutes", "5", "--out", Path("t"), "--key-file",
                        Path("system.key")});

  ASSERT_EQ(made.exit, 0) << made;
  struct stat status {};
  ASSERT_EQ(stat(Path("t").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_THAT(ReadText(Path("t")), StartsWith("candor_person_"));
  EXPECT_THAT(made.out, Not(HasSubstr("candor_person_")));
  const Ran refused = Run({"person", "token", "--person", "customer-1182", "--out", Path("t2"), "--key-file", Path("model_owner.key")});
  EXPECT_EQ(refused.exit, 1) << refused;
  EXPECT_FALSE(std::filesystem::exists(Path("t2")));
}

TEST_F(AskingWhy, ReadsAPageInTheTerminal) {
  const std::string token = Token("customer-1182");
  const Ran page = Run({"explain", decision_, "--person-token-file", token});

  ASSERT_EQ(page.exit, 0) << page;
  EXPECT_THAT(page.out, HasSubstr("What AI decided about you"));
  EXPECT_THAT(page.out, HasSubstr("** refused **"));
  EXPECT_THAT(page.out, HasSubstr("Your data: order age: 41"));
  const Ran german = Run({"explain", decision_, "--person-token-file", token, "--language", "de"});
  EXPECT_THAT(german.out, HasSubstr("Was KI über Sie entschieden hat"));
}

TEST_F(AskingWhy, ObjectsWithdrawsAndReadsTheCase) {
  const std::string token = Token("customer-1182");
  const Ran objected = Run({"person", "object", "--purpose", "service_recovery", "--statement", "No more.",
                            "--person-token-file", token, "--json"});
  ASSERT_EQ(objected.exit, 0) << objected;
  const std::string id = nlohmann::json::parse(objected.out)["case"]["case_id"];
  const Ran shown = Run({"person", "case", id, "--person-token-file", token});
  ASSERT_EQ(shown.exit, 0) << shown;
  EXPECT_THAT(shown.out, HasSubstr(id));
  EXPECT_THAT(shown.out, HasSubstr("object"));
  EXPECT_THAT(shown.out, HasSubstr("open"));
  const Ran opted = Run({"person", "object", "--opt-out", "--person-token-file", token});
  EXPECT_EQ(opted.exit, 0) << opted;
  EXPECT_THAT(opted.out, HasSubstr("opt_out"));
  EXPECT_THAT(opted.out, HasSubstr("answered"));
  const Ran withdrawn = Run({"person", "withdraw", "--consent", "c-1", "--person-token-file", token});
  EXPECT_EQ(withdrawn.exit, 0) << withdrawn;
  EXPECT_THAT(withdrawn.out, HasSubstr("granted"));
  const Ran others = Run({"person", "case", id, "--person-token-file", Token("customer-2")});
  EXPECT_EQ(others.exit, 1) << others;
  EXPECT_THAT(others.err, HasSubstr("no such case of this person"));
}

TEST_F(AskingWhy, ContestsAsksAndTakesEverythingHome) {
  const std::string token = Token("customer-1182");
  const Ran contested = Run({"person", "contest", decision_, "--statement", "It came in time.", "--person-token-file", token});
  ASSERT_EQ(contested.exit, 0) << contested;
  EXPECT_THAT(contested.out, HasSubstr("received"));
  const Ran again = Run({"person", "contest", decision_, "--person-token-file", token});
  EXPECT_EQ(again.exit, 1) << again;
  EXPECT_EQ(Run({"person", "correct", "--wrong", "Two days.", "--person-token-file", token}).exit, 0);
  EXPECT_EQ(Run({"person", "erase", "--person-token-file", token}).exit, 0);
  const Ran exported = Run({"person", "export", Path("mine.tar"), "--person-token-file", token});
  ASSERT_EQ(exported.exit, 0) << exported;
  ASSERT_EQ(RunProgram("/bin/tar", {"-C", folder_, "-xf", Path("mine.tar")}).exit, 0);
  const Ran proof = Verify(Path("decisions/" + decision_ + ".json"));
  EXPECT_EQ(proof.exit, 0) << proof;
  EXPECT_THAT(proof.out, HasSubstr("intact"));
  EXPECT_EQ(Run({"person", "export", Path("mine.tar"), "--person-token-file", token}).exit, 2) << "never over one that is there";
}

TEST_F(AskingWhy, IsRefusedWithoutATokenOfTheirOwn) {
  const Ran others = Run({"explain", decision_, "--person-token-file", Token("customer-2")});
  EXPECT_EQ(others.exit, 1) << others;
  EXPECT_THAT(others.err, HasSubstr("no such decision on this person"));
  const Ran key = Run({"explain", decision_, "--key-file", Path("system.key")});
  EXPECT_EQ(key.exit, 1) << key;
  EXPECT_EQ(Run({"explain", decision_, "--person-token-file", Path("none")}).exit, 2);
}

TEST_F(AskingWhy, KeepsAPageThatCarriesItsProof) {
  const Ran kept = Run({"explain", decision_, "--person-token-file", Token("customer-1182"), "--html", Path("page.html"),
                        "--proof", Path("proof.json")});
  ASSERT_EQ(kept.exit, 0) << kept;
  const std::string page = ReadText(Path("page.html")), begin = "base64,";
  const std::size_t from = page.find(begin) + begin.size();
  const auto carried = FromBase64(page.substr(from, page.find('"', from) - from));

  ASSERT_TRUE(carried.has_value());
  EXPECT_EQ(AsText(*carried), ReadText(Path("proof.json")));
  const Ran verified = Verify(Path("proof.json"));
  EXPECT_EQ(verified.exit, 0) << verified;
  EXPECT_THAT(verified.out, HasSubstr("intact: yes"));
  EXPECT_THAT(verified.out, HasSubstr("complete: not provable"));
}

// What became of a case stands in the proof too, and what is changed there is named.
TEST_F(AskingWhy, FindsWhatWasChangedOfACaseInTheProof) {
  using nlohmann::json;
  const std::string token = Token("customer-1182");
  const Ran contested = Run({"person", "contest", decision_, "--person-token-file", token, "--json"});
  ASSERT_EQ(contested.exit, 0) << contested;
  const std::string id = json::parse(contested.out)["case"]["case_id"];
  File("rita.key", World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_REVIEWER}, "rita")).key() + "\n");
  const auto task = [&](std::vector<std::string> words) {
    ASSERT_EQ(Run({"task", "claim", id, "--key-file", Path("rita.key")}).exit, 0);
    words.insert(words.begin(), "task");
    words.insert(words.end(), {"--key-file", Path("rita.key")});
    const Ran ran = Run(words);
    EXPECT_EQ(ran.exit, 0) << ran;
  };
  task({"extend", id, "--text", "Your file is large."});
  task({"ask", id, "identity", "--text", "Who are you?"});
  const Ran waiting = Run({"explain", decision_, "--person-token-file", token, "--json"});
  const Ran replied = Run({"person", "reply", id, "--statement", "It is me.", "--person-token-file", token});
  EXPECT_EQ(replied.exit, 0) << replied;
  task({"answer", id, "refused", "--reason", "too_late", "--ground", "too_late", "--text", "It came too late."});
  const Ran answered = Run({"explain", decision_, "--person-token-file", token, "--json"});
  ASSERT_EQ(answered.exit, 0) << answered;
  const std::map<std::string, std::function<void(json&)>> changes = {
      {"", [](json&) {}},
      {"answer_text", [](json& c) { c["answer_text"] = "You are right."; }},
      {"outcome", [](json& c) { c["outcome"] = "CASE_OUTCOME_PARTLY_GRANTED"; }},
      {"refusal_ground", [](json& c) { c["refusal_ground"] = "not_ours"; }},
      {"extend_text", [](json& c) { c["extend_text"] = "It is Friday."; }},
      {"due_time", [](json& c) { c["due_time"] = "2020-01-01T23:59:59Z"; }},
      {"legal_due_time", [](json& c) { c["legal_due_time"] = "2020-01-01T23:59:59Z"; }}};
  for (const auto& [what, change] : changes) {
    json proof = json::parse(answered.out);
    change(proof["cases"][0]);
    const Ran verified = Verify(File("changed.json", proof.dump()));
    EXPECT_EQ(verified.exit, what.empty() ? 0 : 1) << what << verified;
  }
  json asked = json::parse(waiting.out);
  EXPECT_EQ(asked["cases"][0]["question_text"], "Who are you?");
  EXPECT_EQ(Verify(File("waiting.json", asked.dump())).exit, 0);
  asked["cases"][0]["question_text"] = "What is your colour?";
  EXPECT_EQ(Verify(File("waiting.json", asked.dump())).exit, 1);
}

// Whatever is changed in the proof is named, or it was words that no leaf holds.
TEST_F(AskingWhy, FindsWhatWasChangedInTheProof) {
  using nlohmann::json;
  const Ran kept = Run({"explain", decision_, "--person-token-file", Token("customer-1182"), "--json"});
  ASSERT_EQ(kept.exit, 0) << kept;
  const json proof = json::parse(kept.out);
  const auto verify = [&](const std::function<void(json&)>& change) {
    json changed = proof;
    change(changed);
    return Verify(File("changed.json", changed.dump()));
  };
  const auto flipped = [](json& text) {
    std::string bytes = text.get<std::string>();
    const std::size_t at = bytes.size() / 2;
    bytes[at] = bytes[at] == 'A' ? 'B' : 'A';
    text = bytes;
  };
  ASSERT_EQ(verify([](json&) {}).exit, 0);
  const std::map<std::string, std::function<void(json&)>> changes = {
      {"a leaf", [&](json& p) { flipped(p["receipts"][1]["leaf"]); }},
      {"a proof", [&](json& p) { flipped(p["receipts"][0]["proof"]); }},
      {"a position", [](json& p) { p["receipts"][0]["position"] = "0"; }},
      {"no receipts", [](json& p) { p["receipts"] = json::array(); }},
      {"another decision", [](json& p) { p["decision"]["decision_id"] = NewId(); }},
      {"a section", [&](json& p) { flipped(p["sections"][0]["section"]["content"]); }},
      {"a salt", [&](json& p) { flipped(p["sections"][0]["section"]["salt"]); }},
      {"the name of a section", [](json& p) { p["sections"][0]["section"]["name"] = "other"; }},
      {"a section of another leaf", [](json& p) { p["sections"][0]["leaf_id"] = NewId(); }},
      {"a datum", [](json& p) { p["data"][0]["value_json"] = "14"; }},
      {"a factor", [](json& p) { p["reasons"][0]["factors"][0]["value"] = "14"; }},
      {"a baseline", [](json& p) { p["reasons"][0]["factors"][0]["baseline"] = "31"; }},
      {"a reason", [](json& p) { p["reasons"][0]["code"] = "not_ours"; }},
      {"a change", [](json& p) { p["changes_that_matter"].push_back("Be richer."); }},
      {"a score", [](json& p) { p["score"] = "0.99"; }}};
  for (const auto& [what, change] : changes) {
    const Ran verified = verify(change);
    EXPECT_EQ(verified.exit, 1) << what << verified;
    EXPECT_THAT(verified.out, HasSubstr("intact: no")) << what;
  }
  EXPECT_EQ(Verify(File("not.json", "{")).exit, 2);
  EXPECT_EQ(RunCandor({"verify", "explanation", File("whole.json", kept.out)}).exit, 2);  // Without a key.
}

// Every command of the guide that is not a reviewer's, in its order, with a decision and an address filled in.
TEST_F(AskingWhy, DoesWhatTheGuideSays) {
  const std::string guide = ReadText(CANDOR_SOURCE_DIR "/docs/guides/people.md"), begin = "```json\n";
  const std::size_t from = guide.find(begin) + begin.size();
  File("words_en.json", guide.substr(from, guide.find("```", from) - from));
  static const std::regex kCommand("\\n    candor ([^\\n]*)");
  int count = 0;
  std::string page, opened;
  for (std::sregex_iterator at(guide.begin(), guide.end(), kCommand), end; at != end; ++at) {
    std::istringstream line((*at)[1]);
    std::vector<std::string> words;
    for (std::string word; line >> std::quoted(word);) {
      const bool is_file = word.find('.') != std::string::npos;
      words.push_back(word == "DECISION" ? decision_ : word == "CASE" ? opened : is_file ? Path(word) : word);
    }
    if (words[0] == "task" || words[0] == "record" || words[1] == "reply") continue;  // Nobody asked yet.
    ++count;
    if (words[0] == "verify") {
      ASSERT_EQ(Run({"explain", decision_, "--person-token-file", Path("person.token"), "--proof", Path("proof.json")}).exit, 0);
    } else {
      words.insert(words.end(), {"--server", world_.server().address()});
    }
    const Ran ran = RunCandor(words);
    EXPECT_EQ(ran.exit, 0) << (*at)[1] << ran;
    if (words[0] == "explain" && page.empty()) page = ran.out;
    std::smatch id;
    if (words[1] == "object" && std::regex_search(ran.out, id, std::regex("[0-9a-f]{8}-[0-9a-f-]{27}"))) opened = id.str();
  }
  EXPECT_EQ(count, 17);
  EXPECT_THAT(page, HasSubstr("You asked after 41 days. The limit is 30."));
  EXPECT_THAT(page, HasSubstr("** no refund **"));
  EXPECT_THAT(page, HasSubstr("Customer care, telephone 555 0100"));
}

}  // namespace
}  // namespace candor::e2e
