// The pages of twenty real applicants, as they would read them: plain, and true to the record.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "candor/v1/transparency_service.pb.h"
#include "examples/mortgages/requests.h"
#include "google/protobuf/util/json_util.h"
#include "services/pages/explanation.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr int kPages = 20;

struct Applicant {
  mortgages::Application application;
  mortgages::Decision decision;
  std::string decision_id;
};

// One ledger for all tests: 16 who were refused and 4 who were not, as the table has them.
class Desk {
 public:
  static Desk& Get() {
    static Desk desk;
    return desk;
  }

  v1::ExplainResponse Explain(const Applicant& applicant, const std::string& language) const {
    const std::string person = "applicant-" + std::to_string(applicant.application.number);
    v1::ExplainRequest request;
    request.set_decision_id(applicant.decision_id);
    request.set_language(language);
    const auto answer = World::MakePerson(tenant_, person).Call<v1::ExplainResponse>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }

  std::vector<Applicant> applicants;

 private:
  Desk() {
    const std::string folder = std::string(CANDOR_SOURCE_DIR) + "/examples/mortgages/";
    const auto card = mortgages::Card::Read(folder + "scorecard.json");
    const auto table = mortgages::ReadApplications(folder + "mortgages.csv");
    Register(folder);
    for (const mortgages::Application& application : *table) {
      const auto decision = card->Decide(application);
      const bool wanted = decision->denied ? refused_ < 16 : approved_ < 4;
      if (applicants.size() == kPages || !wanted) continue;
      const v1::AuthorizeRequest ask = mortgages::Authorize(application, *card, *decision);
      const auto asked = component_.Call<v1::AuthorizeResponse>(ask);
      EXPECT_EQ(asked->verdict(), v1::VERDICT_ALLOW) << asked.refusal();
      const auto told = component_.Call<v1::RecordResponse>(mortgages::Record(application, *card, *decision, asked.value));
      EXPECT_TRUE(told.ok()) << told.refusal();
      ++(decision->denied ? refused_ : approved_);
      applicants.push_back({application, *decision, asked->decision_id()});
    }
  }

  void Register(const std::string& folder) {
    v1::RegisterSystemRequest system;
    system.set_request_id(NewId());
    system.mutable_system()->set_system("mortgage_desk");
    system.mutable_system()->add_models("mortgage_scorecard");
    system.mutable_system()->add_model_versions("v1");
    EXPECT_TRUE(tenant_.system.Call<v1::RegisterSystemResponse>(system).ok());
    v1::RegisterDecisionTypeRequest type;
    type.set_request_id(NewId());
    type.mutable_decision_type()->set_action("mortgage.decide");
    for (const char* outcome : {"approved", "denied"}) type.mutable_decision_type()->add_outcomes(outcome);
    type.mutable_decision_type()->add_purposes("mortgage_underwriting");
    for (const char* category : {"income_and_debts", "property", "credit_history", "public_record", "insurance", "employment",
                                 "statistics"}) {
      type.mutable_decision_type()->add_data_categories(category);
    }
    EXPECT_TRUE(tenant_.system.Call<v1::RegisterDecisionTypeResponse>(type).ok());
    v1::UpdateTenantLimitsRequest limits;
    limits.set_request_id(NewId());
    limits.mutable_limits()->set_confidence_floor("0.5");
    limits.mutable_limits()->set_authorization_seconds(300);
    limits.mutable_limits()->set_outcome_seconds(3600);
    EXPECT_TRUE(tenant_.system.Call<v1::UpdateTenantLimitsResponse>(limits).ok());
    const Client owner = World::MakeCaller(tenant_, v1::ROLE_MODEL_OWNER, "owner");
    for (const char* language : {"en", "de"}) {
      v1::PutReasonCatalogueRequest words;
      const std::string json = ReadText(folder + "reasons_" + language + ".json");
      EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &words).ok());
      words.set_request_id(NewId());
      const auto put = owner.Call<v1::PutReasonCatalogueResponse>(words);
      EXPECT_TRUE(put.ok()) << put.refusal();
    }
  }

  const Tenant tenant_ = World::Get().MakeTenant();
  const Client component_ = World::MakeCaller(tenant_, v1::ROLE_COMPONENT, "mortgage_desk");
  int refused_ = 0, approved_ = 0;
};

std::string Unescaped(std::string text) {
  for (const auto& [from, to] : std::map<std::string, std::string>{{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}}) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from)) text.replace(at, from.size(), to);
  }
  for (std::size_t at = text.find("&amp;"); at != std::string::npos; at = text.find("&amp;", at + 1)) text.replace(at, 5, "&");
  return text;
}

// The texts of a page that are in its own language: paragraphs and, if `all`, headings and cells
// too. Commands, keys and numbers of decisions are left out.
std::vector<std::string> TextsOf(const std::string& html, bool all) {
  static const std::regex kElement("<(p|h[1-3]|td|th)( [^>]*)?>([^<]*)</");
  std::vector<std::string> texts;
  for (std::sregex_iterator at(html.begin(), html.end(), kElement), end; at != end; ++at) {
    const std::string tag = (*at)[1], attributes = (*at)[2];
    if (attributes.find("lang=") != std::string::npos || (tag != "p" && !all)) continue;
    if ((*at)[3].str().find("-7") != std::string::npos) continue;  // A UUID.
    texts.push_back(Unescaped((*at)[3]));
  }
  return texts;
}

struct Counts {
  double sentences = 0, words = 0, syllables = 0;
};

// The signs of a text in UTF-8.
std::vector<std::string> SignsOf(const std::string& text) {
  std::vector<std::string> signs;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    signs.push_back(text.substr(at, length));
    at += length;
  }
  return signs;
}

// German: one for each vowel or pair that is spoken as one. English: one for each run of vowels,
// and none for an `e` that ends a word after a consonant, but for `-le`.
int SyllablesOf(const std::vector<std::string>& word, bool german) {
  static const std::set<std::string> kVowels = {"a", "e", "i", "o", "u", "y", "ä", "ö", "ü", "Ä", "Ö",
                                                "Ü", "A", "E", "I", "O", "U", "Y"};
  static const std::set<std::string> kPairs = {"ei", "Ei", "ai", "au", "Au", "eu", "Eu", "äu", "ie", "aa", "ee", "oo"};
  int syllables = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (!kVowels.contains(word[i])) continue;
    ++syllables;
    if (german && i + 1 < word.size() && kPairs.contains(word[i] + word[i + 1])) ++i;
    while (!german && i + 1 < word.size() && kVowels.contains(word[i + 1])) ++i;
  }
  const std::size_t n = word.size();
  const bool silent = !german && n > 2 && word[n - 1] == "e" && word[n - 2] != "l" && !kVowels.contains(word[n - 2]);
  return std::max(1, silent ? syllables - 1 : syllables);
}

Counts CountOf(const std::vector<std::string>& texts, bool german) {
  Counts counts;
  for (const std::string& text : texts) {
    double words = 0, ends = 0;
    std::vector<std::string> word;
    std::vector<std::string> signs = SignsOf(text + " ");
    for (std::size_t i = 0; i < signs.size(); ++i) {
      const auto lead = static_cast<unsigned char>(signs[i][0]);
      if (std::isalpha(lead) != 0 || (lead >= 0x80 && signs[i] != "…")) {
        word.push_back(signs[i]);
        continue;
      }
      const bool in_number = i + 1 < signs.size() && std::isdigit(static_cast<unsigned char>(signs[i + 1][0])) != 0;
      if (!in_number && std::string(".!?").find(signs[i]) != std::string::npos) ++ends;
      if (word.empty()) continue;
      counts.syllables += SyllablesOf(word, german);
      ++words;
      word.clear();
    }
    if (words == 0) continue;
    counts.words += words;
    counts.sentences += std::max(ends, 1.0);
  }
  return counts;
}

// Flesch and Kincaid (1975); Amstad (1978).
double GradeOf(const Counts& c) { return 0.39 * c.words / c.sentences + 11.8 * c.syllables / c.words - 15.59; }
double AmstadOf(const Counts& c) { return 180 - c.words / c.sentences - 58.5 * c.syllables / c.words; }

std::string HtmlOf(const v1::ExplainResponse& answer) { return pages::ToHtml(pages::PageOf(answer, "")); }

TEST(Readability, IsMeasuredAsItsFormulasSay) {
  // Counted by hand: 2 sentences and 10 words each.
  const Counts english = CountOf({"The cat sat on a mat.", "Nobody saw the table."}, false);
  EXPECT_EQ(english.sentences, 2);
  EXPECT_EQ(english.words, 10);
  EXPECT_EQ(english.syllables, 13);
  EXPECT_NEAR(GradeOf(english), 0.39 * 5 + 11.8 * 1.3 - 15.59, 1e-9);
  const Counts german = CountOf({"Die Bank hat Nein gesagt. Das Haus ist zu teuer."}, true);
  EXPECT_EQ(german.sentences, 2);
  EXPECT_EQ(german.words, 10);
  EXPECT_EQ(german.syllables, 12);
  EXPECT_NEAR(AmstadOf(german), 180 - 5 - 58.5 * 1.2, 1e-9);
}

TEST(PagesOfApplicants, AreReadAtNinthGradeOrBelow) {
  double worst = 0;
  for (const Applicant& applicant : Desk::Get().applicants) {
    const std::string html = HtmlOf(Desk::Get().Explain(applicant, "en"));
    for (const bool all : {false, true}) {
      const Counts counts = CountOf(TextsOf(html, all), false);
      EXPECT_GT(counts.words, 150);
      EXPECT_LE(GradeOf(counts), 9) << applicant.application.number;
      worst = std::max(worst, GradeOf(counts));
    }
  }
  std::printf("the hardest English page: grade %.1f\n", worst);
}

TEST(PagesOfApplicants, AreReadWithEaseInGerman) {
  double worst = 180;
  for (const Applicant& applicant : Desk::Get().applicants) {
    const std::string html = HtmlOf(Desk::Get().Explain(applicant, "de"));
    for (const bool all : {false, true}) {
      const Counts counts = CountOf(TextsOf(html, all), true);
      EXPECT_GT(counts.words, 150);
      EXPECT_GE(AmstadOf(counts), 50) << applicant.application.number;
      worst = std::min(worst, AmstadOf(counts));
    }
  }
  std::printf("the hardest German page: %.1f\n", worst);
}

// Every number on the page is one of the record; those of the frames are known.
// An answer to which somebody reacted: one case of each way that it can go.
v1::ExplainResponse WithCases(v1::ExplainResponse answer, bool german) {
  const auto add = [&](v1::CaseState state, v1::CaseStage stage) -> v1::Case& {
    v1::Case& one = *answer.add_cases();
    one.set_kind(v1::CASE_KIND_CONTEST);
    one.set_state(state);
    one.set_stage(stage);
    one.mutable_legal_due_time()->set_seconds(1'798'761'599);
    one.set_case_id("019a0000-0000-7000-8000-000000000001");
    return one;
  };
  add(v1::CASE_STATE_OPEN, v1::CASE_STAGE_RECEIVED);
  add(v1::CASE_STATE_OPEN, v1::CASE_STAGE_UNDER_REVIEW).add_steps()->set_stage(v1::CASE_STAGE_LATE);
  v1::Case& waits = add(v1::CASE_STATE_WAITING, v1::CASE_STAGE_ASSIGNED);
  waits.mutable_extend_time()->set_seconds(1'798'000'000);
  waits.set_extend_text(german ? "Wir warten auf das Amt." : "We wait for the court.");
  waits.set_question_text(german ? "Wer sind Sie?" : "Who are you?");
  waits.set_clock_stands(true);
  for (const auto outcome : {v1::CASE_OUTCOME_GRANTED, v1::CASE_OUTCOME_PARTLY_GRANTED, v1::CASE_OUTCOME_UPHELD, v1::CASE_OUTCOME_REFUSED}) {
    v1::Case& one = add(v1::CASE_STATE_ANSWERED, v1::CASE_STAGE_ANSWERED);
    one.set_outcome(outcome);
    one.set_answer_text(german ? "Wir haben die Akte noch einmal gelesen." : "We read the file once more.");
  }
  return answer;
}

TEST(PagesOfApplicants, AreReadAsEasilyOnceTheyContested) {
  const Applicant& applicant = Desk::Get().applicants.front();
  const Counts english = CountOf(TextsOf(HtmlOf(WithCases(Desk::Get().Explain(applicant, "en"), false)), true), false);
  EXPECT_LE(GradeOf(english), 9);
  const Counts german = CountOf(TextsOf(HtmlOf(WithCases(Desk::Get().Explain(applicant, "de"), true)), true), true);
  EXPECT_GE(AmstadOf(german), 50);
}

TEST(PagesOfApplicants, ShowNoNumberThatWasNotRecorded) {
  static const std::regex kNumber("[0-9]+(\\.[0-9]+)?");
  for (const char* language : {"en", "de"}) {
    for (const Applicant& applicant : Desk::Get().applicants) {
      const v1::ExplainResponse answer = Desk::Get().Explain(applicant, language);
      std::string recorded = ReadText(std::string(CANDOR_SOURCE_DIR) + "/examples/mortgages/reasons_" + language + ".json");
      for (const v1::ShownSection& shown : answer.sections()) recorded += " " + shown.section().content();
      for (const v1::Receipt& receipt : answer.receipts()) {
        recorded += " " + receipt.leaf() + " \"" + std::to_string(receipt.position()) + "\"";
      }
      const auto leaf = core::ParseLeaf(answer.receipts(0).leaf());
      recorded += absl::FormatTime(" %E4Y %e %H %M ", leaf->time, absl::UTCTimeZone());
      for (const std::string& text : TextsOf(HtmlOf(answer), true)) {
        for (std::sregex_iterator at(text.begin(), text.end(), kNumber), end; at != end; ++at) {
          EXPECT_THAT(recorded, HasSubstr(at->str())) << text;
        }
      }
    }
  }
}

TEST(PagesOfApplicants, ShowEachReasonWithTheValueOfTheTable) {
  for (const Applicant& applicant : Desk::Get().applicants) {
    const v1::ExplainResponse answer = Desk::Get().Explain(applicant, "en");
    ASSERT_EQ(answer.reasons_size(), static_cast<int>(applicant.decision.reasons.size()));
    EXPECT_EQ(answer.decision().outcome_text(), applicant.decision.denied ? "refused" : "approved");
    EXPECT_EQ(answer.changes_that_matter_size(), static_cast<int>(applicant.decision.changes.size()));
    for (int i = 0; i < answer.reasons_size(); ++i) {
      const mortgages::Weight& reason = applicant.decision.reasons[static_cast<std::size_t>(i)];
      EXPECT_EQ(answer.reasons(i).code(), reason.name);
      EXPECT_NE(answer.reasons(i).text(), "");
      ASSERT_EQ(answer.reasons(i).factors_size(), 1);
      EXPECT_EQ(answer.reasons(i).factors(0).value(), applicant.application.columns.at(reason.columns.at(0)));
      EXPECT_THAT(HtmlOf(answer), HasSubstr(answer.reasons(i).factors(0).value()));
    }
    EXPECT_EQ(answer.data_size(), 8);
    EXPECT_THAT(answer.unused_data(), Contains("Whether you are African-American"));
  }
}

}  // namespace
}  // namespace candor::e2e
