#include "bench/load.h"

#include <algorithm>
#include <cstdio>
#include <chrono>
#include <deque>
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

// When answers count, and what they took.
class Window {
 public:
  explicit Window(const Plan& plan)
      : plan_(plan), begin_(Clock::now() + Seconds(plan.warm_up_seconds)), end_(begin_ + Seconds(plan.seconds)) {}

  bool over() const { return Clock::now() >= end_; }

  void Answered(Clock::time_point sent, const grpc::ByteBuffer& answer) {
    if (answer.Length() < plan_.least_bytes) return Failed("an answer without a receipt");
    const Clock::time_point now = Clock::now();
    if (now >= begin_ && now < end_) millis_.push_back(std::chrono::duration<double, std::milli>(now - sent).count());
  }
  void Failed(const std::string& error) {
    if (failed_++ == 0) first_error_ = error;
  }

  Figures Take() && {
    Figures figures = FiguresOf(std::move(millis_), plan_.seconds);
    figures.per_second *= plan_.items_a_call;
    figures.failed = failed_;
    figures.first_error = std::move(first_error_);
    return figures;
  }

 private:
  static Clock::duration Seconds(double s) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
  }

  const Plan& plan_;
  const Clock::time_point begin_, end_;
  std::uint64_t failed_ = 0;
  std::string first_error_;
  std::vector<double> millis_;
};

struct OneStream {
  enum Step { kCall, kWrite, kRead, kDone, kFinish, kSteps };
  struct Tag {
    OneStream* stream;
    Step step;
  };
  OneStream() {
    for (int i = 0; i < kSteps; ++i) tags[i] = {this, static_cast<Step>(i)};
  }
  Tag tags[kSteps];
  grpc::ClientContext context;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call;
  grpc::ByteBuffer answer;
  grpc::Status status;
  std::deque<Clock::time_point> sent;  // Items without an answer.
  std::uint64_t items = 0;
  bool writing = false, done = false;
};

}  // namespace

void Print(const Row& row, std::ostream& json) {
  const bool held = row.at_most ? row.ratio <= row.floor : row.ratio >= row.floor;
  std::printf("%-52s %10.2f %10.2f %7.2f %7.2f %7.2f  %s\n", row.name, row.value, row.limit, row.ratio, row.floor, row.aim,
              held ? "" : row.at_most ? "above its floor" : "below its floor");
  json << "{\"name\":\"" << row.name << "\",\"value\":" << row.value << ",\"limit\":" << row.limit
       << ",\"ratio\":" << row.ratio << ",\"floor\":" << row.floor << ",\"aim\":" << row.aim << "}\n";
}

Figures FiguresOf(std::vector<double> millis, double seconds) {
  Figures figures;
  if (millis.empty()) return figures;
  std::sort(millis.begin(), millis.end());
  figures.per_second = static_cast<double>(millis.size()) / seconds;
  figures.p50_ms = millis[millis.size() / 2];
  figures.p99_ms = millis[millis.size() * 99 / 100];
  return figures;
}

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

  Window window(plan);
  int open = plan.in_flight;
  void* tag = nullptr;
  bool ok = false;
  while (open > 0 && queue.Next(&tag, &ok)) {
    const std::unique_ptr<OneCall> call(static_cast<OneCall*>(tag));
    call->status.ok() ? window.Answered(call->begin, call->response) : window.Failed(call->status.error_message());
    window.over() ? void(--open) : start();
  }
  queue.Shutdown();
  return std::move(window).Take();
}

Figures RunStreams(const std::shared_ptr<grpc::Channel>& channel, const Plan& plan, int streams) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  const std::size_t each = static_cast<std::size_t>(plan.in_flight / streams);
  Window window(plan);
  std::vector<std::unique_ptr<OneStream>> all;
  const auto write = [&](OneStream& stream) {
    if (stream.writing || stream.done) return;
    if (window.over()) {
      stream.done = true;
      stream.call->WritesDone(&stream.tags[OneStream::kDone]);
    } else if (stream.sent.size() < each) {
      stream.writing = true;
      stream.sent.push_back(Clock::now());
      grpc::WriteOptions options;  // Several items in one packet, but none waits for the next answer.
      if (stream.sent.size() < each && ++stream.items % 16 != 0 && stream.items > 1) options.set_buffer_hint();
      stream.call->Write(plan.next(), options, &stream.tags[OneStream::kWrite]);
    }
  };
  for (int i = 0; i < streams; ++i) {
    OneStream& stream = *all.emplace_back(std::make_unique<OneStream>());
    stream.context.AddMetadata("authorization", "Bearer " + plan.api_key);
    stream.call = stub.PrepareCall(&stream.context, plan.method, &queue);
    stream.call->StartCall(&stream.tags[OneStream::kCall]);
  }
  int open = streams;
  void* tag = nullptr;
  bool ok = false;
  while (open > 0 && queue.Next(&tag, &ok)) {
    auto& [stream, step] = *static_cast<OneStream::Tag*>(tag);
    if (step == OneStream::kFinish) {
      --open;
      if (!stream->status.ok()) window.Failed(stream->status.error_message());
    } else if (step == OneStream::kRead && !ok) {
      stream->call->Finish(&stream->status, &stream->tags[OneStream::kFinish]);
    } else if (step == OneStream::kRead) {
      window.Answered(stream->sent.front(), stream->answer);
      stream->sent.pop_front();
      stream->call->Read(&stream->answer, &stream->tags[OneStream::kRead]);
      write(*stream);
    } else if (step == OneStream::kCall) {
      stream->call->Read(&stream->answer, &stream->tags[OneStream::kRead]);
      write(*stream);
    } else if (step == OneStream::kWrite) {
      stream->writing = false;
      write(*stream);
    }
  }
  queue.Shutdown();
  return std::move(window).Take();
}

}  // namespace candor::bench
