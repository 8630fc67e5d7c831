#include "services/pages/explanation.h"

#include <algorithm>
#include <set>

#include "services/core/leaf/leaf.h"
#include "services/pages/words.h"

namespace candor::pages {
namespace {

using Kind = Block::Kind;

constexpr int kPrincipal = 4;  // Reasons that are shown first.

absl::Time TimeOf(const google::protobuf::Timestamp& stamp) {
  return absl::FromUnixSeconds(stamp.seconds()) + absl::Nanoseconds(stamp.nanos());
}

class Page {
 public:
  Page(const v1::ExplainResponse& answer, const std::string& proof)
      : answer_(answer), proof_(proof), language_(LanguageOf(answer.language()).value_or(Language::kEnglish)) {
    document_.language = TagOf(language_);
    document_.title = Say("title");
    document_.cut = Say("cut");
  }

  Document Make() {
    Head();
    Result();
    Cases();
    Who();
    Why();
    Changes();
    Data();
    Rights();
    Notices();
    Missing();
    Check();
    return std::move(document_);
  }

 private:
  std::string Say(std::string_view key, std::initializer_list<std::string_view> parts = {}) const {
    return pages::Say(language_, key, parts);
  }
  // The word for an enumerator; nothing for one that says nothing.
  template <typename Enum>
  std::string WordOf(Enum value, const google::protobuf::EnumDescriptor* type) const {
    const auto* found = type->FindValueByNumber(value);
    return value == 0 || found == nullptr || !Has(found->name()) ? std::string() : Say(found->name());
  }
  std::string Day(const google::protobuf::Timestamp& stamp) const { return DayOf(TimeOf(stamp), language_); }
  std::string Moment(const google::protobuf::Timestamp& stamp) const { return MomentOf(TimeOf(stamp), language_); }

  Block& Add(Kind kind, std::string text, std::string language = {}) {
    return document_.blocks.emplace_back(Block{.kind = kind, .text = std::move(text), .language = std::move(language)});
  }
  void AddUnlessEmpty(Kind kind, const std::string& text, const std::string& language = {}) {
    if (!text.empty()) Add(kind, text, language);
  }
  void Heading(std::string_view key) { Add(Kind::kHeading, Say(key)); }
  static void Line(Block& item, Kind kind, std::string text, std::string language = {}) {
    if (!text.empty()) item.inner.push_back({.kind = kind, .text = std::move(text), .language = std::move(language)});
  }
  // That words are in another language than the page; nothing where they are not.
  std::string OnlyIn(const std::string& language) const {
    return language.empty() ? std::string() : Say("only_in", {NameOf(language, language_)});
  }
  static Block& AddItem(Block& list) { return list.inner.emplace_back(Block{.kind = Kind::kItem}); }

  void Head() {
    const v1::PersonDecision& decision = answer_.decision();
    Add(Kind::kHeading, Say("title")).level = 1;
    AddUnlessEmpty(Kind::kStrong, decision.title());
    Add(Kind::kText, Say("asked", {Moment(decision.create_time())}));
    if (decision.has_decide_time()) Add(Kind::kText, Say("decided", {Moment(decision.decide_time())}));
    Add(Kind::kQuiet, Say("decision", {decision.decision_id()}));
  }

  void Result() {
    const v1::PersonDecision& decision = answer_.decision();
    Heading("result");
    Add(Kind::kStrong, decision.outcome_text().empty() ? Say("result.open") : decision.outcome_text());
    if (decision.has_adverse()) Add(Kind::kText, Say(decision.adverse() ? "adverse" : "not_adverse"));
    if (const std::string trial = WordOf(answer_.environment(), v1::Environment_descriptor()); !trial.empty()) {
      Add(Kind::kText, trial);
    } else {
      AddUnlessEmpty(Kind::kText, WordOf(answer_.effect(), v1::EffectClass_descriptor()));
      AddUnlessEmpty(Kind::kSaid, answer_.significance_text());
      if (answer_.has_effective_time()) Add(Kind::kText, Say("effective", {Moment(answer_.effective_time())}));
    }
    if (!answer_.purpose_text().empty()) Add(Kind::kText, Say("purpose", {answer_.purpose_text()}));
  }

  void Who() {
    Heading("who");
    AddUnlessEmpty(Kind::kSaid, answer_.decider_text());
    AddUnlessEmpty(Kind::kText, WordOf(answer_.decision().automation(), v1::Automation_descriptor()));
    AddUnlessEmpty(Kind::kSaid, answer_.ai_role_text());
    AddUnlessEmpty(Kind::kSaid, answer_.human_role_text());
    const std::string ground = WordOf(answer_.art22_ground(), v1::Art22Ground_descriptor());
    if (!ground.empty()) Add(Kind::kText, Say("art22", {ground}));
    if (answer_.logic_text().empty()) return;
    Add(Kind::kHeading, Say("logic")).level = 3;
    Add(Kind::kSaid, answer_.logic_text());
  }

  static bool Reached(const v1::Case& one, v1::CaseStage stage) {
    return std::any_of(one.steps().begin(), one.steps().end(), [&](const auto& step) { return step.stage() == stage; });
  }

  // Where it stands, and who answers by when.
  void OpenCase(const v1::Case& one, Block& item) const {
    const bool assigned = one.stage() == v1::CASE_STAGE_ASSIGNED, looked_at = one.stage() == v1::CASE_STAGE_UNDER_REVIEW;
    Line(item, Kind::kText, Say(looked_at ? "case.under_review" : assigned ? "case.assigned" : "case.open"));
    Line(item, Kind::kText, Say("case.who"));
    Line(item, Kind::kStrong, Say(Reached(one, v1::CASE_STAGE_LATE) ? "case.late" : "case.due", {Moment(one.legal_due_time())}));
    if (one.has_extend_time()) {
      Line(item, Kind::kText, Say("case.extended", {Moment(one.extend_time())}));
      Line(item, Kind::kSaid, one.extend_text());
    }
    if (one.state() != v1::CASE_STATE_WAITING) return;
    Line(item, Kind::kStrong, Say("case.waiting"));
    Line(item, Kind::kSaid, one.question_text());
    Line(item, Kind::kText, Say(one.clock_stands() ? "case.stands" : "case.runs"));
  }

  // The result of it, with its reasons.
  void AnsweredCase(const v1::Case& one, Block& item) const {
    const std::string outcome = WordOf(one.outcome(), v1::CaseOutcome_descriptor());
    if (outcome.empty()) return Line(item, Kind::kText, Say("case.closed"));
    Line(item, Kind::kText, Say("case.answered", {Moment(one.answer_time())}));
    Line(item, Kind::kStrong, outcome);
    if (!one.refusal_ground().empty()) Line(item, Kind::kText, Say("case.ground", {one.refusal_ground()}));
    if (!one.answer_text().empty()) Line(item, Kind::kText, Say("case.answer"));
    Line(item, Kind::kSaid, one.answer_text());
    if (!one.changed_decision_id().empty()) Line(item, Kind::kText, Say("case.instead", {one.changed_decision_id()}));
    if (one.stage() == v1::CASE_STAGE_ANSWERED) Line(item, Kind::kText, Say("case.to_come"));
    for (const v1::CaseStep& step : one.steps()) {
      if (step.stage() == v1::CASE_STAGE_REMEDIED) Line(item, Kind::kText, Say("case.remedied", {Moment(step.time())}));
    }
  }

  // What the person asked for because of this decision, and what became of it.
  void Cases() {
    if (answer_.cases().empty()) return;
    Heading("cases");
    Block& list = Add(Kind::kList, "");
    for (const v1::Case& one : answer_.cases()) {
      Block& item = AddItem(list);
      const auto* kind = v1::CaseKind_descriptor()->FindValueByNumber(one.kind());
      const std::string wanted = kind == nullptr ? std::string() : "wanted." + kind->name();
      Line(item, Kind::kText, Say("case.asked", {Moment(one.receive_time()), Has(wanted) ? Say(wanted) : "…"}));
      one.state() == v1::CASE_STATE_ANSWERED ? AnsweredCase(one, item) : OpenCase(one, item);
      Line(item, Kind::kQuiet, Say("case.number", {one.case_id()}));
    }
  }

  // Where a datum comes from, and since when.
  template <typename Datum>
  std::string SourceOf(const Datum& datum) const {
    std::string source = WordOf(datum.source_kind(), v1::SourceKind_descriptor());
    if (!datum.source_name().empty()) source += source.empty() ? datum.source_name() : " (" + datum.source_name() + ")";
    return source;
  }

  void AddReason(const v1::ShownReason& reason, Block& list) const {
    Block& item = AddItem(list);
    const bool has_words = !reason.text().empty();
    Line(item, Kind::kSaid, has_words ? reason.text() : Say("reason.wordless", {reason.code()}), reason.language());
    Line(item, Kind::kText, WordOf(reason.direction(), v1::Direction_descriptor()));
    for (const v1::ShownFactor& factor : reason.factors()) {
      const std::string value =
          factor.value_text().empty() ? factor.value() : Say("recorded_as", {factor.value_text(), factor.value()});
      if (!factor.value().empty()) Line(item, Kind::kText, Say("your_data", {factor.name(), value}));
      if (!factor.baseline().empty()) Line(item, Kind::kText, Say("baseline", {factor.baseline()}));
      const std::string source = SourceOf(factor);
      if (!source.empty() && factor.has_obtained_time()) {
        Line(item, Kind::kQuiet, Say("source.on", {source, Day(factor.obtained_time())}));
      } else if (!source.empty()) {
        Line(item, Kind::kQuiet, Say("source", {source}));
      }
    }
    if (!reason.advice().empty()) Line(item, Kind::kSaid, Say("advice", {reason.advice()}), reason.language());
    Line(item, Kind::kQuiet, OnlyIn(reason.language()));
  }

  void Why() {
    Heading("why");
    AddUnlessEmpty(Kind::kSaid, answer_.text(), answer_.recorded_language());
    if (!answer_.text().empty()) AddUnlessEmpty(Kind::kQuiet, OnlyIn(answer_.recorded_language()));
    if (answer_.reasons().empty() && answer_.text().empty()) Add(Kind::kText, Say("why.none"));
    for (int i = 0; i < answer_.reasons_size(); ++i) {
      if (i == kPrincipal) Add(Kind::kHeading, Say("why.more")).level = 3;
      if (i == 0 || i == kPrincipal) Add(Kind::kList, "");
      AddReason(answer_.reasons(i), document_.blocks.back());
    }
    if (!answer_.score().empty()) Add(Kind::kText, Say("score", {answer_.score()}));
    if (!answer_.score_threshold().empty()) Add(Kind::kText, Say("threshold", {answer_.score_threshold()}));
  }

  void Changes() {
    Heading("changes");
    if (answer_.changes_that_matter().empty()) {
      Add(Kind::kText, Say("changes.none"));
      return;
    }
    Block& list = Add(Kind::kList, "");
    for (const std::string& change : answer_.changes_that_matter()) {
      Line(AddItem(list), Kind::kSaid, change, answer_.recorded_language());
    }
    AddUnlessEmpty(Kind::kQuiet, OnlyIn(answer_.recorded_language()));
    Add(Kind::kQuiet, Say("changes.note"));
  }

  void Data() {
    Heading("data");
    if (answer_.data().empty()) {
      Add(Kind::kText, Say("data.none"));
    } else {
      Block& table = Add(Kind::kTable, Say("data"));
      table.rows.push_back({Say("data.name"), Say("data.value"), Say("data.category"), Say("data.source")});
      for (const v1::UsedDatum& datum : answer_.data()) table.rows.push_back(RowOf(datum));
    }
    if (!answer_.databases().empty()) {
      Add(Kind::kText, Say("databases"));
      Block& list = Add(Kind::kList, "");
      for (const v1::UsedDatabase& database : answer_.databases()) {
        std::string text = database.name() + ", " + Say("database.version", {database.version()});
        if (!database.owner().empty()) text += ", " + database.owner();
        if (database.has_query_time()) text += ", " + Day(database.query_time());
        if (database.has_match_count()) {
          text += ", " + Say("database.matches", {std::to_string(database.match_count())});
        }
        Line(AddItem(list), Kind::kText, text);
      }
    }
    const std::string basis = WordOf(answer_.legal_basis(), v1::LegalBasis_descriptor());
    if (!basis.empty()) Add(Kind::kText, Say("legal_basis", {basis}));
    if (answer_.unused_data().empty()) return;
    Add(Kind::kHeading, Say("unused")).level = 3;
    Add(Kind::kText, Say("unused.why"));
    Block& list = Add(Kind::kList, "");
    for (const std::string& name : answer_.unused_data()) Line(AddItem(list), Kind::kText, name);
  }

  std::vector<std::string> RowOf(const v1::UsedDatum& datum) const {
    std::string value = PlainValue(datum.value_json());
    if (!datum.unit().empty() && !value.empty()) value += " " + datum.unit();
    if (!datum.value_text().empty()) value = Say("recorded_as", {datum.value_text(), value});
    std::string source = SourceOf(datum);
    if (datum.has_obtained_time()) source += (source.empty() ? "" : ", ") + Day(datum.obtained_time());
    std::vector<std::string> row = {datum.name(), value, datum.category_text(), source};
    for (std::string& cell : row) {
      if (cell.empty()) cell = Say("data.unsaid");
    }
    return row;
  }

  void Rights() {
    Heading("rights");
    Block& list = Add(Kind::kList, "");
    for (const v1::ShownRight& right : answer_.rights()) Line(AddItem(list), Kind::kText, right.text());
    AddUnlessEmpty(Kind::kSaid, answer_.contact_text());
  }

  void Notices() {
    if (answer_.notices().empty()) return;
    Heading("notices");
    Block& list = Add(Kind::kList, "");
    for (const v1::ShownNotice& notice : answer_.notices()) {
      Block& item = AddItem(list);
      Line(item, Kind::kText, WordOf(notice.kind(), v1::NoticeKind_descriptor()) + ", " + Moment(notice.deliver_time()));
      Line(item, Kind::kSaid, notice.text());
    }
  }

  void Missing() {
    Heading("missing");
    Block list{.kind = Kind::kList};
    std::set<std::string> said;  // Each once, however many leaves lack it.
    for (const v1::ShownSection& shown : answer_.sections()) {
      const std::string& name = shown.section().name();
      const auto* reason = v1::WithheldReason_descriptor()->FindValueByNumber(shown.section().withheld());
      if (shown.section().withheld() == 0 || reason == nullptr) continue;
      const std::string key = "section." + name.substr(0, name.find('.'));
      const std::string text = Say(reason->name(), {Has(key) ? Say(key) : Say("section.other", {name})});
      if (said.insert(text).second) Line(AddItem(list), Kind::kText, text);
    }
    for (const std::string& remark : answer_.remarks()) Line(AddItem(list), Kind::kSaid, remark);
    if (list.inner.empty()) {
      Add(Kind::kText, Say("missing.none"));
    } else {
      document_.blocks.push_back(std::move(list));
    }
  }

  void Check() {
    Heading("check");
    Add(Kind::kText, Say("check.why"));
    if (!answer_.vkeys().empty()) {
      Add(Kind::kText, Say("check.how"));
      Add(Kind::kCode, Say("check.command", {answer_.vkeys(answer_.vkeys_size() - 1)}));
      Add(Kind::kText, Say("check.key"));
    }
    if (!proof_.empty()) {
      Block& file = Add(Kind::kFile, Say("check.link"));
      file.file_name = "proof.json";
      file.file = proof_;
    }
    Add(Kind::kHeading, Say("check.steps")).level = 3;
    Block& table = Add(Kind::kTable, Say("check.steps"));
    table.rows.push_back({Say("step.when"), Say("step.what"), Say("step.where")});
    for (const v1::Receipt& receipt : answer_.receipts()) {
      const auto leaf = core::ParseLeaf(receipt.leaf());
      if (!leaf.ok()) continue;
      const std::string key = "step." + leaf->type;
      table.rows.push_back({MomentOf(leaf->time, language_), Has(key) ? Say(key) : Say("step.other", {leaf->type}),
                            std::to_string(receipt.position())});
    }
  }

  const v1::ExplainResponse& answer_;
  const std::string& proof_;
  const Language language_;
  Document document_;
};

}  // namespace

std::string PlainValue(const std::string& json) {
  const auto object = core::ParseCanonical("{\"v\":" + json + "}", core::JsonKind::kSection);
  const std::string* text = object.ok() ? object->FindString("v") : nullptr;
  return text == nullptr ? json : *text;
}

Document PageOf(const v1::ExplainResponse& answer, const std::string& proof) { return Page(answer, proof).Make(); }

}  // namespace candor::pages
