// Erasing a person: the keys are destroyed with all that they seal, in the commit of the leaf that
// says it. What is left proves that something was there, and that it was destroyed.
//
// Thread-safe.
#pragma once

#include "services/flow/case_book.h"
#include "services/flow/entries.h"
#include "services/flow/registry_book.h"

namespace candor::flow {

class Erase {
 public:
  // All must outlive this. `owners` in the role kOwner.
  Erase(ledger::Ledgers& ledgers, ledger::Appender& appender, RegistryBook& book, store::Pool& writers,
        store::Pool& owners, CaseBook& cases, const Clock& clock)
      : ledgers_(ledgers), appender_(appender), book_(book), cases_(cases), writers_(writers), owners_(owners), clock_(clock) {}

  // Erases the person whom the tenant calls `reference`; the statement does not hold it. A repetition
  // gets the first receipt as long as nothing new is kept of the person. The person's open request for
  // it is answered by it, named or not. Errors: kNotFound where nothing is kept, or no such request; kFailedPrecondition ON_HOLD; kAlreadyExists REQUEST_ID_REUSED.
  absl::StatusOr<ledger::Receipt> Person(const domain::Caller& caller, const Uuid& tenant,
                                         domain::Statement statement, const std::string& reference);

 private:
  absl::Status NameCase(const Uuid& tenant, const std::string& reference, core::Json& facts);
  absl::StatusOr<ledger::Receipt> Append(const Uuid& tenant, ledger::Entry entry);
  void Vacuum();

  ledger::Ledgers& ledgers_;
  ledger::Appender& appender_;
  RegistryBook& book_;
  CaseBook& cases_;
  store::Pool& writers_;
  store::Pool& owners_;
  const Clock& clock_;
};

}  // namespace candor::flow
