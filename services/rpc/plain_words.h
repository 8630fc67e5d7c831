// Plain words for a tenant's codes: what its reason catalogue and its registry say of them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "candor/v1/registry_service.pb.h"
#include "services/flow/registry_book.h"
#include "services/ledger/ledgers.h"

namespace candor::rpc {

// What a tenant registered that people read.
struct TenantWords {
  std::map<std::string, std::map<std::string, v1::ReasonText>> texts;  // By language, then code.
  std::map<std::string, v1::AiSystem> systems;                         // By code.
  std::map<std::string, std::string> titles;                           // Of decision types, by action.
};

// Keeps them in memory until the registry changes. Thread-safe.
class WordBook {
 public:
  // Both must outlive this.
  WordBook(flow::RegistryBook& registries, store::Pool& writers) : registries_(registries), writers_(writers) {}

  // Errors: kUnavailable; kDataLoss.
  absl::StatusOr<std::shared_ptr<const TenantWords>> Get(ledger::Ledger& ledger);

 private:
  struct Page {
    std::uint64_t position = 0;  // Of the registry's newest leaf.
    std::shared_ptr<const TenantWords> words;
  };
  flow::RegistryBook& registries_;
  store::Pool& writers_;
  absl::Mutex mutex_;
  std::map<Uuid, Page> pages_ ABSL_GUARDED_BY(mutex_);
};

// The words of one answer, in one language. Belongs to one thread.
class PlainWords {
 public:
  PlainWords(std::shared_ptr<const TenantWords> words, std::string language)
      : words_(std::move(words)), language_(std::move(language)) {}

  const TenantWords& tenant() const { return *words_; }
  const std::string& language() const { return language_; }

  // A text of the catalogue in the language asked for, else in English, else in the first that
  // has it; `language` says in which, and is empty where it is the one asked for.
  struct Found {
    const v1::ReasonText* text = nullptr;
    std::string language;
  };
  std::optional<Found> Find(const std::string& code) const;

  // What the code is called, by `<code>:<kind>`; else the code with spaces for what is between
  // its words. Notes when it fell back to another language.
  std::string Of(const std::string& code, const char* kind);
  // The same, or nothing.
  std::string OfOrNone(const std::string& code, const char* kind);

  // The languages that words came in instead of the one asked for.
  const std::set<std::string>& fallen_back() const { return fallen_back_; }
  void FellBack(const std::string& language) {
    if (!language.empty()) fallen_back_.insert(language);
  }

 private:
  std::shared_ptr<const TenantWords> words_;
  std::string language_;
  std::set<std::string> fallen_back_;
};

// `text` with what `value_of` says for each {name}, and {{ as a brace. Nothing where it says
// nothing, or a brace is not closed: then the text must not be shown. What is filled in is
// never read again.
std::optional<std::string> Filled(const std::string& text,
                                  const std::function<std::optional<std::string>(const std::string&)>& value_of);

// `income_and_debts` as `income and debts`.
std::string Spaced(std::string code);

}  // namespace candor::rpc
