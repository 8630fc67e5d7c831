#include "services/flow/entries.h"

#include <charconv>

#include "absl/synchronization/notification.h"
#include "services/base/status.h"
#include "services/crypto/random.h"

namespace candor::flow {
namespace {

constexpr std::size_t kMostSectionBytes = 1024 * 1024;

// Whose key seals a section: that of the person its suffix names.
vault::Owner OwnerOf(const std::string& section, const std::vector<std::string>& persons) {
  const std::size_t dot = section.find('.');
  std::size_t number = 1;
  if (dot != std::string::npos) {
    std::from_chars(section.data() + dot + 1, section.data() + section.size(), number);
  }
  const bool known = number >= 1 && number <= persons.size() && !persons[number - 1].empty();
  vault::Owner owner;
  if (section == "hold") return owner;  // Why a matter needs something is the tenant's own.
  if (section.substr(0, dot) == "protected") {
    owner.kind = vault::Owner::Kind::kProtected;
  } else if (known) {
    owner.kind = vault::Owner::Kind::kPerson;
  }
  if (known) owner.reference = persons[number - 1];
  return owner;
}

}  // namespace

absl::StatusOr<ledger::Entry> EntryOf(const domain::Caller& caller, domain::Statement statement,
                                      std::string type, absl::Time now) {
  ledger::Entry entry;
  entry.leaf.id = crypto::NewId(now);
  entry.leaf.type = std::move(type);
  entry.leaf.caller_kind = caller.kind;
  entry.leaf.caller_id = caller.kind == "human" ? std::string() : caller.code;
  entry.leaf.request = statement.request;
  entry.leaf.producer = std::move(statement.producer);
  entry.leaf.amends = statement.amends;
  entry.leaf.decision = statement.decision;
  entry.leaf.facts = std::move(statement.facts);
  std::size_t total = 0;
  for (auto& [name, bytes] : statement.sections) {
    if (bytes.size() > core::kMaxSectionBytes) {
      return Because(BadField(name, "a section holds at most 262144 bytes"), "TOO_LARGE");
    }
    total += bytes.size();
    entry.sections.push_back({.name = name, .bytes = std::move(bytes),
                              .owner = OwnerOf(name, statement.persons)});
  }
  if (total > kMostSectionBytes) {
    return Because(BadField("request", "all sections of a leaf hold at most 1048576 bytes"), "TOO_LARGE");
  }
  entry.fingerprint_text = std::move(statement.fingerprint_text);
  entry.fingerprint_owner = OwnerOf("person", statement.persons);
  AddCaller(caller, entry);
  return entry;
}

ledger::Entry Follows(const char* type, const Uuid& leaf, absl::Time now) {
  ledger::Entry entry;
  entry.leaf.id = crypto::NewId(now);
  entry.leaf.type = type;
  entry.leaf.caller_id = "candor";
  entry.leaf.caller_kind = "service";
  entry.leaf.request = core::DerivedRequest(type, leaf);
  return entry;
}

absl::StatusOr<ledger::Receipt> AppendAndWait(ledger::Appender& appender, std::shared_ptr<ledger::Ledger> ledger,
                                              ledger::Entry entry) {
  absl::StatusOr<ledger::Receipt> answer = absl::UnknownError("no answer");
  absl::Notification answered;
  appender.Append(std::move(ledger), std::move(entry), [&](absl::StatusOr<ledger::Receipt> receipt) {
    answer = std::move(receipt);
    answered.Notify();
  });
  answered.WaitForNotification();
  return answer;
}

vault::Owner OwnerOf(const Uuid& principal) {
  return {.kind = vault::Owner::Kind::kPerson, .reference = "principal:" + principal.ToText()};
}

void AddCaller(const domain::Caller& caller, ledger::Entry& entry) {
  if (caller.kind != "human") return;
  core::Json who = core::Json::Object();
  who.Set("principal", caller.principal.ToText());
  // The principal of a person is their token.
  const vault::Owner person{.kind = vault::Owner::Kind::kPerson, .reference = caller.person};
  entry.sections.push_back({.name = "caller", .bytes = who.Encode(),
                            .owner = caller.person.empty() ? OwnerOf(caller.principal) : person});
}

}  // namespace candor::flow
