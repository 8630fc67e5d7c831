// What was registered reads as it was sent: facts and what was sealed, by pages, as of versions.
#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "tests/e2e/filler.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Registered : public ::testing::Test {
 protected:
  // A request with every field set and every code declared.
  template <typename Request>
  Request Full(FillOptions options = {}) const {
    Filler filler(std::move(options));
    Request request;
    filler.Fill(request);
    for (const auto& [catalogue, codes] : filler.codes()) {
      v1::CodeKind kind = v1::CODE_KIND_UNSPECIFIED;
      EXPECT_TRUE(v1::CodeKind_Parse("CODE_KIND_" + absl::AsciiStrToUpper(catalogue), &kind)) << catalogue;
      Declare(kind, codes);
    }
    return request;
  }
  void Declare(v1::CodeKind kind, const std::vector<std::string>& codes) const {
    v1::DeclareCodesRequest request;
    request.set_request_id(NewId());
    request.set_kind(kind);
    for (const std::string& code : codes) request.add_codes(code);
    const auto answer = tenant_.system.Call<v1::DeclareCodesResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
  }
  template <typename Response>
  Response Good(const Message& request) const {
    const auto answer = owner_.Call<Response>(request);
    EXPECT_TRUE(answer.ok()) << request.GetTypeName() << ": " << answer.refusal();
    return answer.value;
  }
  static ::testing::AssertionResult Same(const Message& read, const Message& sent) {
    google::protobuf::util::MessageDifferencer differ;
    std::string differences;
    differ.ReportDifferencesToString(&differences);
    return (differ.Compare(sent, read) ? ::testing::AssertionSuccess() : ::testing::AssertionFailure()) << differences;
  }
  v1::PutReasonCatalogueRequest TextsOf(const std::string& language, std::initializer_list<std::pair<const char*, const char*>> texts) const {
    v1::PutReasonCatalogueRequest request;
    request.set_request_id(NewId());
    request.set_language(language);
    for (const auto& [code, text] : texts) {
      v1::ReasonText& one = *request.add_reasons();
      one.set_code(code);
      one.set_text(text);
    }
    return request;
  }
  v1::GetReasonCatalogueRequest CatalogueOf(const std::string& language, std::uint64_t version = 0) const {
    v1::GetReasonCatalogueRequest request;
    request.set_language(language);
    request.set_version(version);
    return request;
  }
  std::vector<std::string> Texts(v1::GetReasonCatalogueRequest request) const {
    std::vector<std::string> texts;
    do {
      const auto page = Good<v1::GetReasonCatalogueResponse>(request);
      for (const v1::ReasonText& text : page.reasons()) texts.push_back(text.code() + ": " + text.text());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return texts;
  }

  World& world_ = World::Get();
  const Tenant tenant_ = world_.MakeTenant();
  const Client owner_ = World::MakeKey(tenant_, World::MakeHuman(tenant_, {v1::ROLE_MODEL_OWNER}, "owner"));
};

TEST_F(Registered, SystemsReadAsTheyWereSent) {
  const auto request = Full<v1::RegisterSystemRequest>();
  const auto made = Good<v1::RegisterSystemResponse>(request);
  v1::GetSystemRequest get;
  get.set_system(request.system().system());

  const auto got = Good<v1::GetSystemResponse>(get);
  const auto listed = Good<v1::ListSystemsResponse>(v1::ListSystemsRequest());

  EXPECT_TRUE(Same(got.system(), request.system()));
  EXPECT_EQ(got.receipt().leaf(), made.receipt().leaf());
  EXPECT_TRUE(Verifies(got.receipt(), tenant_.key));
  ASSERT_THAT(listed.systems(), SizeIs(2));
  EXPECT_TRUE(Same(listed.systems(0), request.system()));  // k_… before refund_bot.
  get.set_system("nobody");
  EXPECT_TRUE(Refused(owner_.Call<v1::GetSystemResponse>(get).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_EQ(owner_.Call<v1::GetSystemResponse>(v1::GetSystemRequest()).refusal().field, "system");
}

TEST_F(Registered, SystemsAreReplacedButForTheirModels) {
  v1::RegisterSystemRequest request;
  request.set_request_id(NewId());
  request.mutable_system()->set_system("refund_bot");
  request.mutable_system()->add_models("judge");
  request.mutable_system()->set_name("Refunds, second half");
  Good<v1::RegisterSystemResponse>(request);
  v1::GetSystemRequest get;
  get.set_system("refund_bot");

  const v1::AiSystem system = Good<v1::GetSystemResponse>(get).system();

  EXPECT_THAT(system.models(), ElementsAre("judge", "chooser"));
  EXPECT_THAT(system.model_versions(), ElementsAre("v7", "v8"));
  EXPECT_EQ(system.name(), "Refunds, second half");
}

TEST_F(Registered, DecisionTypesAddUp) {
  const auto request = Full<v1::RegisterDecisionTypeRequest>();
  Good<v1::RegisterDecisionTypeResponse>(request);
  v1::RegisterDecisionTypeRequest more;
  more.set_request_id(NewId());
  more.mutable_decision_type()->set_action(request.decision_type().action());
  more.mutable_decision_type()->add_outcomes("halved");
  Good<v1::RegisterDecisionTypeResponse>(more);
  v1::DecisionType wanted = request.decision_type();
  wanted.add_outcomes("halved");

  v1::ListDecisionTypesRequest list;
  list.set_page_size(1);
  const auto first = Good<v1::ListDecisionTypesResponse>(list);
  list.set_page_token(first.next_page_token());
  const auto second = Good<v1::ListDecisionTypesResponse>(list);

  ASSERT_THAT(first.decision_types(), SizeIs(1));
  EXPECT_TRUE(Same(first.decision_types(0), wanted));
  ASSERT_THAT(second.decision_types(), SizeIs(1));
  EXPECT_EQ(second.decision_types(0).action(), "refund.grant");
  EXPECT_EQ(second.next_page_token(), "");
}

TEST_F(Registered, ModelVersionsReadAsTheyWereSent) {
  const auto request = Full<v1::RegisterModelVersionRequest>({.given = {{"version.system", "refund_bot"}}});
  const auto made = Good<v1::RegisterModelVersionResponse>(request);
  v1::GetModelVersionRequest get;
  get.set_system("refund_bot");
  get.set_model(request.version().model());
  get.set_model_version(request.version().model_version());

  const auto got = Good<v1::GetModelVersionResponse>(get);
  const auto listed = Good<v1::ListModelVersionsResponse>(v1::ListModelVersionsRequest());

  EXPECT_TRUE(Same(got.version(), request.version()));
  EXPECT_EQ(got.approval().state(), v1::MODEL_STATE_REGISTERED);
  EXPECT_EQ(got.receipt().leaf(), made.receipt().leaf());
  ASSERT_THAT(listed.versions(), SizeIs(1));
  EXPECT_TRUE(Same(listed.versions(0).version(), request.version()));
}

TEST_F(Registered, DataSetsAreListedByCodeAndTheirVersionsNewestFirst) {
  const auto full = Full<v1::RegisterDataSetRequest>();
  Good<v1::RegisterDataSetResponse>(full);
  const auto put = [&](const char* code, const char* version, char digest) {
    v1::RegisterDataSetRequest request;
    request.set_request_id(NewId());
    request.mutable_data_set()->set_data_set(code);
    request.mutable_data_set()->set_version(version);
    request.mutable_data_set()->set_digest(std::string(32, digest));
    return owner_.Call<v1::RegisterDataSetResponse>(request).status;
  };
  EXPECT_TRUE(put("claims.eu", "y1", 'a').ok());
  EXPECT_TRUE(put("claims", "y1", 'a').ok());
  EXPECT_TRUE(put("claims", "y2", 'b').ok());
  EXPECT_TRUE(put("claims", "y1", 'a').ok());
  EXPECT_TRUE(Refused(put("claims", "y1", 'c'), grpc::StatusCode::ALREADY_EXISTS, "NAME_TAKEN"));

  v1::ListDataSetsRequest request;
  request.set_page_size(1);
  std::vector<std::string> listed;
  do {
    const auto page = Good<v1::ListDataSetsResponse>(request);
    for (const v1::DataSet& set : page.data_sets()) {
      listed.push_back(set.data_set() + " " + set.version());
      EXPECT_TRUE(set.data_set().rfind("claims", 0) == 0 || Same(set, full.data_set()));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());

  const std::string other = full.data_set().data_set() + " " + full.data_set().version();
  EXPECT_THAT(listed, ElementsAre("claims y2", "claims y1", "claims.eu y1", other));
  request.set_data_set("claims.eu");
  EXPECT_THAT(Good<v1::ListDataSetsResponse>(request).data_sets(), SizeIs(1));
}

TEST_F(Registered, CodesAreListedByCatalogueWithTheLeafThatDeclaredThem) {
  Declare(v1::CODE_KIND_TOOL, {"saw", "hammer", "hammer.small"});
  v1::ListCodesRequest request;
  request.set_kind(v1::CODE_KIND_TOOL);
  request.set_page_size(2);

  const auto first = Good<v1::ListCodesResponse>(request);
  request.set_page_token(first.next_page_token());
  const auto second = Good<v1::ListCodesResponse>(request);
  std::vector<std::string> codes;
  for (const auto& page : {first, second}) {
    for (const v1::DeclaredCode& code : page.codes()) codes.push_back(code.code());
  }
  EXPECT_THAT(codes, ElementsAre("hammer", "hammer.small", "saw"));
  EXPECT_EQ(second.next_page_token(), "");
  EXPECT_EQ(first.codes(0).position() + 1, world_.SizeOf(tenant_));

  v1::ListCodesRequest all;
  all.set_page_size(1000);
  const auto every = Good<v1::ListCodesResponse>(all);
  EXPECT_TRUE(std::is_sorted(every.codes().begin(), every.codes().end(), [](const auto& a, const auto& b) {
    const auto word = [](const auto& code) { return v1::CodeKind_Name(code.kind()); };
    return std::pair(word(a), a.code()) < std::pair(word(b), b.code());
  }));
  EXPECT_THAT(every.codes(), SizeIs(3 + 1 + 1 + 2 + 1 + 2 + 2 + 1));  // And those of the world.
  for (const char* token : {"tool", "tool Hammer", "nothing saw", "x"}) {
    all.set_page_token(token);
    EXPECT_EQ(owner_.Call<v1::ListCodesResponse>(all).refusal().field, "page_token") << token;
  }
}

TEST_F(Registered, ReasonsReadAsTheyWereSentInTheVersionAskedFor) {
  EXPECT_EQ(Good<v1::PutReasonCatalogueResponse>(TextsOf("de", {{"too_late", "Zu spät."}, {"not_ours", "Nicht unseres."}})).version(), 1U);
  EXPECT_EQ(Good<v1::PutReasonCatalogueResponse>(TextsOf("en", {{"too_late", "Too late."}})).version(), 1U);
  const auto second = TextsOf("de", {{"too_late", "Leider zu spät."}, {"broken", "Kaputt."}});
  EXPECT_EQ(Good<v1::PutReasonCatalogueResponse>(second).version(), 2U);
  EXPECT_EQ(Good<v1::PutReasonCatalogueResponse>(TextsOf("de", {{"zeal", "Zu eifrig."}})).version(), 3U);
  EXPECT_EQ(Good<v1::PutReasonCatalogueResponse>(second).version(), 2U) << "a repetition";

  EXPECT_THAT(Texts(CatalogueOf("de", 1)), ElementsAre("not_ours: Nicht unseres.", "too_late: Zu spät."));
  EXPECT_THAT(Texts(CatalogueOf("de", 2)), ElementsAre("broken: Kaputt.", "not_ours: Nicht unseres.", "too_late: Leider zu spät."));
  EXPECT_THAT(Texts(CatalogueOf("de")), SizeIs(4));
  EXPECT_THAT(Texts(CatalogueOf("en")), ElementsAre("too_late: Too late."));
  for (const auto& [language, version] : {std::pair("de", 4), std::pair("fr", 0)}) {
    const auto answer = owner_.Call<v1::GetReasonCatalogueResponse>(CatalogueOf(language, static_cast<std::uint64_t>(version)));
    EXPECT_TRUE(Refused(answer.status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND")) << language;
  }
  auto twice = TextsOf("de", {{"too_late", "Zu spät."}, {"too_late", "Zu früh."}});
  EXPECT_EQ(owner_.Call<v1::PutReasonCatalogueResponse>(twice).refusal().field, "reasons[1].code");
}

TEST_F(Registered, ReasonsOfOnePageAfterAnotherAreOfOneVersion) {
  const auto full = Full<v1::PutReasonCatalogueRequest>();
  Good<v1::PutReasonCatalogueResponse>(full);
  v1::GetReasonCatalogueRequest request = CatalogueOf(full.language());
  request.set_page_size(1);
  const auto first = Good<v1::GetReasonCatalogueResponse>(request);
  auto later = TextsOf(full.language(), {{"zz_late", "Zu spät."}});
  *later.add_reasons() = full.reasons(1);
  later.mutable_reasons(1)->set_text("another text");
  Good<v1::PutReasonCatalogueResponse>(later);

  request.set_page_token(first.next_page_token());
  const auto second = Good<v1::GetReasonCatalogueResponse>(request);

  ASSERT_THAT(first.reasons(), SizeIs(1));
  ASSERT_THAT(second.reasons(), SizeIs(1));
  EXPECT_TRUE(Same(first.reasons(0), full.reasons(0)));
  EXPECT_TRUE(Same(second.reasons(0), full.reasons(1)));
  EXPECT_EQ(second.version(), 1U);
  EXPECT_EQ(second.next_page_token(), "");
}

TEST_F(Registered, RunsAreListedNewestFirstWithoutWhatIsSealed) {
  auto request = Full<v1::RecordAssuranceRequest>();
  for (auto& category : *request.mutable_run()->mutable_categories()) category.set_run_count(1000);
  const auto made = Good<v1::RecordAssuranceResponse>(request);
  auto other = request;
  other.set_request_id(NewId());
  other.mutable_run()->set_system("refund_bot");
  const auto newer = Good<v1::RecordAssuranceResponse>(other);
  v1::AssuranceRun wanted = request.run();
  wanted.clear_failures_json();

  const auto listed = Good<v1::ListAssuranceResponse>(v1::ListAssuranceRequest());
  v1::ListAssuranceRequest filtered;
  filtered.set_system(request.run().system());
  filtered.set_model_version(request.run().model_version());
  const auto found = Good<v1::ListAssuranceResponse>(filtered);

  ASSERT_THAT(listed.runs(), SizeIs(2));
  EXPECT_EQ(listed.runs(0).assurance_id(), newer.assurance_id());
  ASSERT_THAT(found.runs(), SizeIs(1));
  EXPECT_EQ(found.runs(0).assurance_id(), made.assurance_id());
  EXPECT_TRUE(Same(found.runs(0).run(), wanted));
  EXPECT_TRUE(found.runs(0).has_record_time());
}

TEST_F(Registered, RunsCountNoMorePassedThanRun) {
  auto request = Full<v1::RecordAssuranceRequest>();
  request.mutable_run()->mutable_categories(0)->set_run_count(5);
  request.mutable_run()->mutable_categories(0)->set_passed_count(5);
  request.mutable_run()->mutable_categories(1)->set_run_count(5);
  request.mutable_run()->mutable_categories(1)->set_passed_count(6);

  EXPECT_EQ(owner_.Call<v1::RecordAssuranceResponse>(request).refusal().field, "run.categories[1].passed_count");
}

TEST_F(Registered, CodesThatNobodyDeclaredReadUnlisted) {
  v1::RegisterSystemRequest request;
  request.set_request_id(NewId());
  request.mutable_system()->set_system("refund_bot");
  request.mutable_system()->set_owner("The Board");
  Good<v1::RegisterSystemResponse>(request);
  v1::GetSystemRequest get;
  get.set_system("refund_bot");

  EXPECT_EQ(Good<v1::GetSystemResponse>(get).system().owner(), "unlisted");
}

TEST_F(Registered, TenantsReadOnlyTheirOwn) {
  const Tenant other = world_.MakeTenant();
  const auto request = Full<v1::RegisterSystemRequest>();
  Good<v1::RegisterSystemResponse>(request);
  Good<v1::PutReasonCatalogueResponse>(TextsOf("de", {{"too_late", "Zu spät."}}));
  const Client there = World::MakeCaller(other, v1::ROLE_MODEL_OWNER, "owner");
  v1::GetSystemRequest get;
  get.set_system(request.system().system());

  EXPECT_TRUE(Refused(there.Call<v1::GetSystemResponse>(get).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_TRUE(Refused(there.Call<v1::GetReasonCatalogueResponse>(CatalogueOf("de")).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_THAT(there.Call<v1::ListSystemsResponse>(v1::ListSystemsRequest())->systems(), SizeIs(1));
  EXPECT_THAT(there.Call<v1::ListAssuranceResponse>(v1::ListAssuranceRequest())->runs(), IsEmpty());
}

}  // namespace
}  // namespace candor::e2e
