// Reports on real mortgage applications, held against the table they come from and against PostgreSQL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "candor/v1/audit_service.pb.h"
#include "examples/mortgages/applications.h"
#include "examples/mortgages/card.h"
#include "services/core/json/json.h"
#include "services/crypto/sha256.h"
#include "tests/e2e/cli_run.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kTable = std::string(CANDOR_SOURCE_DIR) + "/examples/mortgages/mortgages.csv";

// The desk of the example, once for all tests: it decides all 2,380 applications.
class Desk {
 public:
  static Desk& Get() {
    static Desk desk;
    return desk;
  }

  const Folder folder;
  const Tenant tenant = World::Get().MakeTenant();
  const Client officer = World::MakeKey(tenant, World::MakeHuman(tenant, {v1::ROLE_COMPLIANCE}, "officer-1"));
  const Client second = World::MakeKey(tenant, World::MakeHuman(tenant, {v1::ROLE_COMPLIANCE}, "officer-2"));
  const std::string regulator_id = World::MakeHuman(tenant, {v1::ROLE_REGULATOR}, "authority-1");
  const Client regulator = World::MakeKey(tenant, regulator_id);

  std::string KeyFile(const Client& client, const std::string& name) const {
    const std::string file = folder.path() + "/" + name + ".key";
    std::ofstream(file) << client.key() << "\n";
    std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return file;
  }

 private:
  Desk() {
    v1::RegisterSystemRequest system;
    system.set_request_id(NewId());
    system.mutable_system()->set_system("mortgage_desk");
    system.mutable_system()->add_models("mortgage_scorecard");
    system.mutable_system()->add_model_versions("v1");
    EXPECT_TRUE(tenant.system.Call<v1::RegisterSystemResponse>(system).ok());
    v1::RegisterDecisionTypeRequest type;
    type.set_request_id(NewId());
    type.mutable_decision_type()->set_action("mortgage.decide");
    for (const char* outcome : {"approved", "denied"}) type.mutable_decision_type()->add_outcomes(outcome);
    type.mutable_decision_type()->add_purposes("mortgage_underwriting");
    EXPECT_TRUE(tenant.system.Call<v1::RegisterDecisionTypeResponse>(type).ok());
    v1::UpdateTenantLimitsRequest limits;
    limits.set_request_id(NewId());
    limits.mutable_limits()->set_confidence_floor("0.55");
    limits.mutable_limits()->set_authorization_seconds(300);
    limits.mutable_limits()->set_outcome_seconds(3600);
    EXPECT_TRUE(tenant.system.Call<v1::UpdateTenantLimitsResponse>(limits).ok());
    for (const auto& [kind, code] : {std::pair(v1::CODE_KIND_REASON, "fairness_audit"), std::pair(v1::CODE_KIND_ORGANISATION, "authority")}) {
      v1::DeclareCodesRequest codes;
      codes.set_request_id(NewId());
      codes.set_kind(kind);
      codes.add_codes(code);
      EXPECT_TRUE(tenant.system.Call<v1::DeclareCodesResponse>(codes).ok());
    }
    const Client component = World::MakeCaller(tenant, v1::ROLE_COMPONENT, "mortgage_desk");
    const Ran ran = RunProgram(std::string(CANDOR_BINARY_DIR) + "/bin/mortgage_scorecard",
                               {"--server", World::Get().server().address(), "--key-file", KeyFile(component, "component"), "--data",
                                kTable, "--card", std::string(CANDOR_SOURCE_DIR) + "/examples/mortgages/scorecard.json"});
    EXPECT_EQ(ran.exit, 0) << ran;
  }
};

class Reporting : public ::testing::Test {
 protected:
  static v1::RunReportRequest BiasAudit(const std::vector<std::string>& attributes) {
    v1::RunReportRequest request;
    request.set_request_id(NewId());
    request.set_kind(v1::REPORT_KIND_BIAS_AUDIT);
    request.set_filter("action = mortgage.decide");
    request.set_measured("ground_truth");
    request.add_selected("approved");
    for (const std::string& name : attributes) request.add_attributes(name);
    request.set_reason("fairness_audit");
    return request;
  }
  static v1::RunReportRequest LogExtract(const std::string& filter) {
    v1::RunReportRequest request;
    request.set_request_id(NewId());
    request.set_kind(v1::REPORT_KIND_LOG_EXTRACT);
    request.set_filter(filter);
    return request;
  }
  static Answer<v1::RunReportResponse> Run(const Client& client, const v1::RunReportRequest& request) {
    const auto answer = client.CallTelling<v1::RunReportResponse>(request);
    return {answer.status, answer.value.empty() ? v1::RunReportResponse() : answer.value.back()};
  }
  // A grant of two humans for the regulator.
  std::string Grant(const std::string& from, const std::vector<std::string>& sections) const {
    v1::ProposeGrantRequest request;
    request.set_request_id(NewId());
    request.set_principal_id(desk_.regulator_id);
    request.set_authority("authority");
    request.mutable_scope()->add_actions(from);
    for (const std::string& name : sections) request.mutable_scope()->add_sections(name);
    request.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(absl::Now() + absl::Hours(24)));
    const auto proposed = desk_.officer.Call<v1::ProposeGrantResponse>(request);
    EXPECT_TRUE(proposed.ok()) << proposed.refusal();
    v1::ConfirmGrantRequest confirm;
    confirm.set_request_id(NewId());
    confirm.set_grant_id(proposed->grant().grant_id());
    EXPECT_TRUE(desk_.second.Call<v1::ConfirmGrantResponse>(confirm).ok());
    return proposed->grant().grant_id();
  }
  std::string Sql(const std::string& sql) const {
    const auto answer = candor::testing::Session(candor::testing::Postgres::ForSuperuser(world_.database())).Run(sql);
    EXPECT_TRUE(answer.ok()) << answer.sqlstate << ": " << sql;
    return answer.value();
  }
  std::string Path(const std::string& name) const { return desk_.folder.path() + "/" + name; }
  Ran Cli(std::vector<std::string> words) const {
    for (const std::string& word : {std::string("--server"), world_.server().address(), std::string("--key-file"), desk_.KeyFile(desk_.officer, "officer")}) {
      words.push_back(word);
    }
    words.insert(words.begin(), "report");
    return RunCandor(words);
  }
  static Ran Recomputed(const std::string& report) {
    return RunProgram(CANDOR_PYTHON, {"-B", std::string(CANDOR_SOURCE_DIR) + "/tests/e2e/rates_of_table.py", kTable, report + ".csv", report + ".json"});
  }

  World& world_ = World::Get();
  const Desk& desk_ = Desk::Get();
};

TEST_F(Reporting, FindsTheRatioOfTheTableAndEachFigureIsComputedAgain) {
  const Ran ran = Cli({"bias-audit", "action = mortgage.decide", "--measured", "ground_truth", "--selected", "approved", "--attribute",
                       "african_american", "--attribute", "single", "--reason", "fairness_audit", "--out", Path("bias")});
  ASSERT_EQ(ran.exit, 0) << ran;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("african_american"), HasSubstr("0.790"), HasSubstr("under four fifths")));
  EXPECT_THAT(ReadText(Path("bias/report.html")), AllOf(HasSubstr("0.790"), HasSubstr("339"), HasSubstr("2041"), HasSubstr("under four fifths")));

  const Ran again = Recomputed(Path("bias/report"));
  EXPECT_EQ(again.exit, 0) << again;
  EXPECT_EQ(again.out, "0.790\n");
}

TEST_F(Reporting, HidesFewPeopleUnlessTheLawWantsTheirNumber) {
  const std::vector<std::string> all = {"african_american", "single", "high_school_diploma"};
  v1::RunReportRequest request = BiasAudit(all);
  const auto hiding = Run(desk_.officer, request);
  ASSERT_TRUE(hiding.ok()) << hiding.refusal();
  request.set_request_id(NewId());
  request.set_jurisdiction("us-ny");
  const auto showing = Run(desk_.officer, request);
  ASSERT_TRUE(showing.ok()) << showing.refusal();

  // Three African-American applicants are single and without a diploma.
  const std::string cell = "african_american+single+high_school_diploma,yes+yes+no,";
  EXPECT_THAT(hiding->csv(), HasSubstr(cell + ",,,,,,,,,yes\r\n"));
  EXPECT_THAT(hiding->missing(), ::testing::Contains("small_groups"));
  EXPECT_THAT(showing->csv(), AllOf(HasSubstr(cell + "3,"), Not(HasSubstr(",yes\r\n"))));
  for (const auto& [name, report] : {std::pair("all", showing.value), std::pair("some", hiding.value)}) {
    std::ofstream(Path(name) + ".csv", std::ios::binary) << report.csv();
    std::ofstream(Path(name) + ".json", std::ios::binary) << report.json();
  }
  EXPECT_EQ(Recomputed(Path("all")).exit, 0) << Recomputed(Path("all"));
  EXPECT_EQ(Recomputed(Path("some")).exit, 0) << Recomputed(Path("some"));
}

TEST_F(Reporting, ComparesScoresWithTheMedianAsTheScorecardItselfWould) {
  v1::RunReportRequest request = BiasAudit({"african_american"});
  request.clear_measured();
  request.clear_selected();
  request.set_scored(true);
  const auto report = Run(desk_.officer, request);
  ASSERT_TRUE(report.ok()) << report.refusal();

  // Scores in ten-thousandths, as they are sent, of all that the desk was sure enough to decide.
  const auto card = mortgages::Card::Read(std::string(CANDOR_SOURCE_DIR) + "/examples/mortgages/scorecard.json");
  const auto applications = mortgages::ReadApplications(kTable);
  std::vector<std::pair<long, bool>> scores;
  std::vector<long> sorted;
  for (const mortgages::Application& application : *applications) {
    const auto decision = card->Decide(application);
    if (std::lround(decision->confidence * 10'000) < 5'500) continue;
    scores.emplace_back(std::lround(decision->probability * 10'000), application.columns.at("afam") == "yes");
    sorted.push_back(scores.back().first);
  }
  std::sort(sorted.begin(), sorted.end());
  const std::size_t n = sorted.size();
  const long twice = sorted[(n - 1) / 2] + sorted[n / 2];
  int people[2] = {}, above[2] = {};
  for (const auto& [score, group] : scores) {
    ++people[group];
    above[group] += 2 * score > twice ? 1 : 0;
  }
  for (const bool group : {false, true}) {
    EXPECT_THAT(report->csv(), HasSubstr("african_american," + std::string(group ? "yes," : "no,") + std::to_string(people[group]) + "," +
                                         std::to_string(above[group]) + ","));
  }
  core::Leaf leaf;
  ASSERT_TRUE(Verifies(report->receipt(), desk_.tenant.key, &leaf));
  EXPECT_THAT(TextsOf(leaf.facts, "read_sections"), ElementsAre("output", "protected"));
}

TEST_F(Reporting, IsAnEntryThatHoldsTheDigestAndNothingProtected) {
  const auto report = Run(desk_.officer, BiasAudit({"african_american"}));
  ASSERT_TRUE(report.ok()) << report.refusal();
  core::Leaf leaf;
  ASSERT_TRUE(Verifies(report->receipt(), desk_.tenant.key, &leaf));

  EXPECT_EQ(leaf.type, "report");
  EXPECT_EQ(FactOf(leaf, "report_kind"), "bias_audit");
  EXPECT_EQ(FactOf(leaf, "read_reason"), "fairness_audit");
  EXPECT_THAT(TextsOf(leaf.facts, "read_sections"), ElementsAre("protected"));
  EXPECT_EQ(*leaf.facts.FindInteger("read_count"), 2380);
  const Digest digest = crypto::Sha256(AsBytes(report->html() + report->csv() + report->json()));
  EXPECT_EQ(FactOf(leaf, "report_digest"), digest.ToBase64());
  EXPECT_EQ(report->digest(), AsText(digest.view()));
  EXPECT_THAT(report->receipt().leaf(), Not(HasSubstr("african_american")));
  EXPECT_THAT(world_.server().log(), Not(HasSubstr("african_american")));
  EXPECT_THAT(report->html(), AllOf(Not(HasSubstr("<script")), Not(HasSubstr("http:")), Not(HasSubstr("applicant-"))));
}

TEST_F(Reporting, SendsTheSameBytesToTheSameRequest) {
  const v1::RunReportRequest request = BiasAudit({"single"});
  const auto first = Run(desk_.officer, request);
  ASSERT_TRUE(first.ok()) << first.refusal();
  ASSERT_TRUE(Run(desk_.officer, LogExtract("outcome = none_such")).ok()) << "the ledger grows";
  const std::uint64_t size = world_.SizeOf(desk_.tenant);
  const auto again = Run(desk_.officer, request);
  ASSERT_TRUE(again.ok()) << again.refusal();

  EXPECT_EQ(again->html(), first->html());
  EXPECT_EQ(again->csv(), first->csv());
  EXPECT_EQ(again->json(), first->json());
  EXPECT_EQ(again->receipt().leaf(), first->receipt().leaf());
  EXPECT_TRUE(world_.Grew(desk_.tenant, size, 0));
  v1::RunReportRequest other = request;
  other.set_leave_out_small(true);
  EXPECT_TRUE(Refused(Run(desk_.officer, other).status, grpc::StatusCode::ALREADY_EXISTS, "REQUEST_ID_REUSED"));
}

TEST_F(Reporting, LeavesNothingBehindWhenItIsBrokenOff) {
  const std::uint64_t size = world_.SizeOf(desk_.tenant);
  int heard = 0;
  const grpc::Status status = desk_.officer.Listen<v1::RunReportResponse>(BiasAudit({"single"}), [&](const v1::RunReportResponse& part) {
    EXPECT_EQ(part.total_count(), 2380U);
    return ++heard == 2;
  });
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(heard, 2) << "it tells how far it is";
  // Whatever is asked next comes after it.
  ASSERT_TRUE(Run(desk_.officer, LogExtract("outcome = none_such")).ok());
  EXPECT_TRUE(world_.Grew(desk_.tenant, size, 1));
}

TEST_F(Reporting, GivesTheLogAsPostgresHasIt) {
  const Ran ran = Cli({"log-extract", "ground_truth = denied african_american:*", "--out", Path("none")});
  EXPECT_EQ(ran.exit, 1) << "what is protected is no field: " << ran;
  const Ran log = Cli({"log-extract", "outcome = denied ground_truth = denied", "--out", Path("log"), "--system", "mortgage_desk"});
  ASSERT_EQ(log.exit, 0) << log;

  std::istringstream lines(ReadText(Path("log/report.csv")));
  std::string line, head;
  std::getline(lines, head);
  EXPECT_THAT(head, AllOf(HasSubstr("position,time,type,leaf,decision"), HasSubstr(",model_version,"), HasSubstr(",leaf_hash")));
  int denied = 0, count = 0;
  std::map<std::string, std::string> hashes;
  while (std::getline(lines, line)) {
    ++count;
    denied += line.find(",outcome,") != std::string::npos ? 1 : 0;
    line.pop_back();  // The CR.
    hashes[line.substr(0, line.find(','))] = line.substr(line.rfind(',') + 1);
  }
  EXPECT_GT(denied, 100);
  EXPECT_EQ(count, 3 * denied) << "authorization, outcome and result of each";
  int compared = 0;
  for (const auto& [position, hash] : hashes) {
    if (compared++ == 20) break;
    EXPECT_EQ(Sql("SELECT encode(leaf_hash, 'base64') FROM entries WHERE tenant_id = '" + desk_.tenant.id + "' AND position = " + position), hash);
  }
  EXPECT_THAT(ReadText(Path("log/report.html")), AllOf(HasSubstr("mortgage_scorecard"), HasSubstr("What was left out, and why"), HasSubstr("candor verify receipt"), Not(HasSubstr("applicant-"))));
}

TEST_F(Reporting, IsCheckedWithItsOwnFilesAlone) {
  ASSERT_EQ(Cli({"log-extract", "outcome = denied ground_truth = approved", "--out", Path("own")}).exit, 0);
  const Ran ran = RunCandor({"verify", "receipt", "--vkey", desk_.tenant.key.ToText(), Path("own/report.leaf.json"), Path("own/report.tlog-proof")});
  EXPECT_EQ(ran.exit, 0) << ran;
  const Digest digest = crypto::Sha256(AsBytes(ReadText(Path("own/report.html")) + ReadText(Path("own/report.csv")) + ReadText(Path("own/report.json"))));
  EXPECT_THAT(ReadText(Path("own/report.leaf.json")), HasSubstr("\"report_digest\":\"" + digest.ToBase64() + "\""));
}

TEST_F(Reporting, SaysWhenItWouldBeTooLarge) {
  EXPECT_TRUE(Refused(Run(desk_.officer, LogExtract("")).status, grpc::StatusCode::INVALID_ARGUMENT, "TOO_LARGE"));
}

TEST_F(Reporting, UnderAGrantSeesWhatTheGrantCoversAndFindsTheSameAsASearch) {
  const std::string grant = Grant("mortgage.decide", {"inputs"});
  for (const char* filter : {"outcome = denied confidence < 0.6", "verdict = escalate -outcome:*", "ground_truth = denied AND (confidence > 0.95 OR outcome = none)",
                             "reason:* ground_truth != denied confidence >= 0.62 confidence < 0.7"}) {
    v1::RunReportRequest request = LogExtract(filter);
    request.set_grant_id(grant);
    const auto report = Run(desk_.regulator, request);
    ASSERT_TRUE(report.ok()) << report.refusal();
    v1::SearchRequest search;
    search.set_filter(filter);
    search.set_with_total(true);
    const auto found = desk_.officer.Call<v1::SearchResponse>(search);
    ASSERT_TRUE(found.ok()) << found.refusal();
    EXPECT_GT(found->total_count(), 0U) << filter;
    EXPECT_THAT(report->json(), AllOf(HasSubstr("\"decisions\":" + std::to_string(found->total_count()) + ","), HasSubstr("\"complete\":\"not provable\""))) << filter;
  }
  const std::string other = Grant("refund.grant", {"protected"});
  v1::RunReportRequest nothing = LogExtract("");
  nothing.set_grant_id(other);
  const auto none = Run(desk_.regulator, nothing);
  ASSERT_TRUE(none.ok()) << none.refusal();
  EXPECT_THAT(none->json(), AllOf(HasSubstr("\"decisions\":0,"), HasSubstr("\"looked_at\":0,"), Not(HasSubstr("mortgage"))));
}

TEST_F(Reporting, IsForComplianceAndUnderAGrantThatCoversIt) {
  v1::RunReportRequest request = BiasAudit({"single"});
  EXPECT_TRUE(Refused(Run(desk_.regulator, request).status, grpc::StatusCode::PERMISSION_DENIED, "GRANT_EXCEEDED")) << "without a grant";
  request.set_grant_id(Grant("mortgage.decide", {"inputs"}));
  EXPECT_TRUE(Refused(Run(desk_.regulator, request).status, grpc::StatusCode::PERMISSION_DENIED, "GRANT_EXCEEDED")) << "the grant opens no attributes";
  request.set_grant_id(Grant("mortgage.decide", {"protected"}));
  EXPECT_TRUE(Run(desk_.regulator, request).ok()) << Run(desk_.regulator, request).refusal();
  request.set_grant_id(NewId());
  EXPECT_TRUE(Refused(Run(desk_.regulator, request).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  EXPECT_TRUE(Refused(Run(desk_.tenant.component, request).status, grpc::StatusCode::PERMISSION_DENIED, "ROLE_MISSING"));
}

TEST_F(Reporting, RefusesWhatItCannotMake) {
  const auto refuses = [&](const std::function<void(v1::RunReportRequest&)>& change, const std::string& field) {
    v1::RunReportRequest request = BiasAudit({"single"});
    change(request);
    const auto answer = Run(desk_.officer, request);
    EXPECT_TRUE(Refused(answer.status, grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID")) << field;
    EXPECT_EQ(answer.refusal().field, field);
  };
  refuses([](auto& request) { request.clear_request_id(); }, "request_id");
  refuses([](auto& request) { request.clear_kind(); }, "kind");
  refuses([](auto& request) { request.clear_selected(); }, "selected");
  refuses([](auto& request) { request.clear_reason(); }, "reason");
  refuses([](auto& request) { request.set_scored(true); }, "measured");
  refuses([](auto& request) { request.set_measured("amount"); }, "measured");
  refuses([](auto& request) { request.set_measured("none_such"); }, "measured");
  refuses([](auto& request) { request.add_attributes("single"); }, "attributes");
  refuses([](auto& request) { request.set_filter("outcome ="); }, "filter");
  refuses([](auto& request) { request.set_person_reference("applicant-1"); }, "person_reference");
  refuses([](auto& request) { request.mutable_from_time()->set_seconds(2); request.mutable_until_time()->set_seconds(1); }, "from_time");
  refuses([](auto& request) { request.set_kind(v1::REPORT_KIND_LOG_EXTRACT); }, "selected");
  v1::RunReportRequest incident = LogExtract("");
  incident.set_kind(v1::REPORT_KIND_INCIDENT);
  EXPECT_TRUE(Refused(Run(desk_.officer, incident).status, grpc::StatusCode::UNIMPLEMENTED, "NOT_IMPLEMENTED"));
}

// The last of all: somebody is erased.
TEST_F(Reporting, ZCountsTheErasedAsUnknownAndRefusesToRepeatWhatWasBefore) {
  const v1::RunReportRequest before = BiasAudit({"african_american"});
  ASSERT_TRUE(Run(desk_.officer, before).ok());
  v1::ErasePersonRequest erase;
  erase.set_request_id(NewId());
  erase.set_person_reference("applicant-120");
  erase.set_ground(v1::ERASURE_GROUND_REQUEST);
  ASSERT_TRUE(desk_.officer.Call<v1::ErasePersonResponse>(erase).ok());

  EXPECT_TRUE(Refused(Run(desk_.officer, before).status, grpc::StatusCode::FAILED_PRECONDITION, "ERASED"));
  const auto after = Run(desk_.officer, BiasAudit({"african_american"}));
  ASSERT_TRUE(after.ok()) << after.refusal();
  EXPECT_THAT(after->csv(), AllOf(HasSubstr("african_american,no,2040,1851,"), HasSubstr("african_american,unknown:erased,1,")));
  EXPECT_THAT(after->html(), AllOf(HasSubstr("0.790"), HasSubstr("erased 1")));
}

}  // namespace
}  // namespace candor::e2e
