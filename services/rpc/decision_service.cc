#include "services/rpc/decision_service.h"

#include <atomic>

#include "services/base/status.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"

namespace candor::rpc {
namespace {

constexpr std::size_t kMostUnaryBytes = 2 * 1024 * 1024;
constexpr std::size_t kMostBatchBytes = 16 * 1024 * 1024;
constexpr int kMostBatchItems = 1000;
constexpr int kAskedAhead = 64;  // Requests asked for at once, for each method and queue.

absl::Status CheckBytes(const google::protobuf::Message& request, std::size_t most) {
  if (request.ByteSizeLong() <= most) return absl::OkStatus();
  return BadField("request", "holds at most " + std::to_string(most) + " bytes");
}

}  // namespace

// The methods that are built answer asynchronously; the others stay UNIMPLEMENTED.
struct DecisionService::Methods final
    : v1::DecisionService::WithAsyncMethod_Authorize<v1::DecisionService::WithAsyncMethod_Record<
          v1::DecisionService::WithAsyncMethod_Observe<v1::DecisionService::WithAsyncMethod_BatchAuthorize<
              v1::DecisionService::WithAsyncMethod_BatchRecord<v1::DecisionService::WithAsyncMethod_BatchObserve<
                  v1::DecisionService::WithAsyncMethod_RecordResult<
                      v1::DecisionService::WithAsyncMethod_Cancel<
                          v1::DecisionService::WithAsyncMethod_CloseEpoch<v1::DecisionService::Service>>>>>>>>> {
#define CANDOR_ASK(Method)                                                                              \
  void Ask(grpc::ServerContext* context, v1::Method##Request* request,                                  \
           grpc::ServerAsyncResponseWriter<v1::Method##Response>* responder,                            \
           grpc::ServerCompletionQueue* queue, Tag* tag) {                                              \
    Request##Method(context, request, responder, queue, queue, tag);                                    \
  }
  CANDOR_ASK(Authorize)
  CANDOR_ASK(Record)
  CANDOR_ASK(Observe)
  CANDOR_ASK(BatchAuthorize)
  CANDOR_ASK(BatchRecord)
  CANDOR_ASK(BatchObserve)
  CANDOR_ASK(RecordResult)
  CANDOR_ASK(Cancel)
  CANDOR_ASK(CloseEpoch)
#undef CANDOR_ASK
};

DecisionService::DecisionService(Door& door, flow::Authorize& authorize, flow::Record& record,
                                 flow::SettingsBook& settings)
    : door_(door), authorize_(authorize), record_(record), settings_(settings),
      methods_(std::make_unique<Methods>()) {}
DecisionService::~DecisionService() = default;

grpc::Service* DecisionService::service() { return methods_.get(); }

void DecisionService::Serve(grpc::ServerCompletionQueue* queue) {
  const Take authorize = [this](const domain::Caller& caller, domain::Statement statement, ledger::Done done) {
    authorize_.Run(caller, std::move(statement), std::move(done));
  };
  const Take record = [this](const domain::Caller& caller, domain::Statement statement, ledger::Done done) {
    record_.Outcome(caller, std::move(statement), std::move(done));
  };
  const Take observe = [this](const domain::Caller& caller, domain::Statement statement, ledger::Done done) {
    record_.Observed(caller, std::move(statement), std::move(done));
  };
  const Take result = [this](const domain::Caller& caller, domain::Statement statement, ledger::Done done) {
    record_.Following(caller, std::move(statement), "result", std::move(done));
  };
  const Take cancel = [this](const domain::Caller& caller, domain::Statement statement, ledger::Done done) {
    record_.Cancelled(caller, std::move(statement), std::move(done));
  };
  const Take close = [this](const domain::Caller& caller, domain::Statement statement, ledger::Done done) {
    record_.Closing(caller, std::move(statement), std::move(done));
  };
  ServeOne<v1::AuthorizeRequest, v1::AuthorizeResponse>(queue, "Authorize", "authorize", authorize);
  ServeOne<v1::RecordRequest, v1::RecordResponse>(queue, "Record", "record", record);
  ServeOne<v1::ObserveRequest, v1::ObserveResponse>(queue, "Observe", "observe", observe);
  ServeOne<v1::RecordResultRequest, v1::RecordResultResponse>(queue, "RecordResult", "result", result);
  ServeOne<v1::CancelRequest, v1::CancelResponse>(queue, "Cancel", "cancel", cancel);
  ServeOne<v1::CloseEpochRequest, v1::CloseEpochResponse>(queue, "CloseEpoch", "close_epoch", close);
  ServeBatch<v1::BatchAuthorizeRequest, v1::BatchAuthorizeResponse, v1::BatchAuthorizeResult>(
      queue, "BatchAuthorize", "authorize", authorize);
  ServeBatch<v1::BatchRecordRequest, v1::BatchRecordResponse, v1::BatchRecordResult>(
      queue, "BatchRecord", "record", record);
  ServeBatch<v1::BatchObserveRequest, v1::BatchObserveResponse, v1::BatchObserveResult>(
      queue, "BatchObserve", "observe", observe);
}

template <typename Request>
void DecisionService::RunItem(const domain::Caller& caller, const Request& item, const char* word,
                              const Take& take, ledger::Done done) {
  const auto settings = settings_.Get(*caller.tenant);
  if (!settings.ok()) return done(settings.status());
  absl::StatusOr<domain::Statement> statement = ToStatement(item, word, **settings, door_.clock().Now());
  if (!statement.ok()) return done(statement.status());
  take(caller, *std::move(statement), std::move(done));
}

template <typename Request, typename Response>
void DecisionService::ServeOne(grpc::ServerCompletionQueue* queue, const char* method, const char* word,
                               Take take) {
  using OneCall = Call<Request, Response>;
  const std::string path = std::string("/candor.v1.DecisionService/") + method;
  auto handler = std::make_shared<const typename OneCall::Handler>(
      [this, path, word, take](grpc::ServerContext& context, const Request& request, Response& response,
                               typename OneCall::Reply reply) {
        const absl::StatusOr<domain::Caller> caller = door_.Admit(context, path);
        if (!caller.ok()) return reply(ToWire(caller.status()));
        if (absl::Status large = CheckBytes(request, kMostUnaryBytes); !large.ok()) return reply(ToWire(large));
        RunItem(*caller, request, word, take,
                [&response, reply = std::move(reply)](absl::StatusOr<ledger::Receipt> receipt) mutable {
                  reply(ToWire(receipt.ok() ? Answer(*std::move(receipt), response) : receipt.status()));
                });
      });
  auto ask = std::make_shared<const typename OneCall::Ask>(
      [this, queue](grpc::ServerContext* context, Request* request, typename OneCall::Responder* responder,
                    Tag* tag) { methods_->Ask(context, request, responder, queue, tag); });
  for (int i = 0; i < kAskedAhead; ++i) OneCall::Start(ask, handler);
}

template <typename Request, typename Response, typename Result>
void DecisionService::ServeBatch(grpc::ServerCompletionQueue* queue, const char* method, const char* word,
                                 Take take) {
  using BatchCall = Call<Request, Response>;
  const std::string path = std::string("/candor.v1.DecisionService/") + method;
  auto handler = std::make_shared<const typename BatchCall::Handler>(
      [this, path, word, take](grpc::ServerContext& context, const Request& request, Response& response,
                               typename BatchCall::Reply reply) {
        const absl::StatusOr<domain::Caller> caller = door_.Admit(context, path);
        if (!caller.ok()) return reply(ToWire(caller.status()));
        if (request.items_size() < 1 || request.items_size() > kMostBatchItems) {
          return reply(ToWire(BadField("items", "holds 1 to 1000 items")));
        }
        if (absl::Status large = CheckBytes(request, kMostBatchBytes); !large.ok()) return reply(ToWire(large));
        // Results stand ready before the first item runs: each Done fills its own.
        for (int i = 0; i < request.items_size(); ++i) response.add_results();
        struct Pending {
          std::atomic<int> left;
          typename BatchCall::Reply reply;
        };
        auto pending = std::make_shared<Pending>();
        pending->left = request.items_size();
        pending->reply = std::move(reply);
        for (int i = 0; i < request.items_size(); ++i) {
          Result* result = response.mutable_results(i);
          RunItem(*caller, request.items(i), word, take,
                  [result, pending](absl::StatusOr<ledger::Receipt> receipt) {
                    const absl::Status status = receipt.ok()
                                                    ? Answer(*std::move(receipt), *result->mutable_response())
                                                    : receipt.status();
                    if (!status.ok()) *result->mutable_error() = ToRpcStatus(status);
                    if (--pending->left == 0) pending->reply(grpc::Status::OK);
                  });
        }
      });
  auto ask = std::make_shared<const typename BatchCall::Ask>(
      [this, queue](grpc::ServerContext* context, Request* request, typename BatchCall::Responder* responder,
                    Tag* tag) { methods_->Ask(context, request, responder, queue, tag); });
  for (int i = 0; i < 4; ++i) BatchCall::Start(ask, handler);
}

}  // namespace candor::rpc
