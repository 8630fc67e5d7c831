// TransparencyService: what persons see of the decisions on them, and ask for.
#pragma once

#include <atomic>

#include "candor/v1/transparency_service.pb.h"
#include "services/flow/cases.h"
#include "services/flow/judge.h"
#include "services/flow/oversight.h"
#include "services/flow/settings_book.h"
#include "services/ledger/ledgers.h"
#include "services/pages/words.h"
#include "services/rpc/chunks.h"
#include "services/rpc/person_reader.h"
#include "services/rpc/plain_words.h"
#include "services/rpc/wire_service.h"

namespace candor::rpc {

// Thread-safe.
// Whether a language may be asked for. Errors: kInvalidArgument.
absl::Status CheckLanguage(const std::string& text);

class TransparencyService final : public WireService {
 public:
  // All must outlive this. Exports run on `exporters`.
  TransparencyService(Door& door, ledger::Ledgers& ledgers, flow::RegistryBook& registries, flow::Judge& judge,
                      flow::Cases& cases, flow::Oversight& oversight, flow::SettingsBook& settings, Workers& exporters,
                      store::Pool& writers);

  // Ends what is being sent, soon.
  void Stop() { stopping_ = true; }

 private:
  using Caller = domain::Caller;
#define CANDOR_METHOD(Method) \
  absl::Status Method(const Caller& caller, const v1::Method##Request& request, v1::Method##Response& response);
  CANDOR_METHOD(ListDecisions)
  CANDOR_METHOD(Explain)
  CANDOR_METHOD(DataUse)
  CANDOR_METHOD(WhoLooked)
  CANDOR_METHOD(GetContest)
  CANDOR_METHOD(Object)
  CANDOR_METHOD(WithdrawConsent)
  CANDOR_METHOD(Contest)
  CANDOR_METHOD(Reply)
  CANDOR_METHOD(RequestCorrection)
  CANDOR_METHOD(RequestErasure)
#undef CANDOR_METHOD
  absl::Status ExportMyData(const Caller& asker, const v1::ExportMyDataRequest& request,
                            const Say<v1::ExportMyDataResponse>& say, v1::ExportMyDataResponse& last);

  // The ledger of the caller, read for them, and the words of its tenant.
  struct View {
    std::shared_ptr<ledger::Ledger> ledger;
    PersonReader reader;
    std::shared_ptr<const TenantWords> words;
  };
  absl::StatusOr<View> ViewOf(const Caller& caller);

  // The words for an answer. The languages are tried in turn; English is the last.
  struct Speech {
    PlainWords words;
    pages::Language language;
    std::string missing;  // The one asked for, where there are no words in it.
  };
  static Speech SpeechOf(const View& view, std::initializer_list<std::string> languages);

  // What is told of a decision of the caller, which is open, but for the receipts.
  v1::ExplainResponse Told(const Caller& caller, const View& view, const Story& story,
                           const std::vector<domain::Case>& cases, const std::string& language);

  // Opens a case by what the person asks for.
  template <typename Request, typename Response>
  absl::Status Open(const Caller& caller, const char* word, const char* type, v1::CaseKind kind, const Request& request,
                    Response& response, const flow::Cases::About& about = {});

  ledger::Ledgers& ledgers_;
  flow::Judge& judge_;
  flow::Cases& cases_;
  flow::Oversight& oversight_;
  flow::SettingsBook& settings_;
  store::Pool& writers_;
  WordBook words_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace candor::rpc
