#include "bench/load.h"

#include <algorithm>
#include <chrono>
#include <memory>

namespace candor::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct OneCall {
  grpc::ClientContext context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  grpc::ByteBuffer response;
  grpc::Status status;
  Clock::time_point begin;
};

}  // namespace

Figures Run(const std::shared_ptr<grpc::Channel>& channel, const Plan& plan) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  const auto start = [&] {
    auto* call = new OneCall;
    if (!plan.api_key.empty()) call->context.AddMetadata("authorization", "Bearer " + plan.api_key);
    call->begin = Clock::now();
    call->reader = stub.PrepareUnaryCall(&call->context, plan.method, plan.next(), &queue);
    call->reader->StartCall();
    call->reader->Finish(&call->response, &call->status, call);
  };
  for (int i = 0; i < plan.in_flight; ++i) start();

  const auto seconds = [](double s) { return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s)); };
  const Clock::time_point window = Clock::now() + seconds(plan.warm_up_seconds);
  const Clock::time_point end = window + seconds(plan.seconds);
  Figures figures;
  std::vector<double> millis;
  int open = plan.in_flight;
  void* tag = nullptr;
  bool ok = false;
  while (open > 0 && queue.Next(&tag, &ok)) {
    const std::unique_ptr<OneCall> call(static_cast<OneCall*>(tag));
    const Clock::time_point now = Clock::now();
    if (!call->status.ok()) {
      if (figures.failed++ == 0) figures.first_error = call->status.error_message();
    } else if (now >= window && now < end) {
      millis.push_back(std::chrono::duration<double, std::milli>(now - call->begin).count());
    }
    if (now < end) {
      start();
    } else {
      --open;
    }
  }
  queue.Shutdown();
  std::sort(millis.begin(), millis.end());
  if (millis.empty()) return figures;
  figures.per_second = static_cast<double>(millis.size()) * plan.items_a_call / plan.seconds;
  figures.p50_ms = millis[millis.size() / 2];
  figures.p99_ms = millis[std::min(millis.size() - 1, millis.size() * 99 / 100)];
  return figures;
}

}  // namespace candor::bench
