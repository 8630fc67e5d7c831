#include "services/rpc/plain_words.h"

#include <algorithm>

#include "services/base/status.h"
#include "services/rpc/convert/registered.h"
#include "services/vault/opening.h"

namespace candor::rpc {
namespace {

constexpr const char* kFallback = "en";

absl::StatusOr<std::shared_ptr<const TenantWords>> ReadWords(const domain::Registry& registry, vault::Opening& opening) {
  auto words = std::make_shared<TenantWords>();
  const auto sections_of = [&](const domain::Entry& entry) -> absl::StatusOr<Sections> {
    if (entry == nullptr || !entry->sealed) return Sections();
    return opening.Sections(entry->position);
  };
  for (const auto& [code, system] : registry.systems()) {
    CANDOR_ASSIGN_OR_RETURN(const Sections sections, sections_of(system.newest));
    FromLeaf(system.facts, sections, words->systems[code]);
  }
  for (const auto& [action, type] : registry.decision_types()) {
    CANDOR_ASSIGN_OR_RETURN(const Sections sections, sections_of(type.named));
    v1::DecisionType named;
    FromLeaf(type.facts, sections, named);
    words->titles[action] = named.name();
  }
  for (const auto& [language, entries] : registry.reasons()) {
    for (const domain::Entry& entry : entries) {
      CANDOR_ASSIGN_OR_RETURN(const Sections sections, sections_of(entry));
      v1::PutReasonCatalogueRequest put;
      FromLeaf(entry->facts, sections, put);
      for (v1::ReasonText& text : *put.mutable_reasons()) {
        words->texts[language][text.code()] = std::move(text);
      }
    }
  }
  return words;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const TenantWords>> WordBook::Get(ledger::Ledger& ledger) {
  CANDOR_ASSIGN_OR_RETURN(const auto registry, registries_.Get(ledger.tenant()));
  {
    absl::MutexLock lock(&mutex_);
    const auto page = pages_.find(ledger.tenant());
    if (page != pages_.end() && page->second.position == registry->position()) return page->second.words;
  }
  store::Pool::Lease connection = writers_.Borrow();
  vault::Opening opening(*connection, ledger.keyring(), ledger.tenant(), ledger.origin());
  CANDOR_ASSIGN_OR_RETURN(auto words, ReadWords(*registry, opening));
  absl::MutexLock lock(&mutex_);
  pages_[ledger.tenant()] = {.position = registry->position(), .words = words};
  return words;
}

std::optional<PlainWords::Found> PlainWords::Find(const std::string& code) const {
  const auto in = [&](const std::string& language) -> const v1::ReasonText* {
    const auto texts = words_->texts.find(language);
    if (texts == words_->texts.end()) return nullptr;
    const auto text = texts->second.find(code);
    return text == texts->second.end() ? nullptr : &text->second;
  };
  if (const auto* text = in(language_)) return Found{.text = text, .language = {}};
  if (const auto* text = in(kFallback)) return Found{.text = text, .language = kFallback};
  for (const auto& [language, texts] : words_->texts) {
    if (const auto* text = in(language)) return Found{.text = text, .language = language};
  }
  return std::nullopt;
}

std::string PlainWords::OfOrNone(const std::string& code, const char* kind) {
  if (code.empty()) return {};
  const auto found = Find(code + ":" + kind);
  if (!found) return {};
  FellBack(found->language);
  return found->text->text();
}

std::string PlainWords::Of(const std::string& code, const char* kind) {
  std::string text = OfOrNone(code, kind);
  return text.empty() ? Spaced(code) : text;
}

std::optional<std::string> Filled(const std::string& text,
                                  const std::function<std::optional<std::string>(const std::string&)>& value_of) {
  std::string filled;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '{') {
      filled += text[at];
      continue;
    }
    if (text.substr(at, 2) == "{{") {
      filled += text[at++];
      continue;
    }
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) return std::nullopt;
    const auto value = value_of(text.substr(at + 1, end - at - 1));
    if (!value) return std::nullopt;
    filled += *value;
    at = end;
  }
  return filled;
}

std::string Spaced(std::string code) {
  std::replace_if(code.begin(), code.end(), [](char c) { return c == '_' || c == '.' || c == ':'; }, ' ');
  return code;
}

}  // namespace candor::rpc
