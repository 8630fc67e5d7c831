#include "services/pages/words.h"

#include <algorithm>
#include <array>

#include "services/base/check.h"

namespace candor::pages {
namespace {

struct Phrase {
  std::string_view key, english, german;
};

// One idea a sentence, short words: tests hold the pages to a reading level.
constexpr Phrase kPhrases[] = {
    {"title", "What AI decided about you", "Was KI über Sie entschieden hat"},
    {"asked", "Asked on $1.", "Angefragt am $1."},
    {"decided", "Decided on $1.", "Entschieden am $1."},
    {"decision", "Number of the decision: $1", "Nummer der Entscheidung: $1"},

    {"export.title", "What is kept about you", "Was über Sie gespeichert ist"},
    {"export.what", "Each line is a decision about you. The file beside it explains it.",
     "Jede Zeile ist eine Entscheidung über Sie. Die Datei daneben erklärt sie."},
    {"export.check", "You can check each of them without us. You need the key of the record. Get it from somewhere that you trust.",
     "Sie können jede ohne uns prüfen. Sie brauchen den Schlüssel der Akte. Holen Sie ihn von einer Stelle, der Sie trauen."},
    {"export.decisions", "Decisions about you", "Entscheidungen über Sie"},
    {"export.asked", "Asked", "Angefragt"},
    {"export.about", "About", "Worum es ging"},
    {"export.result", "Result", "Ergebnis"},
    {"export.file", "File", "Datei"},

    {"result", "The result", "Das Ergebnis"},
    {"result.open", "It is still open.", "Es ist noch offen."},
    {"result.denied", "The rules did not let the AI system go on.", "Die Regeln haben das KI-System nicht weiter gelassen."},
    {"result.escalated", "A person has to decide.", "Ein Mensch muss entscheiden."},
    {"result.cancelled", "The request was given up.", "Die Anfrage wurde nicht weiter verfolgt."},
    {"result.missing", "No result came in time.", "Es kam kein Ergebnis zur rechten Zeit."},
    {"adverse", "It went against you.", "Es ging gegen Sie aus."},
    {"not_adverse", "It did not go against you.", "Es ging nicht gegen Sie aus."},
    {"effective", "It counts from $1.", "Es gilt ab $1."},
    {"purpose", "What it was for: $1", "Wofür es war: $1"},
    {"EFFECT_CLASS_NONE", "It does not weigh much for you.", "Es hat für Sie kein großes Gewicht."},
    {"EFFECT_CLASS_SIMILARLY_SIGNIFICANT", "It can weigh as much as a change of your rights.",
     "Es kann so schwer wiegen wie ein Eingriff in Ihre Rechte."},
    {"EFFECT_CLASS_LEGAL", "It changes your rights or duties.", "Es ändert Ihre Rechte oder Pflichten."},

    {"who", "Who decided", "Wer entschieden hat"},
    {"decider", "This record is kept under the name $1.", "Diese Akte wird unter dem Namen $1 geführt."},
    {"AUTOMATION_HUMAN_ONLY", "A person decided without an AI system.", "Ein Mensch hat ohne KI-System entschieden."},
    {"AUTOMATION_AI_ASSIST", "A person decided with the help of an AI system.",
     "Ein Mensch hat mit Hilfe eines KI-Systems entschieden."},
    {"AUTOMATION_HUMAN_IN_LOOP", "The AI system decided, and a person took part.",
     "Das KI-System hat entschieden, und ein Mensch war dabei."},
    {"AUTOMATION_SOLELY_AUTOMATED", "The AI system decided alone.", "Das KI-System hat allein entschieden."},
    {"system", "The AI system is called $1.", "Das KI-System heißt $1."},
    {"version", "It ran in version $1.", "Es lief in der Version $1."},
    {"provider", "It was made by $1.", "Es stammt von $1."},
    {"AI_INFLUENCE_NONE", "The result did not rest on it.", "Das Ergebnis beruht nicht darauf."},
    {"AI_INFLUENCE_MINOR", "It had a small say in the result.", "Sein Anteil am Ergebnis war klein."},
    {"AI_INFLUENCE_MATERIAL", "It had a strong say in the result.", "Sein Anteil am Ergebnis war groß."},
    {"AI_INFLUENCE_DETERMINATIVE", "The result is what it said.", "Das Ergebnis ist das, was es gesagt hat."},
    {"ENVIRONMENT_SHADOW", "The system ran on trial, beside the real process. This result had no effect.",
     "Das System lief zur Probe neben dem echten Ablauf. Dieses Ergebnis hatte keine Folgen."},
    {"ENVIRONMENT_TEST", "This was a test. The result had no effect.", "Das war ein Test. Das Ergebnis hatte keine Folgen."},
    {"human.none", "No person took part, as far as the record says.", "Kein Mensch war beteiligt, soweit die Akte reicht."},
    {"OVERSIGHT_KIND_PRE_APPROVAL", "A person looked at it first.", "Ein Mensch hat es sich vorher angesehen."},
    {"OVERSIGHT_KIND_POST_REVIEW", "A person looked at it later.", "Ein Mensch hat es sich später angesehen."},
    {"OVERSIGHT_KIND_SAMPLING", "A person looked at it as a sample.", "Ein Mensch hat es als Probe angesehen."},
    {"OVERSIGHT_KIND_APPEAL", "A person looked at it again, since someone had asked for that.",
     "Ein Mensch hat es sich noch einmal angesehen, weil jemand darum bat."},
    {"OVERSIGHT_KIND_STOP", "A person stopped the system.", "Ein Mensch hat das System angehalten."},
    {"OVERSIGHT_KIND_TWO_PERSON", "Two people had to agree.", "Zwei Menschen mussten zustimmen."},
    {"HUMAN_DECISION_CONFIRM", "They agreed with it.", "Das Ergebnis blieb dabei gleich."},
    {"HUMAN_DECISION_OVERRIDE", "They decided otherwise.", "Das Ergebnis wurde dabei geändert."},
    {"HUMAN_DECISION_REVERSE", "They undid it.", "Das Ergebnis wurde dabei zurückgenommen."},
    {"HUMAN_DECISION_REFER", "They passed it on.", "Die Sache wurde weitergegeben."},
    {"HUMAN_DECISION_STOP", "They stopped it.", "Die Sache wurde angehalten."},
    {"human.seconds", "They looked at it for $1 seconds.", "Das dauerte $1 Sekunden."},
    {"human.powerless", "They could not change it.", "Ändern konnte dieser Mensch nichts."},
    {"logic", "How the system works", "Wie das System arbeitet"},

    {"why", "Why", "Warum"},
    {"why.none", "The record holds no reasons.", "Die Akte nennt keine Gründe."},
    {"why.more", "Reasons with less weight", "Gründe mit weniger Gewicht"},
    {"reason.wordless", "There are no plain words for this reason yet. Its code is $1.",
     "Für diesen Grund gibt es noch keine einfachen Worte. Sein Code ist $1."},
    {"advice", "What can help: $1", "Was helfen kann: $1"},
    {"DIRECTION_FAVOURABLE", "This spoke for you.", "Das sprach für Sie."},
    {"DIRECTION_ADVERSE", "This spoke against you.", "Das sprach gegen Sie."},
    {"your_data", "Your data: $1: $2", "Ihre Daten: $1: $2"},
    {"recorded_as", "$1 (in the record: $2)", "$1 (in der Akte: $2)"},
    {"baseline", "Compared with: $1", "Verglichen mit: $1"},
    {"source", "It came from $1.", "Das kam von $1."},
    {"source.on", "It came from $1 on $2.", "Das kam am $2 von $1."},
    {"score", "Your score was $1.", "Ihr Punktwert war $1."},
    {"threshold", "The limit was $1.", "Die Grenze war $1."},

    {"changes", "What would have changed the result", "Was das Ergebnis geändert hätte"},
    {"changes.none", "The record says nothing about this.", "Dazu sagt die Akte nichts."},
    {"changes.note", "This is to inform you. It is no promise.", "Das ist nur zu Ihrer Information. Es ist kein Versprechen."},
    {"change.outcome", "Then the result would have been: $1.", "Dann wäre das Ergebnis gewesen: $1."},
    {"change.verified", "The system was run again to make sure.", "Das System hat das noch einmal gerechnet."},
    {"change.unverified", "This was not tried out.", "Das wurde nicht geprüft."},
    {"change.fixed", "You can't change this on your own.", "Das können Sie nicht selbst ändern."},

    {"data", "Data that were used", "Welche Daten benutzt wurden"},
    {"data.none", "The record names no data.", "Die Akte nennt keine Daten."},
    {"data.inputs", "All that went in", "Alles, was eingegeben wurde"},
    {"data.name", "What", "Was"},
    {"data.value", "Value", "Wert"},
    {"data.category", "Kind", "Art"},
    {"data.source", "From", "Von"},
    {"data.unsaid", "not said", "nicht gesagt"},
    {"databases", "These lists were searched:", "Diese Listen wurden durchsucht:"},
    {"database.version", "version $1", "Version $1"},
    {"database.matches", "hits: $1", "Treffer: $1"},
    {"unused", "Data that were not used", "Welche Daten nicht benutzt wurden"},
    {"unused.why", "These are kept apart. They serve only to check that people are treated fairly. The rules did not see them.",
     "Diese Daten liegen getrennt. Mit ihnen wird nur geprüft, ob alle fair behandelt werden. Die Regeln haben sie nicht gesehen."},
    {"legal_basis", "Why the law permits it: $1.", "Warum das Recht es erlaubt: $1."},
    {"LEGAL_BASIS_ART6_1_A", "you agreed (GDPR Article 6(1)(a))", "Sie haben zugestimmt (DSGVO Artikel 6(1)(a))"},
    {"LEGAL_BASIS_ART6_1_B", "a contract with you needs it (GDPR Article 6(1)(b))",
     "ein Vertrag mit Ihnen braucht es (DSGVO Artikel 6(1)(b))"},
    {"LEGAL_BASIS_ART6_1_C", "a law demands it (GDPR Article 6(1)(c))", "ein Gesetz verlangt es (DSGVO Artikel 6(1)(c))"},
    {"LEGAL_BASIS_ART6_1_D", "a life is at stake (GDPR Article 6(1)(d))", "es geht um Leib und Leben (DSGVO Artikel 6(1)(d))"},
    {"LEGAL_BASIS_ART6_1_E", "it is a public task (GDPR Article 6(1)(e))",
     "es ist eine Aufgabe für alle (DSGVO Artikel 6(1)(e))"},
    {"LEGAL_BASIS_ART6_1_F", "there is a good interest in it (GDPR Article 6(1)(f))",
     "es gibt ein gutes Interesse daran (DSGVO Artikel 6(1)(f))"},
    {"art22", "Why the system may decide alone: $1.", "Warum das System allein entscheiden darf: $1."},
    {"ART22_GROUND_CONTRACT", "a contract with you needs it (GDPR Article 22(2)(a))",
     "ein Vertrag mit Ihnen braucht es (DSGVO Artikel 22(2)(a))"},
    {"ART22_GROUND_LAW", "a law permits it (GDPR Article 22(2)(b))", "ein Gesetz erlaubt es (DSGVO Artikel 22(2)(b))"},
    {"ART22_GROUND_EXPLICIT_CONSENT", "you agreed (GDPR Article 22(2)(c))", "Sie haben zugestimmt (DSGVO Artikel 22(2)(c))"},
    {"SOURCE_KIND_PERSON", "you", "Ihnen"},
    {"SOURCE_KIND_AGENCY", "a credit agency", "einer Auskunftei"},
    {"SOURCE_KIND_AFFILIATE", "a firm of the same group", "einer Firma der Gruppe"},
    {"SOURCE_KIND_PUBLIC", "a public source", "einer öffentlichen Quelle"},
    {"SOURCE_KIND_INFERRED", "other data, by guess", "anderen Daten, daraus abgeleitet"},
    {"SOURCE_KIND_SENSOR", "a sensor", "einem Sensor"},
    {"SOURCE_KIND_INTERNAL", "the firm's own files", "der Firma selbst"},
    {"SOURCE_KIND_SOCIAL_NETWORK", "a social network", "einem sozialen Netz"},
    {"SOURCE_KIND_RETRIEVAL", "texts that were looked up", "Texten, die gesucht wurden"},

    {"rights", "What you can do", "Was Sie tun können"},
    {"CASE_KIND_HUMAN_INTERVENTION", "Ask that a person looks at it.", "Verlangen Sie, dass ein Mensch es sich ansieht."},
    {"CASE_KIND_CONTEST", "Say that the result is wrong, and why you think so.",
     "Sagen Sie, dass das Ergebnis falsch ist, und warum Sie das meinen."},
    {"CASE_KIND_RECTIFY", "Have wrong data put right.", "Lassen Sie falsche Daten richtig stellen."},
    {"CASE_KIND_ACCESS", "Ask for a copy of your data.", "Verlangen Sie eine Kopie Ihrer Daten."},
    {"CASE_KIND_OBJECT", "Say no to the use of your data.", "Sagen Sie Nein dazu, dass Ihre Daten benutzt werden."},
    {"CASE_KIND_OPT_OUT", "Ask that AI does not decide about you alone.",
     "Verlangen Sie, dass KI nicht allein über Sie entscheidet."},
    {"CASE_KIND_WITHDRAW_CONSENT", "Take back that you agreed.", "Nehmen Sie zurück, dass Sie zugestimmt haben."},
    {"CASE_KIND_ERASE", "Ask that your data are erased.", "Verlangen Sie, dass Ihre Daten gelöscht werden."},
    {"rights.gdpr", "You must get an answer within a month. You can also turn to the data protection authority, or to a court.",
     "Sie müssen in einem Monat Antwort haben. Sie können auch zur Behörde für Datenschutz gehen, oder vor Gericht."},
    {"contact", "Ask here: $1", "Fragen Sie hier: $1"},
    {"contact.none", "The record does not say whom to ask. Ask the firm that you dealt with.",
     "Die Akte sagt nicht, wen Sie fragen können. Fragen Sie die Firma, mit der Sie zu tun hatten."},

    {"cases", "What you asked for", "Was Sie verlangt haben"},
    {"case.asked", "On $1 you asked for this: $2.", "Am $1 haben Sie das verlangt: $2."},
    {"case.number", "Number of the case: $1", "Nummer des Falls: $1"},
    {"case.open", "It is open. No one has taken it up so far.", "Der Fall ist offen. Noch hat ihn niemand in der Hand."},
    {"case.assigned", "It is open. A person has taken it up.", "Der Fall ist offen. Ein Mensch hat ihn in der Hand."},
    {"case.under_review", "It is open. A person looks at it now.", "Der Fall ist offen. Ein Mensch sieht ihn sich gerade an."},
    {"case.who", "The one who answers had no part in the result.", "Wer antwortet, war am Ergebnis nicht beteiligt."},
    {"case.due", "You must have the answer by $1.", "Sie müssen die Antwort haben bis zum $1."},
    {"case.late", "The answer is late. It was due by $1.", "Die Antwort kommt zu spät. Sie war fällig bis zum $1."},
    {"case.extended", "On $1 you were told that it takes longer. This is why:",
     "Am $1 hat man Ihnen gesagt, dass es länger dauert. Das ist der Grund:"},
    {"case.waiting", "It waits for you. You are asked this:", "Der Fall wartet auf Sie. Man fragt Sie:"},
    {"case.stands", "The time does not run on until you reply.", "Die Zeit läuft erst weiter, wenn Sie antworten."},
    {"case.runs", "The time runs on.", "Die Zeit läuft weiter."},
    {"case.answered", "It was answered on $1.", "Die Antwort kam am $1."},
    {"case.answer", "The answer says:", "Die Antwort sagt:"},
    {"case.ground", "The ground for it: $1", "Der Grund dafür: $1"},
    {"case.instead", "There is a new decision: $1", "Es gibt eine neue Entscheidung: $1"},
    {"case.to_come", "The change is still to come.", "Die Änderung kommt noch."},
    {"case.remedied", "The change was made on $1.", "Die Änderung kam am $1."},
    {"case.closed", "It was closed without an answer.", "Der Fall wurde ohne Antwort geschlossen."},
    {"CASE_OUTCOME_GRANTED", "You get what you asked for.", "Sie bekommen, was Sie verlangt haben."},
    {"CASE_OUTCOME_PARTLY_GRANTED", "You get a part of what you asked for.", "Sie bekommen einen Teil von dem, was Sie verlangt haben."},
    {"CASE_OUTCOME_UPHELD", "The result stays as it is.", "Das Ergebnis bleibt, wie es ist."},
    {"CASE_OUTCOME_REFUSED", "You do not get what you asked for.", "Sie bekommen nicht, was Sie verlangt haben."},
    {"wanted.CASE_KIND_ACCESS", "a copy of your data", "eine Kopie Ihrer Daten"},
    {"wanted.CASE_KIND_RECTIFY", "that wrong data are put right", "dass falsche Daten richtig gestellt werden"},
    {"wanted.CASE_KIND_ERASE", "that your data are erased", "dass Ihre Daten gelöscht werden"},
    {"wanted.CASE_KIND_RESTRICT", "that your data are put aside", "dass Ihre Daten beiseite gelegt werden"},
    {"wanted.CASE_KIND_OBJECT", "that your data are not used for this", "dass Ihre Daten dafür nicht benutzt werden"},
    {"wanted.CASE_KIND_HUMAN_INTERVENTION", "that a person looks at it", "dass ein Mensch es sich ansieht"},
    {"wanted.CASE_KIND_CONTEST", "a new look at the result", "einen neuen Blick auf das Ergebnis"},
    {"wanted.CASE_KIND_EXPLAIN_86", "why the result is as it is", "warum das Ergebnis so ist"},
    {"wanted.CASE_KIND_OPT_OUT", "that AI does not decide about you alone", "dass KI nicht allein über Sie entscheidet"},
    {"wanted.CASE_KIND_APPEAL", "that the result is changed", "dass das Ergebnis geändert wird"},
    {"wanted.CASE_KIND_DISPUTE", "that a wrong report is put right", "dass eine falsche Auskunft richtig gestellt wird"},
    {"wanted.CASE_KIND_CORRECTION_CO", "that wrong data are put right", "dass falsche Daten richtig gestellt werden"},
    {"wanted.CASE_KIND_WITHDRAW_CONSENT", "to take back that you agreed", "dass Ihre Zustimmung nicht mehr gilt"},

    {"notices", "What you were told", "Was man Ihnen gesagt hat"},
    {"NOTICE_KIND_AI_INTERACTION", "That you talk with an AI system", "Dass Sie mit einem KI-System reden"},
    {"NOTICE_KIND_AGENT_PRINCIPAL", "For whom the AI system acts", "Für wen das KI-System handelt"},
    {"NOTICE_KIND_AI_CONTENT", "That AI made this content", "Dass KI den Inhalt gemacht hat"},
    {"NOTICE_KIND_DEEPFAKE", "That this content is not real", "Dass der Inhalt nicht echt ist"},
    {"NOTICE_KIND_EMOTION_BIOCAT", "That AI looks at feelings or at bodies", "Dass KI Gefühle oder Körper auswertet"},
    {"NOTICE_KIND_ART26_11", "That an AI system takes part", "Dass ein KI-System mitwirkt"},
    {"NOTICE_KIND_WORKER_26_7", "That an AI system is used at work", "Dass bei der Arbeit ein KI-System benutzt wird"},
    {"NOTICE_KIND_PRIVACY_13_14", "How your data are used", "Wie Ihre Daten benutzt werden"},
    {"NOTICE_KIND_ADM_PREUSE_CA", "That a system will decide", "Dass ein System entscheiden wird"},
    {"NOTICE_KIND_CO_PREUSE", "That a system will decide", "Dass ein System entscheiden wird"},
    {"NOTICE_KIND_CO_ADVERSE", "Why it went against you", "Warum es gegen Sie ausging"},
    {"NOTICE_KIND_LL144", "That a tool sorts those who apply", "Dass ein System die Bewerbungen sortiert"},
    {"NOTICE_KIND_IL_AI", "That AI is used at work", "Dass bei der Arbeit KI benutzt wird"},
    {"NOTICE_KIND_ECOA_ADVERSE", "Why credit was refused", "Warum ein Kredit abgelehnt wurde"},
    {"NOTICE_KIND_FCRA_615A", "That a credit report was used", "Dass eine Auskunft benutzt wurde"},
    {"NOTICE_KIND_FCRA_PRE_ADVERSE", "That a report may count against you", "Dass eine Auskunft gegen Sie sprechen kann"},
    {"NOTICE_KIND_RISK_BASED_PRICING", "That the price follows the risk", "Dass der Preis dem Risiko folgt"},
    {"NOTICE_KIND_CCD2_REFUSAL", "That credit was refused, and how to ask a person",
     "Dass ein Kredit abgelehnt wurde, und wie Sie einen Menschen fragen"},
    {"NOTICE_KIND_PWD_REASONS", "The reasons", "Die Gründe"},
    {"NOTICE_KIND_DSA_SOR", "The reasons", "Die Gründe"},
    {"NOTICE_KIND_BOT", "That a bot is at work", "Dass ein Bot arbeitet"},
    {"NOTICE_KIND_OTHER", "A notice", "Eine Mitteilung"},

    {"missing", "What is not shown", "Was hier fehlt"},
    {"missing.none", "Nothing is held back.", "Es wird nichts zurückgehalten."},
    {"WITHHELD_REASON_ERASED", "It was erased: $1", "Das wurde gelöscht: $1"},
    {"WITHHELD_REASON_OTHER_PERSON", "It is about someone else: $1", "Das betrifft jemand anderen: $1"},
    {"WITHHELD_REASON_PRIVILEGED", "The law lets it be held back: $1. The authority can ask for it.",
     "Das Recht erlaubt, es zurückzuhalten: $1. Die Behörde kann es verlangen."},
    {"WITHHELD_REASON_NOT_IN_SCOPE", "It is not about you: $1", "Das betrifft nicht Sie: $1"},
    {"section.oversight", "the notes of the person who took part", "die Notizen des Menschen, der dabei war"},
    {"section.caller", "who used the system", "wer das System bedient hat"},
    {"section.other", "part `$1` of the record", "Teil `$1` der Akte"},
    {"MARK_LATE", "It was put on record too late.", "Es kam zu spät in die Akte."},
    {"MARK_AGAINST_VERDICT", "The rules said no. It was done all the same.", "Die Regeln sagten Nein. Es geschah trotzdem."},
    {"MARK_UNRESOLVED", "A person had to look at it first. That did not happen.",
     "Erst sollte ein Mensch es ansehen. Das geschah nicht."},
    {"MARK_UNAUTHORIZED", "The rules had not been asked for this, or no more in time.",
     "Die Regeln wurden dafür nicht gefragt, oder nicht mehr in der Frist."},
    {"MARK_REASONS_MISSING", "It went against you, and no reasons were given.", "Es ging gegen Sie aus, und es gab keine Gründe."},
    {"MARK_OBSERVED", "The rules were not asked first.", "Die Regeln wurden vorher nicht gefragt."},
    {"remark.no_language", "There are no words for this page in the language $1. So it is in English.",
     "Für diese Seite gibt es keine Worte in der Sprache $1."},
    {"remark.fell_back", "Some words are not there in the language of this page. You see them in the language $1.",
     "Einige Worte gibt es nicht in der Sprache der Seite. Sie stehen hier in der Sprache $1."},
    {"only_in", "These words are only there in the language $1.", "Diese Worte gibt es nur in der Sprache $1."},
    {"language.en", "English", "Englisch"},
    {"language.de", "German", "Deutsch"},
    {"cut", "… (too long for this page; the proof file has it all)", "… (zu lang für diese Seite; die Beweisdatei hat alles)"},

    {"check", "Check it yourself", "Prüfen Sie es selbst"},
    {"check.why", "Each step lies in a record. Nobody can change it unseen.",
     "Jeder Schritt liegt in einer Akte. Niemand kann sie heimlich ändern."},
    {"check.how", "Save the proof file, then run this. It needs no network:",
     "Sichern Sie die Beweisdatei, und geben Sie dann das ein. Es braucht kein Netz:"},
    {"check.command", "candor verify explanation proof.json --vkey '$1'", "candor verify explanation proof.json --vkey '$1'"},
    {"check.key", "Make sure that this is the key that the firm makes public.",
     "Sehen Sie nach, ob die Firma diesen Schlüssel auch öffentlich nennt."},
    {"check.link", "Save the proof file", "Beweisdatei sichern"},
    {"check.steps", "The steps in the record", "Die Schritte in der Akte"},
    {"step.when", "When", "Wann"},
    {"step.what", "What", "Was"},
    {"step.where", "Line", "Zeile"},
    {"step.authorization", "The rules were asked", "Die Regeln wurden gefragt"},
    {"step.outcome", "The result", "Das Ergebnis"},
    {"step.correction", "The result was put right", "Das Ergebnis wurde berichtigt"},
    {"step.result", "What came out later", "Was später heraus kam"},
    {"step.notice", "You were told something", "Ihnen wurde etwas mitgeteilt"},
    {"step.cancellation", "The request was given up", "Die Anfrage wurde aufgegeben"},
    {"step.outcome_missing", "No result had come in time", "Es kam kein Ergebnis zur rechten Zeit"},
    {"step.read", "Someone read your data", "Jemand hat Ihre Daten gelesen"},
    {"step.case", "You asked for something", "Sie haben etwas verlangt"},
    {"step.objection", "You said no to the use of your data", "Sie haben der Nutzung Ihrer Daten widersprochen"},
    {"step.task_claim", "A person took it up", "Ein Mensch nahm es in die Hand"},
    {"step.task_release", "The person gave it back", "Der Mensch gab es zurück"},
    {"step.case_extension", "You were told that it takes longer", "Ihnen wurde gesagt, dass es länger dauert"},
    {"step.case_question", "You were asked something", "Sie wurden etwas gefragt"},
    {"step.case_reply", "You replied", "Sie haben geantwortet"},
    {"step.case_late", "The answer had not come in time", "Die Antwort kam nicht in der Frist"},
    {"step.review", "A person gave an answer", "Ein Mensch hat geantwortet"},
    {"step.other", "Another step: $1", "Ein weiterer Schritt: $1"},

    {"reader.human", "a person on the staff", "ein Mensch, der dort arbeitet"},
    {"reader.service", "a program", "ein Programm"},
    {"reader.granted", "someone with a grant, such as an authority", "jemand mit einer Freigabe, etwa eine Behörde"},
};

constexpr std::array<std::string_view, 12> kMonths = {"January", "February", "March",     "April",   "May",      "June",
                                                      "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 12> kMonate = {"Januar", "Februar", "März",      "April",   "Mai",      "Juni",
                                                      "Juli",   "August",  "September", "Oktober", "November", "Dezember"};

const Phrase* Find(std::string_view key) {
  const auto* found = std::find_if(std::begin(kPhrases), std::end(kPhrases), [&](const Phrase& one) { return one.key == key; });
  return found == std::end(kPhrases) ? nullptr : found;
}

}  // namespace

std::optional<Language> LanguageOf(std::string_view tag) {
  tag = tag.substr(0, tag.find('-'));
  if (tag == "en") return Language::kEnglish;
  if (tag == "de") return Language::kGerman;
  return std::nullopt;
}

std::string_view TagOf(Language language) { return language == Language::kGerman ? "de" : "en"; }

std::string NameOf(std::string_view tag, Language language) {
  const std::string key = "language." + std::string(tag.substr(0, tag.find('-')));
  return Has(key) ? Say(language, key) : std::string(tag);
}

std::string Say(Language language, std::string_view key, std::initializer_list<std::string_view> parts) {
  const Phrase* phrase = Find(key);
  CANDOR_CHECK(phrase != nullptr);
  const std::string_view frame = language == Language::kGerman ? phrase->german : phrase->english;
  std::string text;
  for (std::size_t i = 0; i < frame.size(); ++i) {
    if (frame[i] != '$') {
      text += frame[i];
      continue;
    }
    const std::size_t part = static_cast<std::size_t>(frame[++i] - '1');
    CANDOR_CHECK(part < parts.size());
    text += parts.begin()[part];
  }
  return text;
}

bool Has(std::string_view key) { return Find(key) != nullptr; }

std::vector<std::string_view> AllKeys() {
  std::vector<std::string_view> keys;
  for (const Phrase& phrase : kPhrases) keys.push_back(phrase.key);
  return keys;
}

std::string DayOf(absl::Time time, Language language) {
  const absl::CivilDay day = absl::ToCivilDay(time, absl::UTCTimeZone());
  const auto month = static_cast<std::size_t>(day.month() - 1);
  std::string text = std::to_string(day.day());
  text += language == Language::kGerman ? ". " : " ";
  text += language == Language::kGerman ? kMonate[month] : kMonths[month];
  text += ' ';
  text += std::to_string(day.year());
  return text;
}

std::string MomentOf(absl::Time time, Language language) {
  return DayOf(time, language) + absl::FormatTime(", %H:%M UTC", time, absl::UTCTimeZone());
}

}  // namespace candor::pages
