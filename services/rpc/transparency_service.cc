#include "services/rpc/transparency_service.h"

#include <limits>

#include "absl/strings/numbers.h"
#include "services/base/status.h"
#include "services/domain/registered.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/case.h"
#include "services/rpc/convert/statement.h"
#include "services/rpc/explaining.h"
#include "services/rpc/page.h"
#include "services/vault/opening.h"

namespace candor::rpc {
namespace {

constexpr int kMostOfAPage = 200, kStoriesAtOnce = 100, kMostCases = 64;

absl::StatusOr<Uuid> DecisionOf(const std::string& text) {
  if (const auto id = Uuid::FromText(text)) return *id;
  return BadField("decision_id", "must be a UUID, lower case, 36 characters");
}

int SizeOf(int asked) { return std::min(PageSize(asked), kMostOfAPage); }

// Where a list goes on: below a position, after `taken` items there.
struct Place {
  std::uint64_t before = std::numeric_limits<std::int64_t>::max();
  std::uint64_t taken = 0;
};
absl::StatusOr<Place> PlaceOf(const std::string& token) {
  Place place;
  if (token.empty()) return place;
  const std::size_t dash = token.find('-');
  if (dash == std::string::npos || !absl::SimpleAtoi(token.substr(0, dash), &place.before) ||
      !absl::SimpleAtoi(token.substr(dash + 1), &place.taken)) {
    return BadPageToken();
  }
  return place;
}
std::string TokenOf(std::uint64_t before, std::uint64_t taken = 0) {
  return std::to_string(before) + "-" + std::to_string(taken);
}

// Kinds by which a person contests.
bool IsContest(v1::CaseKind kind) {
  return kind == v1::CASE_KIND_HUMAN_INTERVENTION || kind == v1::CASE_KIND_CONTEST || kind == v1::CASE_KIND_EXPLAIN_86 ||
         kind == v1::CASE_KIND_APPEAL || kind == v1::CASE_KIND_DISPUTE;
}

// What a decision says of itself, for the queue of who looks at it again.
flow::Cases::About AboutOf(const Story& story) {
  const core::Leaf& first = story.chapters.front().leaf;
  return {.system = domain::FactText(first.facts, "system"), .action = domain::FactText(first.facts, "action"),
          .component = first.caller_id};
}

// What contests that wait for their answer leave to be contested.
void AddStanding(const std::vector<domain::Case>& cases, v1::PersonDecision& decision) {
  for (const domain::Case& one : cases) {
    const bool waits = one.IsOpen() && one.decision && one.decision->ToText() == decision.decision_id();
    if (waits) decision.set_contestable(false);
  }
}

// The same out of a story that is open already.
void AddWords(const domain::Case& one, const Story& story, v1::Case& out) {
  const auto word = [&](std::uint64_t position, const char* name) {
    for (const Chapter& chapter : story.chapters) {
      const auto section = chapter.position == position ? chapter.opened.find("contest") : chapter.opened.end();
      if (section == chapter.opened.end()) continue;
      const auto words = core::ParseCanonical(AsText(section->second.bytes), core::JsonKind::kSection);
      if (words.ok()) return domain::FactText(*words, name);
    }
    return std::string();
  };
  out.set_answer_text(word(one.answered_at, "answer_text"));
  out.set_extend_text(word(one.extended_at, "person_text"));
  out.set_question_text(word(one.question_at, "person_text"));
}

// What the person was told, which is sealed under their key: why it takes longer, what is asked, and the answer.
absl::Status AddWords(const domain::Case& found, ledger::Ledger& ledger, store::Connection& connection, v1::Case& out) {
  vault::Opening opening(connection, ledger.keyring(), ledger.tenant(), ledger.origin());
  const auto word = [&](std::uint64_t position, const char* name) -> absl::StatusOr<std::string> {
    if (position == 0) return std::string();
    CANDOR_ASSIGN_OR_RETURN(const auto sections, opening.Sections(position));
    const auto section = sections.find("contest");
    if (section == sections.end()) return std::string();
    CANDOR_ASSIGN_OR_RETURN(const core::Json words, core::ParseCanonical(section->second, core::JsonKind::kSection));
    return domain::FactText(words, name);
  };
  CANDOR_ASSIGN_OR_RETURN(*out.mutable_answer_text(), word(found.answered_at, "answer_text"));
  CANDOR_ASSIGN_OR_RETURN(*out.mutable_extend_text(), word(found.extended_at, "person_text"));
  CANDOR_ASSIGN_OR_RETURN(*out.mutable_question_text(), word(found.question_at, "person_text"));
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckLanguage(const std::string& text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (text.size() <= 35 && std::all_of(text.begin(), text.end(), fits)) return absl::OkStatus();
  return BadField("language", "must be a BCP 47 tag in lower case");
}

TransparencyService::TransparencyService(Door& door, ledger::Ledgers& ledgers, flow::RegistryBook& registries,
                                         flow::Judge& judge, flow::Cases& cases, flow::Oversight& oversight,
                                         flow::SettingsBook& settings, Workers& exporters, store::Pool& writers)
    : WireService(door, *v1::ExplainRequest::descriptor()->file()), ledgers_(ledgers), judge_(judge), cases_(cases), oversight_(oversight),
      settings_(settings), writers_(writers), words_(registries, writers) {
  Serve(&TransparencyService::ListDecisions);
  Serve(&TransparencyService::Explain);
  Serve(&TransparencyService::DataUse);
  Serve(&TransparencyService::WhoLooked);
  Serve(&TransparencyService::GetContest);
  Serve(&TransparencyService::Object);
  Serve(&TransparencyService::WithdrawConsent);
  Serve(&TransparencyService::Contest);
  Serve(&TransparencyService::Reply);
  Serve(&TransparencyService::RequestCorrection);
  Serve(&TransparencyService::RequestErasure);
  ServeTelling(&TransparencyService::ExportMyData, exporters);
}

absl::StatusOr<TransparencyService::View> TransparencyService::ViewOf(const Caller& caller) {
  CANDOR_ASSIGN_OR_RETURN(auto ledger, ledgers_.Get(*caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(auto words, words_.Get(*ledger));
  CANDOR_ASSIGN_OR_RETURN(PersonReader reader, PersonReader::Of(ledger, writers_, caller.person));
  return View{.ledger = std::move(ledger), .reader = std::move(reader), .words = std::move(words)};
}

TransparencyService::Speech TransparencyService::SpeechOf(const View& view, std::initializer_list<std::string> languages) {
  for (const std::string& tag : languages) {
    if (tag.empty()) continue;
    const auto language = pages::LanguageOf(tag);
    const pages::Language used = language.value_or(pages::Language::kEnglish);
    return {.words = PlainWords(view.words, std::string(pages::TagOf(used))), .language = used,
            .missing = language ? std::string() : tag};
  }
  return {.words = PlainWords(view.words, "en"), .language = pages::Language::kEnglish, .missing = {}};
}

absl::Status TransparencyService::ListDecisions(const Caller& caller, const v1::ListDecisionsRequest& request,
                                                v1::ListDecisionsResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(Place place, PlaceOf(request.page_token()));
  CANDOR_ASSIGN_OR_RETURN(const View view, ViewOf(caller));
  const absl::Time from = request.has_from_time() ? FromWire(request.from_time()) : absl::InfinitePast();
  const absl::Time until = request.has_until_time() ? FromWire(request.until_time()) : absl::InfiniteFuture();
  const int size = SizeOf(request.page_size());
  Speech speech = SpeechOf(view, {caller.language});
  CANDOR_ASSIGN_OR_RETURN(const auto cases, cases_.All(caller));
  for (bool is_first = true;; is_first = false) {
    CANDOR_ASSIGN_OR_RETURN(std::vector<Story> stories, view.reader.Newest(place.before, size + 1));
    if (is_first && caller.language.empty() && !stories.empty()) {
      CANDOR_RETURN_IF_ERROR(view.reader.Open(stories.front()));
      speech = SpeechOf(view, {LanguageOf(stories.front())});
    }
    for (const Story& story : stories) {
      const absl::Time time = story.chapters.front().leaf.time;
      if (time < from) return absl::OkStatus();  // All others are older.
      if (time < until && response.decisions_size() == size) {
        response.set_next_page_token(TokenOf(place.before));
        return absl::OkStatus();
      }
      if (time < until) {
        *response.add_decisions() = Summary(story, speech.words, speech.language);
        AddStanding(cases, *response.mutable_decisions()->rbegin());
      }
      place.before = story.chapters.front().position;
    }
    if (stories.size() <= static_cast<std::size_t>(size)) return absl::OkStatus();
  }
}

v1::ExplainResponse TransparencyService::Told(const Caller& caller, const View& view, const Story& story,
                                              const std::vector<domain::Case>& cases, const std::string& language) {
  Speech speech = SpeechOf(view, {language, caller.language, LanguageOf(story)});
  const auto text_of = [&](const Digest& set, const std::string& reason) {
    return judge_.TextOf(*caller.tenant, set, reason, speech.words.language()).person_text;
  };
  v1::ExplainResponse told = Explained(story, speech.words, speech.language, text_of);
  AddStanding(cases, *told.mutable_decision());
  for (const domain::Case& one : cases) {
    if (one.decision != story.decision || told.cases_size() == kMostCases) continue;
    v1::Case& shown = *told.add_cases();
    Fill(one, shown);
    AddWords(one, story, shown);
  }
  if (!speech.missing.empty()) told.add_remarks(pages::Say(speech.language, "remark.no_language", {speech.missing}));
  for (const core::VerifierKey& key : view.ledger->verifier_keys()) told.add_vkeys(key.ToText());
  return told;
}

absl::Status TransparencyService::Explain(const Caller& caller, const v1::ExplainRequest& request,
                                          v1::ExplainResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Uuid decision, DecisionOf(request.decision_id()));
  CANDOR_RETURN_IF_ERROR(CheckLanguage(request.language()));
  CANDOR_ASSIGN_OR_RETURN(const View view, ViewOf(caller));
  CANDOR_ASSIGN_OR_RETURN(const Story story, view.reader.Opened(decision));
  CANDOR_ASSIGN_OR_RETURN(const auto cases, cases_.All(caller));
  response = Told(caller, view, story, cases, request.language());
  std::vector<store::StoredLeaf> leaves;
  for (const Chapter* one : ToProve(story)) leaves.push_back({.position = one->position, .leaf = one->bytes});
  return view.reader.AddReceipts(leaves, *response.mutable_receipts());
}

absl::Status TransparencyService::DataUse(const Caller& caller, const v1::DataUseRequest& request,
                                          v1::DataUseResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(Place place, PlaceOf(request.page_token()));
  std::optional<Uuid> only;
  if (!request.decision_id().empty()) {
    CANDOR_ASSIGN_OR_RETURN(only, DecisionOf(request.decision_id()));
  }
  CANDOR_ASSIGN_OR_RETURN(const View view, ViewOf(caller));
  Speech speech = SpeechOf(view, {caller.language});
  const int size = SizeOf(request.page_size());
  while (true) {
    std::vector<Story> stories;
    if (only) {
      CANDOR_ASSIGN_OR_RETURN(stories.emplace_back(), view.reader.Opened(*only));
    } else {
      CANDOR_ASSIGN_OR_RETURN(stories, view.reader.Newest(place.before, kStoriesAtOnce));
    }
    for (Story& story : stories) {
      CANDOR_RETURN_IF_ERROR(view.reader.Open(story));
      if (caller.language.empty()) speech = SpeechOf(view, {LanguageOf(story)});
      std::vector<v1::UsedDatum> data = DataOf(story, speech.words);
      for (std::uint64_t i = place.taken; i < data.size(); ++i) {
        if (response.data_size() == size) {
          response.set_next_page_token(TokenOf(place.before, i));
          return absl::OkStatus();
        }
        *response.add_data() = std::move(data[i]);
      }
      place = {.before = story.chapters.front().position, .taken = 0};
    }
    if (only || stories.size() < static_cast<std::size_t>(kStoriesAtOnce)) return absl::OkStatus();
  }
}

absl::Status TransparencyService::WhoLooked(const Caller& caller, const v1::WhoLookedRequest& request,
                                            v1::WhoLookedResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const Place place, PlaceOf(request.page_token()));
  CANDOR_ASSIGN_OR_RETURN(const View view, ViewOf(caller));
  Speech speech = SpeechOf(view, {caller.language});
  const int size = SizeOf(request.page_size());
  CANDOR_ASSIGN_OR_RETURN(auto leaves, view.reader.Readings(place.before, size + 1));
  const bool has_more = leaves.size() > static_cast<std::size_t>(size);
  if (has_more) {
    leaves.pop_back();
    response.set_next_page_token(TokenOf(leaves.back().position));
  }
  google::protobuf::RepeatedPtrField<v1::Receipt> receipts;
  CANDOR_RETURN_IF_ERROR(view.reader.AddReceipts(leaves, receipts));
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const auto leaf = core::ParseLeaf(leaves[i].leaf);
    if (!leaf.ok()) continue;
    v1::ShownReading& reading = *response.add_readings();
    reading = ReadingOf(*leaf, speech.words, speech.language);
    *reading.mutable_receipt() = std::move(*receipts.Mutable(static_cast<int>(i)));
  }
  return absl::OkStatus();
}

template <typename Request, typename Response>
absl::Status TransparencyService::Open(const Caller& caller, const char* word, const char* type, v1::CaseKind kind,
                                       const Request& request, Response& response, const flow::Cases::About& about) {
  CANDOR_ASSIGN_OR_RETURN(const auto settings, settings_.Get(*caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, ToStatement(request, word, *settings, door_.clock().Now()));
  const std::string name = EnumWord(*v1::CaseKind_descriptor()->FindValueByNumber(kind));
  CANDOR_ASSIGN_OR_RETURN(flow::Cases::Made made, cases_.Open(caller, std::move(statement), type, name, about));
  Fill(made.opened, *response.mutable_case_());
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status TransparencyService::Object(const Caller& caller, const v1::ObjectRequest& request,
                                         v1::ObjectResponse& response) {
  const v1::CaseKind kind = request.opt_out() ? v1::CASE_KIND_OPT_OUT : v1::CASE_KIND_OBJECT;
  return Open(caller, "object", domain::kObjectionType, kind, request, response);
}

absl::Status TransparencyService::WithdrawConsent(const Caller& caller, const v1::WithdrawConsentRequest& request,
                                                  v1::WithdrawConsentResponse& response) {
  return Open(caller, "withdraw_consent", domain::kWithdrawalType, v1::CASE_KIND_WITHDRAW_CONSENT, request, response);
}

absl::Status TransparencyService::Contest(const Caller& caller, const v1::ContestRequest& request,
                                          v1::ContestResponse& response) {
  if (!IsContest(request.kind())) {
    return BadField("kind", "must be human_intervention, contest, explain_86, appeal or dispute");
  }
  CANDOR_ASSIGN_OR_RETURN(const Uuid decision, DecisionOf(request.decision_id()));
  CANDOR_ASSIGN_OR_RETURN(const View view, ViewOf(caller));
  CANDOR_ASSIGN_OR_RETURN(const Story story, view.reader.Opened(decision));
  return Open(caller, "contest", domain::kCaseType, request.kind(), request, response, AboutOf(story));
}

absl::Status TransparencyService::Reply(const Caller& caller, const v1::ReplyRequest& request, v1::ReplyResponse& response) {
  CANDOR_ASSIGN_OR_RETURN(const auto settings, settings_.Get(*caller.tenant));
  CANDOR_ASSIGN_OR_RETURN(domain::Statement statement, ToStatement(request, "reply", *settings, door_.clock().Now()));
  CANDOR_ASSIGN_OR_RETURN(const domain::Case asking, cases_.Get(caller, *Uuid::FromText(request.case_id())));
  statement.facts.Set("task", request.case_id());
  statement.persons = {caller.person};
  // Whose it is, for whoever verifies the ledger with its keys.
  statement.sections["person"] = core::Json::Object().Set("reference", caller.person).Encode();
  CANDOR_ASSIGN_OR_RETURN(flow::Oversight::Made made, oversight_.Reply(caller, statement));
  CANDOR_ASSIGN_OR_RETURN(const domain::Case replied, cases_.Get(caller, asking.id));
  Fill(replied, *response.mutable_case_());
  ToWire(std::move(made.receipt), *response.mutable_receipt());
  return absl::OkStatus();
}

absl::Status TransparencyService::RequestCorrection(const Caller& caller, const v1::RequestCorrectionRequest& request,
                                                    v1::RequestCorrectionResponse& response) {
  flow::Cases::About about;
  if (!request.decision_id().empty()) {
    CANDOR_ASSIGN_OR_RETURN(const Uuid decision, DecisionOf(request.decision_id()));
    CANDOR_ASSIGN_OR_RETURN(const View view, ViewOf(caller));
    CANDOR_ASSIGN_OR_RETURN(const Story story, view.reader.Opened(decision));
    about = AboutOf(story);
  }
  return Open(caller, "request_correction", domain::kCaseType, v1::CASE_KIND_RECTIFY, request, response, about);
}

absl::Status TransparencyService::RequestErasure(const Caller& caller, const v1::RequestErasureRequest& request,
                                                 v1::RequestErasureResponse& response) {
  return Open(caller, "request_erasure", domain::kCaseType, v1::CASE_KIND_ERASE, request, response);
}

absl::Status TransparencyService::GetContest(const Caller& caller, const v1::GetContestRequest& request,
                                             v1::GetContestResponse& response) {
  const auto case_id = Uuid::FromText(request.case_id());
  if (!case_id) return BadField("case_id", "must be a UUID, lower case, 36 characters");
  CANDOR_ASSIGN_OR_RETURN(const domain::Case found, cases_.Get(caller, *case_id));
  CANDOR_ASSIGN_OR_RETURN(const View view, ViewOf(caller));
  Fill(found, *response.mutable_case_());
  std::vector<store::StoredLeaf> leaves;
  {
    store::Pool::Lease connection = writers_.Borrow();
    for (const domain::Case::Step& step : found.steps) {
      if (!leaves.empty() && leaves.back().position == step.position) continue;
      CANDOR_ASSIGN_OR_RETURN(leaves.emplace_back(), store::LeafAt(*connection, *caller.tenant, step.position));
    }
    CANDOR_RETURN_IF_ERROR(AddWords(found, *view.ledger, *connection, *response.mutable_case_()));
  }
  if (!found.IsOpen()) {
    const Speech speech = SpeechOf(view, {caller.language});
    response.mutable_case_()->set_remedies_text(pages::Say(speech.language, "rights.gdpr"));
  }
  return view.reader.AddReceipts(leaves, *response.mutable_receipts());
}

}  // namespace candor::rpc
