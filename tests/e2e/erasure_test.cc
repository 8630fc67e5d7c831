// A person is erased: nothing of theirs is left to be read, and everything that was ever proved
// still is, with the proof that it was destroyed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "google/rpc/error_details.pb.h"
#include "candor/v1/transparency_service.pb.h"
#include "services/core/commit/erasure.h"
#include "services/core/merkle/tree_hash.h"
#include "tests/e2e/cli_run.h"
#include "tests/e2e/opened.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;

class Erasing : public ::testing::Test {
 protected:
  v1::AuthorizeResponse Ask(const v1::AuthorizeRequest& request) const {
    const auto answer = tenant_.component.Call<v1::AuthorizeResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  // A decision on a person: asked and done.
  v1::AuthorizeResponse Decide(const std::string& person) const {
    const v1::AuthorizeResponse asked = Ask(Question(person));
    const auto done = Record(asked);
    EXPECT_TRUE(done.ok()) << done.refusal();
    return asked;
  }
  Answer<v1::RecordResponse> Record(const v1::AuthorizeResponse& asked) const {
    v1::RecordRequest record = RecordOf(asked.authorization_id());
    record.mutable_outcome()->set_output_json(R"({"said": "here is your refund"})");
    return tenant_.component.Call<v1::RecordResponse>(record);
  }

  static v1::ErasePersonRequest Of(const std::string& person) {
    v1::ErasePersonRequest request;
    request.set_request_id(NewId());
    request.set_person_reference(person);
    request.set_ground(v1::ERASURE_GROUND_REQUEST);
    return request;
  }
  Answer<v1::ErasePersonResponse> Erase(const v1::ErasePersonRequest& request) const {
    return officer_.Call<v1::ErasePersonResponse>(request);
  }
  v1::ErasePersonResponse Erase(const std::string& person) const {
    const auto answer = Erase(Of(person));
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  v1::GetReceiptResponse ReceiptAt(std::uint64_t position) const {
    v1::GetReceiptRequest request;
    request.set_position(position);
    const auto answer = tenant_.system.Call<v1::GetReceiptResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }
  std::map<std::string, std::string> HandlesAt(std::uint64_t position) const {
    return Opener(world_, tenant_).Handles(position);
  }

  Ran Verify(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"verify", "ledger", "--database", world_.database(), "--origin", tenant_.origin, "--vkey",
                               tenant_.key.ToText(), "--keys", world_.server().state() + "/keys"});
    return RunCandor(more);
  }
  void ExpectIntact() const {
    const Ran ran = Verify();
    EXPECT_EQ(ran.exit, 0) << ran;
  }
  Ran AsOfficer(std::vector<std::string> words) const {
    const std::string file = folder_.path() + "/officer.key";
    std::ofstream(file) << officer_.key() << "\n";
    std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    words.insert(words.end(), {"--server", world_.server().address(), "--key-file", file});
    return RunCandor(words);
  }
  std::string Sql(const std::string& sql) const {
    const auto answer = candor::testing::Session(candor::testing::Postgres::ForSuperuser(world_.database())).Run(sql);
    EXPECT_TRUE(answer.ok()) << answer.sqlstate << ": " << sql;
    return answer.value();
  }
  std::string RowsOf(const std::string& table) const {
    return Sql("SELECT count(*) FROM " + table + " WHERE tenant_id = '" + tenant_.id + "'");
  }

  World& world_ = World::Get();
  const Folder folder_;
  const Tenant tenant_ = world_.MakeTenant();
  const Client officer_ = World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_COMPLIANCE}, "officer-1"));
};

TEST_F(Erasing, DestroysWhatWasSealedAndLeavesEveryProofGood) {
  const v1::AuthorizeRequest question = Question("customer-1");
  const v1::AuthorizeResponse asked = Ask(question);
  const auto done = Record(asked);
  const v1::AuthorizeResponse other = Decide("customer-2");
  const std::string keys = RowsOf("data_keys");

  const v1::ErasePersonResponse erased = Erase("customer-1");

  EXPECT_EQ(std::stoi(RowsOf("data_keys")), std::stoi(keys) - 1 + 1) << "the person's is gone, the officer's came";
  EXPECT_THAT(HandlesAt(asked.receipt().position()), IsEmpty());
  EXPECT_THAT(HandlesAt(done->receipt().position()), IsEmpty());
  EXPECT_THAT(HandlesAt(other.receipt().position()), Contains(Key("person")));
  EXPECT_TRUE(e2e::Verifies(question, asked, tenant_.key));
  core::Leaf leaf;
  ASSERT_TRUE(e2e::Verifies(erased.receipt(), tenant_.key, &leaf));
  EXPECT_EQ(leaf.type, "erasure");
  EXPECT_EQ(FactOf(leaf, "ground"), "request");
  EXPECT_THAT(erased.receipt().leaf(), Not(HasSubstr("customer-1")));
  ASSERT_TRUE(e2e::Verifies(ReceiptAt(asked.receipt().position()).receipt(), tenant_.key));
  const Ran verified = Verify();
  EXPECT_EQ(verified.exit, 0) << verified;
  EXPECT_THAT(verified.out, HasSubstr("1 person, " + std::to_string(erased.erasure().section_count()) + " sections"));
}

TEST_F(Erasing, ProvesOfEachSectionThatItWasDestroyed) {
  const v1::AuthorizeResponse asked = Decide("customer-1");
  core::Leaf before;
  ASSERT_TRUE(e2e::Verifies(asked.receipt(), tenant_.key, &before));

  const v1::ErasePersonResponse erased = Erase("customer-1");

  const v1::GetReceiptResponse receipt = ReceiptAt(asked.receipt().position());
  ASSERT_EQ(static_cast<std::size_t>(receipt.erased_size()), before.sections.size());
  for (const v1::ErasedSection& section : receipt.erased()) {
    EXPECT_EQ(section.erasure_position(), erased.receipt().position());
    core::ErasureProof proof{.index = section.index(), .path = {}};
    for (const std::string& hash : section.path()) proof.path.push_back(*Digest::FromBytes(AsBytes(hash)));
    const Digest item =
        core::ErasureItem(*Digest::FromBytes(AsBytes(section.k())), before.id.ToText(), section.section());
    EXPECT_TRUE(core::VerifyErased(item, proof,
                                   {.items = erased.erasure().section_count(),
                                    .root = *Digest::FromBytes(AsBytes(erased.erasure().root()))}).ok());
  }
  EXPECT_EQ(ReceiptAt(erased.receipt().position()).erased_size(), 0);
}

TEST_F(Erasing, IsSaidByShowAndByTheListOfErasures) {
  const v1::AuthorizeResponse asked = Decide("customer-1");
  const Ran ran = AsOfficer({"erase", "customer-1", "--reason", "request", "--yes"});
  ASSERT_EQ(ran.exit, 0) << ran;
  EXPECT_THAT(ran.out, HasSubstr("effective"));

  const Ran shown = AsOfficer({"show", asked.decision_id()});
  EXPECT_EQ(shown.exit, 0) << shown;
  EXPECT_THAT(shown.out, HasSubstr("erased"));
  EXPECT_THAT(shown.out, HasSubstr("destroyed for good"));
  const auto list = nlohmann::json::parse(AsOfficer({"erase", "list", "--json"}).out);
  ASSERT_EQ(list["erasures"].size(), 1U);
  const std::string id = list["erasures"][0]["erasure_id"];
  EXPECT_THAT(AsOfficer({"erase", "show", id}).out, HasSubstr(id));
}

TEST_F(Erasing, AsksOnATerminalAndIsRefusedWithoutOne) {
  Decide("customer-1");
  const Ran ran = AsOfficer({"erase", "customer-1", "--reason", "request"});
  EXPECT_EQ(ran.exit, 2) << ran;
  EXPECT_EQ(RowsOf("erasures"), "0");
}

TEST_F(Erasing, TwiceAndOfAnUnknownPersonFindsNothing) {
  EXPECT_TRUE(Refused(Erase(Of("nobody")).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  Decide("customer-1");
  Erase("customer-1");
  const std::uint64_t size = world_.SizeOf(tenant_);
  EXPECT_TRUE(Refused(Erase(Of("customer-1")).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_EQ(world_.SizeOf(tenant_), size);
}

// A person's token outlives the person's data, and opens nothing of them.
TEST_F(Erasing, LeavesATokenOfThePersonWithNothingToOpen) {
  const std::string decision = Decide("customer-1").decision_id();
  const Client person = World::MakePerson(tenant_, "customer-1");
  v1::ExplainRequest explain;
  explain.set_decision_id(decision);
  ASSERT_TRUE(person.Call<v1::ExplainResponse>(explain).ok());
  Erase("customer-1");
  const auto not_found = [](const grpc::Status& status) { return Refused(status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"); };
  EXPECT_TRUE(not_found(person.Call<v1::ExplainResponse>(explain).status));
  v1::ContestRequest contest;
  contest.set_request_id(NewId());
  contest.set_decision_id(decision);
  contest.set_kind(v1::CASE_KIND_CONTEST);
  EXPECT_TRUE(not_found(person.Call<v1::ContestResponse>(contest).status));
  EXPECT_EQ(person.Call<v1::ListDecisionsResponse>(v1::ListDecisionsRequest())->decisions_size(), 0);
  EXPECT_EQ(person.Call<v1::DataUseResponse>(v1::DataUseRequest())->data_size(), 0);
  EXPECT_EQ(person.Call<v1::WhoLookedResponse>(v1::WhoLookedRequest())->readings_size(), 0);
  const std::string later = Decide("customer-1").decision_id();
  const auto list = person.Call<v1::ListDecisionsResponse>(v1::ListDecisionsRequest());
  ASSERT_EQ(list->decisions_size(), 1) << "what came later";
  EXPECT_EQ(list->decisions(0).decision_id(), later);
}

TEST_F(Erasing, OnceMoreWithTheSameRequestGetsTheFirstReceiptAsLongAsNothingNewIsKept) {
  Decide("customer-1");
  const v1::ErasePersonRequest request = Of("customer-1");
  const auto first = Erase(request);
  ASSERT_TRUE(first.ok()) << first.refusal();

  const auto again = Erase(request);
  ASSERT_TRUE(again.ok()) << again.refusal();
  EXPECT_EQ(again->receipt().leaf(), first->receipt().leaf());

  Decide("customer-1");
  EXPECT_TRUE(Refused(Erase(request).status, grpc::StatusCode::ALREADY_EXISTS, "REQUEST_ID_REUSED"));
  EXPECT_TRUE(Erase(Of("customer-1")).ok());
  ExpectIntact();
}

TEST_F(Erasing, EndsWhatWasRecordedBeforeItAndLaterRecordsStartAnew) {
  const auto before = HandlesAt(Decide("customer-1").receipt().position());
  Erase("customer-1");

  const auto after = HandlesAt(Decide("customer-1").receipt().position());

  EXPECT_NE(before.at("person"), after.at("person"));
  ExpectIntact();
}

TEST_F(Erasing, LeavesARepetitionOfAnErasedRequestWithoutComparison) {
  const v1::AuthorizeRequest question = Question("customer-1");
  Ask(question);
  Erase("customer-1");

  const auto again = tenant_.component.Call<v1::AuthorizeResponse>(question);

  EXPECT_TRUE(Refused(again.status, grpc::StatusCode::FAILED_PRECONDITION, "ERASED"));
}

TEST_F(Erasing, OfTheAuthorizationSealsALaterOutcomeUnderAKeyOfItsOwn) {
  const v1::AuthorizeResponse asked = Ask(Question("customer-1"));
  Erase("customer-1");

  const auto late = Record(asked);

  ASSERT_TRUE(late.ok()) << late.refusal();
  const std::string handle = HandlesAt(late->receipt().position()).at("output");
  const auto tenants = HandlesAt(Decide("customer-9").receipt().position());
  EXPECT_NE(handle, tenants.at("person"));
  ExpectIntact();
  EXPECT_TRUE(Erase(Of("decision:" + asked.authorization_id())).ok()) << "it can be erased too";
  EXPECT_THAT(HandlesAt(late->receipt().position()), IsEmpty());
  ExpectIntact();
}

TEST_F(Erasing, ReachesProtectedAttributesAndNobodyElseOfTheDecision) {
  v1::AuthorizeRequest request = Question("customer-1");
  request.add_other_persons()->set_reference("customer-2");
  request.mutable_other_persons(0)->set_inputs_json("{}");
  v1::ProtectedAttribute& attribute = *request.add_protected_attributes();
  attribute.set_attribute("age_band");
  attribute.set_value("unknown");
  attribute.set_provenance(v1::PROVENANCE_SELF_DECLARED);
  const v1::AuthorizeResponse asked = Ask(request);

  Erase("customer-1");

  const auto handles = HandlesAt(asked.receipt().position());
  EXPECT_THAT(handles, Not(Contains(Key("protected"))));
  EXPECT_THAT(handles, Not(Contains(Key("person"))));
  EXPECT_THAT(handles, Contains(Key("person.2")));
  ExpectIntact();
  Erase("customer-2");
  EXPECT_THAT(HandlesAt(asked.receipt().position()), IsEmpty());
  ExpectIntact();
}

TEST_F(Erasing, IsRefusedOfTheCallerThemself) {
  const std::string human = World::MakeHuman(tenant_, {v1::ROLE_COMPLIANCE}, "officer-2");
  const Client other = World::MakeKey(tenant_, human);
  ASSERT_TRUE(Decide("customer-1").has_receipt());
  ASSERT_TRUE(other.Call<v1::ErasePersonResponse>(Of("customer-1")).ok());
  EXPECT_TRUE(Refused(other.Call<v1::ErasePersonResponse>(Of("principal:" + human)).status,
                      grpc::StatusCode::FAILED_PRECONDITION, "FOUR_EYES_REQUIRED"));
  EXPECT_TRUE(Erase(Of("principal:" + human)).ok()) << "another may";
  ExpectIntact();
}

TEST_F(Erasing, WhileDecisionsOnThePersonAreRecordedLosesNoneAndLeavesNothingUnderADeadKey) {
  std::atomic<bool> stop = false;
  std::atomic<int> asked = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      while (!stop) {
        Decide("customer-1");
        ++asked;
      }
    });
  }
  int erased = 0;
  while (erased < 5) erased += Erase(Of("customer-1")).ok() ? 1 : 0;
  stop = true;
  for (std::thread& caller : callers) caller.join();

  EXPECT_EQ(RowsOf("erasures"), std::to_string(erased));
  EXPECT_EQ(Sql("SELECT count(*) FROM sealed s WHERE tenant_id = '" + tenant_.id + "' AND NOT EXISTS "
                "(SELECT FROM data_keys k WHERE k.tenant_id = s.tenant_id AND k.handle = s.handle)"), "0");
  EXPECT_EQ(Sql("SELECT count(*) FROM entries WHERE tenant_id = '" + tenant_.id + "' AND verdict = 1"),
            std::to_string(asked));
  ExpectIntact();
}

TEST_F(Erasing, LeavesNeitherTextNorWrappedKeyInTheFilesOfTheDatabase) {
  v1::AuthorizeRequest question = Question("person-quetzalcoatl");
  question.set_inputs_json(R"({"wrote": "the-words-of-xochipilli"})");
  const v1::AuthorizeResponse asked = Ask(question);
  const std::string handle = HandlesAt(asked.receipt().position()).at("person");
  const std::string wrapped = Sql("SELECT encode(wrapped, 'hex') FROM data_keys WHERE handle = decode('" + handle + "', 'hex')");
  ASSERT_EQ(wrapped.size(), 80U);

  Erase("person-quetzalcoatl");

  Sql("VACUUM FULL data_keys");  // What the guide says to do where it matters at once.
  Sql("CHECKPOINT");
  const std::string data = Sql("SHOW data_directory");
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
    if (!entry.is_regular_file()) continue;
    const std::string path = entry.path().string();
    const std::string bytes = ReadText(path);
    ++files;
    EXPECT_EQ(bytes.find("person-quetzalcoatl"), std::string::npos) << path;
    EXPECT_EQ(bytes.find("the-words-of-xochipilli"), std::string::npos) << path;
    if (path.find("/pg_wal/") != std::string::npos) continue;  // Until it is recycled: see the guide.
    EXPECT_EQ(bytes.find(std::string(AsText(*FromHex(wrapped)))), std::string::npos) << path;
  }
  EXPECT_GT(files, 100U);
}

class Holding : public Erasing {
 protected:
  void SetUp() override {
    v1::DeclareCodesRequest codes;
    codes.set_request_id(NewId());
    codes.set_kind(v1::CODE_KIND_MATTER);
    codes.add_codes("court_case");
    ASSERT_TRUE(tenant_.system.Call<v1::DeclareCodesResponse>(codes).ok());
  }
  static v1::PlaceHoldRequest Matter() {
    v1::PlaceHoldRequest request;
    request.set_request_id(NewId());
    request.set_matter("court_case");
    request.set_reason("the court asked for it");
    return request;
  }
  v1::Hold Place(const v1::PlaceHoldRequest& request) const {
    const auto answer = officer_.Call<v1::PlaceHoldResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    EXPECT_TRUE(e2e::Verifies(answer->receipt(), tenant_.key));
    return answer->hold();
  }
  Answer<v1::ReleaseHoldResponse> Release(const std::string& hold) const {
    v1::ReleaseHoldRequest request;
    request.set_request_id(NewId());
    request.set_hold_id(hold);
    return officer_.Call<v1::ReleaseHoldResponse>(request);
  }
  void ExpectOnHold(const std::string& person, const std::string& hold) const {
    const auto answer = Erase(Of(person));
    EXPECT_TRUE(Refused(answer.status, grpc::StatusCode::FAILED_PRECONDITION, "ON_HOLD"));
    EXPECT_THAT(answer.refusal().bytes, HasSubstr(hold));
  }
};

TEST_F(Holding, APersonForbidsTheirErasureUntilItIsReleased) {
  Decide("customer-1");
  Decide("customer-2");
  v1::PlaceHoldRequest request = Matter();
  request.set_person_reference("customer-1");
  const v1::Hold hold = Place(request);
  EXPECT_TRUE(hold.covers_person());

  ExpectOnHold("customer-1", hold.hold_id());
  Erase("customer-2");
  ASSERT_TRUE(Release(hold.hold_id()).ok());
  EXPECT_TRUE(Refused(Release(hold.hold_id()).status, grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));
  Erase("customer-1");
  ExpectIntact();
}

TEST_F(Holding, ADecisionForbidsTheErasureOfItsPersonAlone) {
  const v1::AuthorizeResponse held = Decide("customer-1");
  Decide("customer-2");
  v1::PlaceHoldRequest request = Matter();
  request.add_decision_ids(held.decision_id());
  const v1::Hold hold = Place(request);

  ExpectOnHold("customer-1", hold.hold_id());
  Erase("customer-2");
}

TEST_F(Holding, APeriodForbidsTheErasureOfWhomItTouches) {
  Decide("customer-1");
  v1::PlaceHoldRequest past = Matter();
  past.mutable_until_time()->set_seconds(1'600'000'000);
  Place(past);
  v1::PlaceHoldRequest now = Matter();
  now.mutable_from_time()->set_seconds(1'600'000'000);
  const v1::Hold hold = Place(now);

  ExpectOnHold("customer-1", hold.hold_id());
  ASSERT_TRUE(Release(hold.hold_id()).ok());
  Erase("customer-1");
}

TEST_F(Holding, NothingIsRefused) {
  EXPECT_TRUE(Refused(officer_.Call<v1::PlaceHoldResponse>(Matter()).status, grpc::StatusCode::INVALID_ARGUMENT,
                      "FIELD_INVALID"));
  EXPECT_TRUE(Refused(Release(NewId()).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
}

TEST_F(Holding, IsListedTheNewestFirstAndReleasedOnesWhenAskedFor) {
  Decide("customer-1");
  const Ran placed = AsOfficer({"hold", "place", "--matter", "court_case", "--person", "customer-1", "--json"});
  ASSERT_EQ(placed.exit, 0) << placed;
  const std::string hold = nlohmann::json::parse(placed.out)["hold"]["hold_id"];
  const Ran refused = AsOfficer({"erase", "customer-1", "--reason", "request", "--yes"});
  EXPECT_EQ(refused.exit, 1) << refused;
  EXPECT_THAT(refused.err, HasSubstr(hold));

  EXPECT_THAT(AsOfficer({"hold", "list"}).out, HasSubstr(hold));
  ASSERT_EQ(AsOfficer({"hold", "release", hold}).exit, 0);
  EXPECT_THAT(AsOfficer({"hold", "list"}).out, Not(HasSubstr(hold)));
  EXPECT_THAT(AsOfficer({"hold", "list", "--all"}).out, HasSubstr(hold));
}

}  // namespace
}  // namespace candor::e2e
