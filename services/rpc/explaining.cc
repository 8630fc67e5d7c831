#include "services/rpc/explaining.h"

#include <algorithm>

#include "candor/v1/decision_service.pb.h"
#include "services/base/clock.h"
#include "services/domain/registered.h"
#include "services/pages/explanation.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"

namespace candor::rpc {
namespace {

using domain::FactText;
using domain::FactTexts;
using pages::Language;
using pages::Say;

constexpr int kMostReceipts = 64;

// Sections that explanations rest on.
constexpr std::string_view kRestsOn[] = {"person", "inputs", "data_used", "output", "reasons", "explanation", "notice", "protected", "contest"};

bool IsOutcome(const core::Leaf& leaf) { return leaf.type == "outcome" || leaf.type == "correction"; }

// The leaves that say how it stands: the last of their kind; nothing where there is none.
struct Standing {
  const Chapter* asked = nullptr;     // An authorization; else what was only observed.
  const Chapter* told = nullptr;      // An outcome, or its correction.
  const core::Leaf* end = nullptr;  // cancellation or outcome_missing.
};
Standing StandingOf(const Story& story) {
  Standing standing;
  for (const Chapter& chapter : story.chapters) {
    if (chapter.leaf.type == "authorization") standing.asked = &chapter;
    if (IsOutcome(chapter.leaf)) standing.told = &chapter;
    if (chapter.leaf.type == "cancellation" || chapter.leaf.type == "outcome_missing") standing.end = &chapter.leaf;
  }
  if (standing.asked == nullptr) standing.asked = standing.told;
  return standing;
}

// An authorization, an outcome or an observation: the last one has the fields of all.
v1::ObserveRequest Read(const Chapter* chapter) {
  v1::ObserveRequest message;
  if (chapter != nullptr) FromLeaf(chapter->leaf.facts, chapter->Shown(), message);
  return message;
}

std::string WordOf(const google::protobuf::EnumDescriptor& type, int value, Language language) {
  const auto* found = type.FindValueByNumber(value);
  return value == 0 || found == nullptr || !pages::Has(found->name()) ? std::string() : Say(language, found->name());
}

void Sentence(std::string& text, const std::string& sentence) {
  if (!sentence.empty()) text += (text.empty() ? "" : " ") + sentence;
}

std::string OutcomeText(const Standing& standing, PlainWords& words, Language language) {
  if (standing.told != nullptr) return words.Of(FactText(standing.told->leaf.facts, "outcome"), "outcome");
  if (standing.end != nullptr) {
    return Say(language, standing.end->type == "cancellation" ? "result.cancelled" : "result.missing");
  }
  const std::string verdict = standing.asked == nullptr ? "" : FactText(standing.asked->leaf.facts, "verdict");
  if (verdict == "deny") return Say(language, "result.denied");
  return verdict == "escalate" ? Say(language, "result.escalated") : std::string();
}

class Explainer {
 public:
  Explainer(const Story& story, PlainWords& words, Language language, const PersonTextOf& text_of)
      : story_(story), words_(words), language_(language), text_of_(text_of), standing_(StandingOf(story)),
        asked_(Read(standing_.asked)), told_(Read(standing_.told)) {}

  v1::ExplainResponse Make() {
    *out_.mutable_decision() = Summary(story_, words_, language_);
    out_.set_language(std::string(pages::TagOf(language_)));
    for (v1::UsedDatum& datum : DataOf(story_, words_)) *out_.add_data() = std::move(datum);
    Result();
    Roles();
    Reasons();
    Data();
    Rights();
    Notices();
    Sections();
    Remarks();
    return std::move(out_);
  }

 private:
  std::string Say(std::string_view key, std::initializer_list<std::string_view> parts = {}) const {
    return pages::Say(language_, key, parts);
  }
  template <typename Enum>
  std::string WordOf(Enum value, const google::protobuf::EnumDescriptor* type) const {
    return rpc::WordOf(*type, value, language_);
  }
  const v1::Outcome& outcome() const { return told_.outcome(); }
  const v1::Actor& actor() const { return asked_.actor(); }

  void Result() {
    const std::string& action = asked_.action().name();
    out_.set_significance_text(words_.OfOrNone(action, "significance"));
    out_.set_effect(outcome().effect());
    out_.set_environment(actor().environment());
    if (outcome().has_effective_time()) *out_.mutable_effective_time() = outcome().effective_time();
    if (!asked_.purpose().code().empty()) out_.set_purpose_text(words_.Of(asked_.purpose().code(), "purpose"));
    out_.set_legal_basis(asked_.purpose().legal_basis());
    out_.set_art22_ground(asked_.purpose().art22_ground());
    out_.set_score(outcome().score());
    out_.set_score_threshold(outcome().score_threshold());
  }

  void Roles() {
    const std::string& code = actor().system();
    const auto registered = words_.tenant().systems.find(code);
    const v1::AiSystem system = registered == words_.tenant().systems.end() ? v1::AiSystem() : registered->second;
    const std::string decider = words_.OfOrNone(code, "decider");
    out_.set_decider_text(decider.empty() ? Say("decider", {story_.chapters.front().leaf.ledger}) : decider);
    const std::string logic = words_.OfOrNone(code, "logic");
    out_.set_logic_text(logic.empty() ? system.logic_summary() : logic);

    std::string name = words_.OfOrNone(code, "system");
    if (name.empty()) name = system.name().empty() ? Spaced(code) : system.name();
    std::string role;
    if (!name.empty()) Sentence(role, Say("system", {name}));
    if (!actor().model_version().empty()) Sentence(role, Say("version", {actor().model_version()}));
    if (!system.provider().empty()) Sentence(role, Say("provider", {words_.Of(system.provider(), "organisation")}));
    Sentence(role, WordOf(outcome().ai_influence(), v1::AiInfluence_descriptor()));
    out_.set_ai_role_text(role);

    std::string human;
    if (outcome().has_human()) {
      Sentence(human, WordOf(outcome().human().kind(), v1::OversightKind_descriptor()));
      Sentence(human, WordOf(outcome().human().decision(), v1::HumanDecision_descriptor()));
      if (outcome().human().has_active_seconds()) {
        Sentence(human, Say("human.seconds", {std::to_string(outcome().human().active_seconds())}));
      }
      if (outcome().human().has_could_change() && !outcome().human().could_change()) Sentence(human, Say("human.powerless"));
    }
    if (human.empty() && standing_.told != nullptr) human = Say("human.none");
    out_.set_human_role_text(human);
  }

  // The words of a component count in their own language; in another one the catalogue's.
  bool SpeaksAsAsked() const {
    const std::string& spoken = outcome().explanation().language();
    return spoken.empty() || pages::LanguageOf(spoken) == language_;
  }

  void Reasons() {
    for (const v1::Reason& reason : outcome().reasons()) AddReason(reason);
    if (standing_.told == nullptr && standing_.asked != nullptr) AddVerdictReasons();
    const v1::Explanation& explanation = outcome().explanation();
    out_.set_text(explanation.text());
    out_.set_mode(explanation.mode());
    if (!SpeaksAsAsked()) {
      out_.set_recorded_language(explanation.language());
      if (!explanation.text().empty() || !explanation.counterfactuals().empty()) words_.FellBack(explanation.language());
    }
    for (const v1::Counterfactual& change : explanation.counterfactuals()) {
      std::string text = change.changes();
      if (!text.empty() && std::string_view(".!?").find(text.back()) == std::string_view::npos) text += '.';
      Sentence(text, Say("change.outcome", {words_.Of(change.outcome(), "outcome")}));
      if (change.has_verified_by_rerun()) Sentence(text, Say(change.verified_by_rerun() ? "change.verified" : "change.unverified"));
      if (change.has_actionable() && !change.actionable()) Sentence(text, Say("change.fixed"));
      out_.add_changes_that_matter(text);
    }
  }

  // Those of the gate, where it came to no outcome.
  void AddVerdictReasons() {
    const core::Json& facts = standing_.asked->leaf.facts;
    if (FactText(facts, "verdict") == "allow") return;
    const Digest set = Digest::FromBase64(FactText(facts, "policy_digest")).value_or(Digest());
    for (const std::string& code : FactTexts(facts, "verdict_reasons")) {
      v1::Reason reason;
      reason.set_code(code);
      if (!words_.Find(code)) reason.set_text(text_of_(set, code));
      AddReason(reason);
    }
  }

  void AddReason(const v1::Reason& reason) {
    v1::ShownReason& shown = *out_.add_reasons();
    shown.set_code(reason.code());
    shown.set_direction(reason.direction());
    for (const std::string& id : reason.factor_ids()) {
      const auto& factors = outcome().factors();
      const auto factor = std::find_if(factors.begin(), factors.end(), [&](const v1::Factor& one) { return one.id() == id; });
      if (factor != factors.end()) *shown.add_factors() = Shown(*factor);
    }
    const std::string& spoken = outcome().explanation().language();
    if (!reason.text().empty() && SpeaksAsAsked()) {
      shown.set_text(reason.text());
    }
    if (const auto found = words_.Find(reason.code())) {
      const auto value_of = [&](const std::string& name) { return ValueOf(shown, name); };
      const auto text = Filled(found->text->text(), value_of), advice = Filled(found->text->advice(), value_of);
      const bool wanted = shown.text().empty() && (found->language.empty() || reason.text().empty());
      if (wanted && text) {
        shown.set_text(*text);
        shown.set_language(found->language);
      }
      if (advice && found->language == shown.language()) shown.set_advice(*advice);
    }
    if (shown.text().empty() && !reason.text().empty()) {
      shown.set_text(reason.text());
      shown.set_language(spoken);
    }
    words_.FellBack(shown.language());
  }

  v1::ShownFactor Shown(const v1::Factor& factor) {
    v1::ShownFactor shown;
    shown.set_datum_id(factor.datum_id());
    shown.set_name(factor.name());
    shown.set_value(factor.value());
    shown.set_baseline(factor.baseline());
    shown.set_direction(factor.direction());
    const auto datum = std::find_if(out_.data().begin(), out_.data().end(), [&](const v1::UsedDatum& one) {
      return !factor.datum_id().empty() && one.datum_id() == factor.datum_id();
    });
    if (datum != out_.data().end()) {
      shown.set_name(datum->name());
      shown.set_source_kind(datum->source_kind());
      shown.set_source_name(datum->source_name());
      if (datum->has_obtained_time()) *shown.mutable_obtained_time() = datum->obtained_time();
      if (pages::PlainValue(datum->value_json()) == factor.value()) shown.set_value_text(datum->value_text());
    }
    if (shown.name().empty()) shown.set_name(factor.id());
    return shown;
  }

  // What {name} stands for in a text of the catalogue.
  std::optional<std::string> ValueOf(const v1::ShownReason& reason, const std::string& name) const {
    const auto said = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); };
    const v1::ShownFactor* first = reason.factors().empty() ? nullptr : &reason.factors(0);
    if (name == "baseline" || name == "name" || name == "value") {
      if (first == nullptr) return std::nullopt;
      if (name == "value") return said(first->value_text().empty() ? first->value() : first->value_text());
      return said(name == "name" ? first->name() : first->baseline());
    }
    for (const v1::Factor& factor : outcome().factors()) {
      if (factor.id() == name) return said(factor.value());
    }
    for (const v1::UsedDatum& datum : out_.data()) {
      if (datum.datum_id() == name) return said(datum.value_text().empty() ? pages::PlainValue(datum.value_json()) : datum.value_text());
    }
    return std::nullopt;
  }

  void Data() {
    for (const v1::ReferenceDatabase& database : asked_.reference_databases()) {
      v1::UsedDatabase& shown = *out_.add_databases();
      shown.set_name(words_.Of(database.id(), "database"));
      shown.set_version(database.version());
      shown.set_owner(database.owner());
      if (database.has_query_time()) *shown.mutable_query_time() = database.query_time();
      if (database.has_match_count()) shown.set_match_count(database.match_count());
    }
    for (const v1::ProtectedAttribute& kept : asked_.protected_attributes()) {
      out_.add_unused_data(words_.Of(kept.attribute(), "datum"));
    }
  }

  void Rights() {
    const auto registered = words_.tenant().systems.find(actor().system());
    std::set<int> open;  // Nothing registered: what everybody can ask for.
    if (registered != words_.tenant().systems.end()) {
      open.insert(registered->second.safeguards().begin(), registered->second.safeguards().end());
    }
    const auto add = [&](v1::CaseKind kind) {
      v1::ShownRight& right = *out_.add_rights();
      right.set_kind(kind);
      right.set_text(WordOf(kind, v1::CaseKind_descriptor()));
    };
    if (open.empty() || open.contains(v1::SAFEGUARD_HUMAN)) add(v1::CASE_KIND_HUMAN_INTERVENTION);
    if (open.empty() || open.contains(v1::SAFEGUARD_CONTEST) || open.contains(v1::SAFEGUARD_VIEW)) add(v1::CASE_KIND_CONTEST);
    add(v1::CASE_KIND_RECTIFY);
    add(v1::CASE_KIND_ACCESS);
    if (open.contains(v1::SAFEGUARD_OPT_OUT)) add(v1::CASE_KIND_OPT_OUT);
    const v1::LegalBasis basis = asked_.purpose().legal_basis();
    const bool gdpr = basis >= v1::LEGAL_BASIS_ART6_1_A && basis <= v1::LEGAL_BASIS_ART6_1_F;
    if (basis == v1::LEGAL_BASIS_ART6_1_E || basis == v1::LEGAL_BASIS_ART6_1_F) add(v1::CASE_KIND_OBJECT);
    if (basis == v1::LEGAL_BASIS_ART6_1_A) add(v1::CASE_KIND_WITHDRAW_CONSENT);
    if (gdpr) add(v1::CASE_KIND_ERASE);
    const std::string contact = words_.OfOrNone(actor().system(), "contact");
    out_.set_contact_text((gdpr ? Say("rights.gdpr") + "\n" : "") +
                          (contact.empty() ? Say("contact.none") : Say("contact", {contact})));
  }

  // Section `notice` reads the same wherever it stands.
  void Notices() {
    for (const Chapter& chapter : story_.chapters) {
      const v1::ObserveRequest said = Read(&chapter);
      for (const v1::Notice& notice : said.outcome().notices()) AddNotice(notice);
    }
  }

  void AddNotice(const v1::Notice& notice) {
    if (notice.kind() == 0 || out_.notices_size() == 32) return;
    v1::ShownNotice& shown = *out_.add_notices();
    shown.set_kind(notice.kind());
    *shown.mutable_deliver_time() = notice.deliver_time();
    shown.set_channel(notice.channel());
    shown.set_text(notice.text());
  }

  void Sections() {
    for (const Chapter* one : ToProve(story_)) {
      const Chapter& chapter = *one;
      for (const auto& [name, commitment] : chapter.leaf.sections) {
        const auto opened = chapter.opened.find(name);
        const bool is_theirs = opened != chapter.opened.end() && MayBeShown(name);
        const bool rests_on = std::find(std::begin(kRestsOn), std::end(kRestsOn), name) != std::end(kRestsOn);
        if (is_theirs && !rests_on) continue;
        v1::ShownSection& shown = *out_.add_sections();
        shown.set_leaf_id(chapter.leaf.id.ToText());
        v1::Section& section = *shown.mutable_section();
        section.set_name(name);
        if (!is_theirs) {
          section.set_withheld(v1::WITHHELD_REASON_OTHER_PERSON);
          continue;
        }
        section.set_content(std::string(AsText(opened->second.bytes)));
        section.set_salt(std::string(AsText(opened->second.salt.view())));
      }
    }
  }

  void Remarks() {
    if (standing_.told != nullptr) {
      for (const std::string& mark : standing_.told->leaf.marks) {
        const int value = EnumNumber(*v1::Mark_descriptor(), mark);
        if (const std::string text = WordOf(static_cast<v1::Mark>(value), v1::Mark_descriptor()); !text.empty()) out_.add_remarks(text);
      }
    }
    for (const std::string& language : words_.fallen_back()) {
      out_.add_remarks(Say("remark.fell_back", {pages::NameOf(language, language_)}));
    }
  }

  const Story& story_;
  PlainWords& words_;
  const Language language_;
  const PersonTextOf& text_of_;
  const Standing standing_;
  const v1::ObserveRequest asked_, told_;
  v1::ExplainResponse out_;
};

}  // namespace

v1::PersonDecision Summary(const Story& story, PlainWords& words, Language language) {
  const Standing standing = StandingOf(story);
  v1::PersonDecision decision;
  decision.set_decision_id(story.decision.ToText());
  *decision.mutable_create_time() = ToWire(story.chapters.front().leaf.time);
  const std::string action = standing.asked == nullptr ? "" : FactText(standing.asked->leaf.facts, "action");
  std::string title = words.OfOrNone(action, "action");
  const auto registered = words.tenant().titles.find(action);
  if (title.empty() && registered != words.tenant().titles.end()) title = registered->second;
  decision.set_title(title.empty() ? Spaced(action) : title);
  decision.set_outcome_text(OutcomeText(standing, words, language));
  decision.set_contestable(!decision.outcome_text().empty());
  for (const Chapter& chapter : story.chapters) {
    if (chapter.leaf.type == "case") decision.add_case_ids(chapter.leaf.id.ToText());
  }
  if (standing.told == nullptr) return decision;
  const core::Leaf& told = standing.told->leaf;
  if (const core::Json* adverse = told.facts.Find("adverse")) decision.set_adverse(adverse->is_bool() && adverse->boolean());
  decision.set_automation(told.facts.Find("human_decision") == nullptr ? v1::AUTOMATION_SOLELY_AUTOMATED
                                                                       : v1::AUTOMATION_HUMAN_IN_LOOP);
  *decision.mutable_decide_time() = ToWire(told.time);
  return decision;
}

v1::ExplainResponse Explained(const Story& story, PlainWords& words, Language language, const PersonTextOf& text_of) {
  return Explainer(story, words, language, text_of).Make();
}

std::vector<v1::UsedDatum> DataOf(const Story& story, PlainWords& words) {
  const Standing standing = StandingOf(story);
  const v1::ObserveRequest asked = Read(standing.asked);
  std::vector<v1::UsedDatum> data;
  const auto add = [&]() -> v1::UsedDatum& {
    v1::UsedDatum& datum = data.emplace_back();
    datum.set_purpose_text(asked.purpose().code().empty() ? "" : words.Of(asked.purpose().code(), "purpose"));
    datum.set_legal_basis(asked.purpose().legal_basis());
    datum.set_decision_id(story.decision.ToText());
    *datum.mutable_use_time() = ToWire(story.chapters.front().leaf.time);
    return datum;
  };
  for (const v1::DataItem& item : asked.data_used()) {
    v1::UsedDatum& datum = add();
    const std::string& id = item.datum_id();
    datum.set_datum_id(id);
    const std::string name = words.OfOrNone(id, "datum");
    datum.set_name(!name.empty() ? name : !item.name().empty() ? item.name() : Spaced(id));
    if (!item.category().empty()) datum.set_category_text(words.Of(item.category(), "data_category"));
    datum.set_value_json(item.value_json());
    if (!id.empty()) datum.set_value_text(words.OfOrNone(id + "." + pages::PlainValue(item.value_json()), "value"));
    datum.set_unit(item.unit());
    datum.set_source_kind(item.source_kind());
    datum.set_source_name(item.source_name());
    if (item.has_obtained_time()) *datum.mutable_obtained_time() = item.obtained_time();
    if (item.legal_basis() != 0) datum.set_legal_basis(item.legal_basis());
  }
  if (data.empty() && !asked.inputs_json().empty()) {
    v1::UsedDatum& datum = add();
    datum.set_name(pages::Say(pages::LanguageOf(words.language()).value_or(Language::kEnglish), "data.inputs"));
    datum.set_value_json(asked.inputs_json());
  }
  return data;
}

v1::ShownReading ReadingOf(const core::Leaf& leaf, PlainWords& words, Language language) {
  v1::ShownReading reading;
  *reading.mutable_read_time() = ToWire(leaf.time);
  const char* role = leaf.facts.Find("grant") != nullptr ? "reader.granted"
                     : leaf.caller_kind == "human"       ? "reader.human"
                                                         : "reader.service";
  reading.set_role_text(Say(language, role));
  const std::string reason = FactText(leaf.facts, "read_reason");
  const auto found = words.Find(reason);
  reading.set_reason_text(found ? found->text->text() : Spaced(reason));
  for (const std::string& section : FactTexts(leaf.facts, "read_sections")) reading.add_sections(section);
  if (leaf.decision) reading.set_decision_id(leaf.decision->ToText());
  return reading;
}

std::vector<const Chapter*> ToProve(const Story& story) {
  std::vector<const Chapter*> proved;
  const bool is_long = story.chapters.size() > kMostReceipts;
  for (const Chapter& chapter : story.chapters) {
    // That a human took a task and gave it back says nothing here, unless it moved a date.
    const bool tells = !chapter.opened.empty() || chapter.leaf.facts.Find("case_due") != nullptr;
    if (proved.size() < kMostReceipts && (tells || !is_long)) proved.push_back(&chapter);
  }
  return proved;
}

std::string LanguageOf(const Story& story) {
  std::string language;
  for (const Chapter& chapter : story.chapters) {
    v1::ObserveRequest said = Read(&chapter);
    if (!said.person().language().empty()) language = said.person().language();
  }
  return language;
}

}  // namespace candor::rpc
