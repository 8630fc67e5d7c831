#include "services/rpc/decision_service.h"

#include <atomic>

#include "services/base/status.h"
#include "services/rpc/convert/answer.h"
#include "services/rpc/convert/statement.h"
#include "services/rpc/wire_service.h"

namespace candor::rpc {
namespace {

constexpr std::size_t kMostBatchBytes = 16 * 1024 * 1024;
constexpr int kMostBatchItems = 1000;
constexpr int kAskedAhead = 64;  // Requests asked for at once, for each method and queue.
constexpr int kLongAhead = 4;    // The same of batches and streams.

template <typename Request>
Asker AskerOf(const domain::Caller& caller, const Request& request) {
  Asker asker{.tenant = *caller.tenant, .language = {}};
  if constexpr (std::is_same_v<Request, v1::AuthorizeRequest>) asker.language = request.person().language();
  return asker;
}

}  // namespace

// The methods that are built answer asynchronously.
struct DecisionService::Methods final : WireService {
  explicit Methods(Door& door) : WireService(door, *v1::AuthorizeRequest::descriptor()->file()) {
    for (const auto* request :
         {v1::AuthorizeRequest::descriptor(), v1::RecordRequest::descriptor(), v1::ObserveRequest::descriptor(),
          v1::BatchAuthorizeRequest::descriptor(), v1::BatchRecordRequest::descriptor(),
          v1::BatchObserveRequest::descriptor(), v1::RecordResultRequest::descriptor(),
          v1::RecordNoticeRequest::descriptor(), v1::CancelRequest::descriptor(), v1::CloseEpochRequest::descriptor(),
          v1::StreamAuthorizeRequest::descriptor(), v1::StreamRecordRequest::descriptor(),
          v1::StreamObserveRequest::descriptor()}) {
      ServeElsewhere(*request);
    }
  }

  // Asks for the next request of the method that takes a Request.
  template <typename Request, typename Response>
  typename Call<Response>::Ask AskOn(grpc::ServerCompletionQueue* queue) {
    return [this, queue, index = static_cast<int>(IndexOf(*Request::descriptor()))](
               grpc::ServerContext* context, grpc::ByteBuffer* request,
               typename Call<Response>::Responder* responder, Tag* tag) {
      RequestAsyncUnary(index, context, request, responder, queue, queue, tag);
    };
  }

  // Asks for the next stream of the method that takes Requests.
  template <typename Request>
  auto AskStreamOn(grpc::ServerCompletionQueue* queue) {
    return [this, queue, index = static_cast<int>(IndexOf(*Request::descriptor()))](
               grpc::ServerContext* context, Stream::Responder* responder, Tag* tag) {
      RequestAsyncBidiStreaming(index, context, responder, queue, queue, tag);
    };
  }

  template <typename Request>
  const std::string& PathFor() const {
    return PathOf(IndexOf(*Request::descriptor()));
  }
};

DecisionService::DecisionService(Door& door, flow::Authorize& authorize, flow::Record& record,
                                 flow::Judge& judge, flow::SettingsBook& settings)
    : door_(door), authorize_(authorize), record_(record), judge_(judge), settings_(settings),
      methods_(std::make_unique<Methods>(door)) {}
DecisionService::~DecisionService() = default;

grpc::Service* DecisionService::service() { return methods_.get(); }

void DecisionService::Serve(grpc::ServerCompletionQueue* queue, Workers& workers) {
  methods_->Start(queue, workers);
  const Take authorize = [this, &workers](const domain::Caller& caller, domain::Statement statement, ledger::Done done) {
    authorize_.Run(caller, std::move(statement),
                   [this, &workers, tenant = *caller.tenant, done = std::move(done)](absl::StatusOr<ledger::Receipt> receipt) mutable {
                     if (!receipt.ok() || !flow::Authorize::HasChanges(*receipt)) return done(std::move(receipt));
                     AddChanges(tenant, *std::move(receipt), workers, std::move(done));
                   });
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
  const Take notice = [this](const domain::Caller& caller, domain::Statement statement, ledger::Done done) {
    record_.Following(caller, std::move(statement), "notice", std::move(done));
  };
  const Take cancel = [this](const domain::Caller& caller, domain::Statement statement, ledger::Done done) {
    record_.Cancelled(caller, std::move(statement), std::move(done));
  };
  const Take close = [this](const domain::Caller& caller, domain::Statement statement, ledger::Done done) {
    record_.Closing(caller, std::move(statement), std::move(done));
  };
  ServeOne<v1::AuthorizeRequest, v1::AuthorizeResponse>(queue, "authorize", authorize);
  ServeOne<v1::RecordRequest, v1::RecordResponse>(queue, "record", record);
  ServeOne<v1::ObserveRequest, v1::ObserveResponse>(queue, "observe", observe);
  ServeOne<v1::RecordResultRequest, v1::RecordResultResponse>(queue, "result", result);
  ServeOne<v1::RecordNoticeRequest, v1::RecordNoticeResponse>(queue, "notice", notice);
  ServeOne<v1::CancelRequest, v1::CancelResponse>(queue, "cancel", cancel);
  ServeOne<v1::CloseEpochRequest, v1::CloseEpochResponse>(queue, "close_epoch", close);
  ServeBatch<v1::BatchAuthorizeRequest, v1::BatchAuthorizeResponse, v1::BatchAuthorizeResult>(
      queue, "authorize", authorize);
  ServeBatch<v1::BatchRecordRequest, v1::BatchRecordResponse, v1::BatchRecordResult>(
      queue, "record", record);
  ServeBatch<v1::BatchObserveRequest, v1::BatchObserveResponse, v1::BatchObserveResult>(
      queue, "observe", observe);
  ServeStream<v1::StreamAuthorizeRequest, v1::StreamAuthorizeResponse>(queue, "authorize", authorize);
  ServeStream<v1::StreamRecordRequest, v1::StreamRecordResponse>(queue, "record", record);
  ServeStream<v1::StreamObserveRequest, v1::StreamObserveResponse>(queue, "observe", observe);
}

void DecisionService::AddChanges(const Uuid& tenant, ledger::Receipt receipt, Workers& workers, ledger::Done done) {
  const auto shared = std::make_shared<ledger::Done>(std::move(done));
  Workers::Work work = [this, tenant, receipt = std::move(receipt), shared]() mutable {
    (*shared)(authorize_.WithChanges(tenant, std::move(receipt)));
  };
  if (!workers.Take(work)) (*shared)(Overloaded());
}

void DecisionService::Stop() { streams_.Stop(); }

template <typename Request>
void DecisionService::RunItem(const domain::Caller& caller, const Request& item, const char* word,
                              const Take& take, ledger::Done done) {
  const auto settings = settings_.Get(*caller.tenant);
  if (!settings.ok()) return done(settings.status());
  absl::StatusOr<domain::Statement> statement = ToStatement(item, word, **settings, door_.clock().Now());
  if (!statement.ok()) return done(statement.status());
  take(caller, *std::move(statement), std::move(done));
}

template <typename Response>
absl::Status DecisionService::Fill(const Asker& asker, ledger::Receipt receipt, Response& response) {
  if constexpr (std::is_same_v<Response, v1::AuthorizeResponse>) {
    return Answer(std::move(receipt),
                  [&](const Digest& set, const std::string& reason) {
                    return judge_.TextOf(asker.tenant, set, reason, asker.language);
                  },
                  response);
  } else {
    return Answer(std::move(receipt), response);
  }
}

template <typename Request, typename Response>
void DecisionService::ServeOne(grpc::ServerCompletionQueue* queue, const char* word, Take take) {
  using OneCall = Call<Response>;
  const std::string& path = methods_->PathFor<Request>();
  auto handler = std::make_shared<const typename OneCall::Handler>(
      [this, &path, word, take](grpc::ServerContext& context, const grpc::ByteBuffer& bytes, Response& response,
                               typename OneCall::Reply reply) {
        const absl::StatusOr<domain::Caller> caller = door_.Admit(context, path);
        if (!caller.ok()) return reply(ToWire(caller.status()));
        Request request;
        if (absl::Status bad = FromWire(bytes, request); !bad.ok()) return reply(ToWire(bad));
        RunItem(*caller, request, word, take,
                [this, asker = AskerOf(*caller, request), &response,
                 reply = std::move(reply)](absl::StatusOr<ledger::Receipt> receipt) mutable {
                  reply(ToWire(receipt.ok() ? Fill(asker, *std::move(receipt), response) : receipt.status()));
                });
      });
  auto ask = std::make_shared<const typename OneCall::Ask>(methods_->AskOn<Request, Response>(queue));
  for (int i = 0; i < kAskedAhead; ++i) OneCall::Start(ask, handler);
}

template <typename Request, typename Response, typename Result>
void DecisionService::ServeBatch(grpc::ServerCompletionQueue* queue, const char* word, Take take) {
  using BatchCall = Call<Response>;
  const std::string& path = methods_->PathFor<Request>();
  auto handler = std::make_shared<const typename BatchCall::Handler>(
      [this, &path, word, take](grpc::ServerContext& context, const grpc::ByteBuffer& bytes, Response& response,
                               typename BatchCall::Reply reply) {
        const absl::StatusOr<domain::Caller> caller = door_.Admit(context, path);
        if (!caller.ok()) return reply(ToWire(caller.status()));
        Request request;
        if (absl::Status bad = FromWire(bytes, request, kMostBatchBytes); !bad.ok()) return reply(ToWire(bad));
        if (request.items_size() < 1 || request.items_size() > kMostBatchItems) {
          return reply(ToWire(BadField("items", "holds 1 to 1000 items")));
        }
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
                  [this, asker = AskerOf(*caller, request.items(i)), result,
                   pending](absl::StatusOr<ledger::Receipt> receipt) {
                    const absl::Status status = receipt.ok()
                                                    ? Fill(asker, *std::move(receipt), *result->mutable_response())
                                                    : receipt.status();
                    if (!status.ok()) *result->mutable_error() = ToRpcStatus(status);
                    if (--pending->left == 0) pending->reply(grpc::Status::OK);
                  });
        }
      });
  auto ask = std::make_shared<const typename BatchCall::Ask>(methods_->AskOn<Request, Response>(queue));
  for (int i = 0; i < kLongAhead; ++i) BatchCall::Start(ask, handler);
}

template <typename Request, typename Response>
void DecisionService::ServeStream(grpc::ServerCompletionQueue* queue, const char* word, Take take) {
  const std::string& path = methods_->PathFor<Request>();
  auto method = std::make_shared<Stream::Method>();
  method->ask = methods_->AskStreamOn<Request>(queue);
  method->admit = [this, &path](const grpc::ServerContext& context) -> absl::StatusOr<Uuid> {
    CANDOR_ASSIGN_OR_RETURN(const domain::Caller caller, door_.Admit(context, path));
    return *caller.tenant;
  };
  method->take = [this, &path, word, take](const grpc::ServerContext& context, const grpc::ByteBuffer& bytes,
                                           std::uint64_t index, Stream::Reply reply) {
    // A key may be revoked while its stream is open.
    const absl::StatusOr<domain::Caller> caller = door_.Admit(context, path);
    if (!caller.ok()) return reply(caller.status());
    Request request;
    absl::Status bad = FromWire(bytes, request);
    if (bad.ok() && !request.has_item()) bad = BadField("item", "is required");
    ledger::Done done = [this, asker = AskerOf(*caller, request.item()), index, reply = std::move(reply)](absl::StatusOr<ledger::Receipt> receipt) mutable {
      Response response;
      response.set_item_index(index);
      const absl::Status status =
          receipt.ok() ? Fill(asker, *std::move(receipt), *response.mutable_response()) : receipt.status();
      if (!status.ok()) *response.mutable_error() = ToRpcStatus(status);
      grpc::ByteBuffer answer;
      const absl::Status written = ToWire(response, answer);
      written.ok() ? reply(std::move(answer)) : reply(written);
    };
    if (!bad.ok()) return done(std::move(bad));
    RunItem(*caller, request.item(), word, take, std::move(done));
  };
  for (int i = 0; i < kLongAhead; ++i) Stream::Start(streams_, method);
}

}  // namespace candor::rpc
