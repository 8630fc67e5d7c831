// DecisionService: asynchronous, because its answers wait for a commit.
#pragma once

#include <memory>

#include "candor/v1/decision_service.pb.h"
#include "services/flow/record.h"
#include "services/rpc/async.h"
#include "services/rpc/door.h"
#include "services/rpc/stream.h"
#include "services/rpc/workers.h"

namespace candor::rpc {

// Who reads an answer, and in which language the person does.
struct Asker {
  Uuid tenant;
  std::string language;
};

class DecisionService {
 public:
  // All must outlive this, and this the server.
  DecisionService(Door& door, flow::Authorize& authorize, flow::Record& record,
                  flow::Judge& judge, flow::SettingsBook& settings);
  ~DecisionService();

  grpc::Service* service();

  // Asks for the first requests on `queue`, whose thread calls Tag::Proceed; once for
  // each queue, after the server has started. What is not built answers on `workers`.
  void Serve(grpc::ServerCompletionQueue* queue, Workers& workers);

  // Lets streams answer what they have read, then end; before the server shuts down.
  void Stop();

 private:
  // One request, already taken apart, and what becomes of it.
  using Take = std::function<void(const domain::Caller&, domain::Statement, ledger::Done)>;

  template <typename Request, typename Response>
  void ServeOne(grpc::ServerCompletionQueue* queue, const char* word, Take take);
  template <typename Request, typename Response, typename Result>
  void ServeBatch(grpc::ServerCompletionQueue* queue, const char* word, Take take);

  template <typename Request, typename Response>
  void ServeStream(grpc::ServerCompletionQueue* queue, const char* word, Take take);

  // Opens the changes of a TRANSFORM on `workers`, then calls `done`.
  void AddChanges(const Uuid& tenant, ledger::Receipt receipt, Workers& workers, ledger::Done done);

  template <typename Request>
  void RunItem(const domain::Caller& caller, const Request& item, const char* word, const Take& take,
               ledger::Done done);

  template <typename Response>
  absl::Status Fill(const Asker& asker, ledger::Receipt receipt, Response& response);

  struct Methods;
  Door& door_;
  flow::Authorize& authorize_;
  flow::Record& record_;
  flow::Judge& judge_;
  flow::SettingsBook& settings_;
  Streams streams_;
  std::unique_ptr<Methods> methods_;
};

}  // namespace candor::rpc
