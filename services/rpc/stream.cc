#include "services/rpc/stream.h"

#include <utility>
#include <vector>

#include "services/base/status.h"
#include "services/rpc/door.h"

namespace candor::rpc {
namespace {

constexpr std::size_t kAnswerBytes = 4096;  // About what an answer holds.

absl::Status Stopping() {
  return Because(absl::UnavailableError("the server is stopping: repeat what has no answer"), "STORE_UNAVAILABLE");
}

}  // namespace

void Streams::Stop() {
  std::vector<std::shared_ptr<Stream>> open;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (const auto& [_, stream] : open_) open.push_back(stream.lock());
  }
  for (const auto& stream : open) {
    if (stream != nullptr) stream->Stop();
  }
}

bool Streams::Enter(Stream& stream) {
  absl::MutexLock lock(&mutex_);
  if (!stopping_) open_[&stream] = stream.weak_from_this();
  return !stopping_;
}

void Streams::Leave(Stream& stream) {
  absl::MutexLock lock(&mutex_);
  open_.erase(&stream);
}

Held& Streams::Of(const Uuid& tenant) {
  absl::MutexLock lock(&mutex_);
  return held_[tenant];
}

void Stream::Start(Streams& streams, std::shared_ptr<const Method> method) {
  const auto stream = std::make_shared<Stream>(streams, std::move(method));
  if (stream->method_->tell) stream->context_.AsyncNotifyWhenDone(stream->done_.Begin(stream));
  stream->method_->ask(&stream->context_, &stream->responder_, stream->call_.Begin(stream));
}

Stream::Stream(Streams& streams, std::shared_ptr<const Method> method)
    : streams_(streams), method_(std::move(method)), responder_(&context_) {}

Stream::~Stream() {
  streams_.Leave(*this);
  for (const Waiting& item : waiting_) Release(item.bytes);
}

void Stream::OnCall(bool ok) {
  if (!ok) {  // The server is shutting down.
    done_.Drop();
    return;
  }
  Start(streams_, method_);
  const bool open = streams_.Enter(*this);
  const absl::StatusOr<Uuid> tenant = method_->admit(context_);
  Held* held = tenant.ok() ? &streams_.Of(*tenant) : nullptr;
  absl::MutexLock lock(&mutex_);
  if (!tenant.ok()) return Finish(tenant.status());
  held_ = held;
  if (!open) end_ = Stopping();
  GoOn();
}

void Stream::OnItem(bool ok) {
  grpc::ByteBuffer item;
  std::uint64_t index = 0;
  {
    absl::MutexLock lock(&mutex_);
    reading_ = false;
    if (!ok && !end_) end_ = absl::OkStatus();  // The client has sent its last item, or is gone.
    if (end_ || finished_) return GoOn();
    item.Swap(&item_);
    index = written_ + waiting_.size();
    waiting_.push_back({.bytes = kAnswerBytes + item.Length(), .answer = {}});
    held_->items += 1;
    held_->bytes += waiting_.back().bytes;
    if (method_->tell) end_ = absl::OkStatus();  // No second item is read.
  }
  if (method_->tell) return Tell(item);
  method_->take(context_, item, index, [kept = shared_from_this(), index](absl::StatusOr<grpc::ByteBuffer> answer) {
    kept->OnAnswer(index, std::move(answer));
  });
  absl::MutexLock lock(&mutex_);
  GoOn();
}

void Stream::Tell(const grpc::ByteBuffer& item) {
  method_->tell(
      context_, item,
      [kept = shared_from_this()](std::optional<grpc::ByteBuffer> answer) { return kept->OnSaid(std::move(answer)); },
      [kept = shared_from_this()](absl::StatusOr<grpc::ByteBuffer> answer) {
        absl::MutexLock lock(&kept->mutex_);
        if (kept->finished_) return;
        kept->waiting_.back().answer = std::move(answer);
        kept->GoOn();
      });
}

// Stands before the item's own answer, which is still to come.
Stream::Heard Stream::OnSaid(std::optional<grpc::ByteBuffer> answer) {
  constexpr std::size_t kMostSaid = 16;
  absl::MutexLock lock(&mutex_);
  if (finished_ || gone_) return Heard::kGone;
  if (waiting_.size() > kMostSaid) return Heard::kFull;
  if (!answer) return Heard::kTaken;
  held_->items += 1;
  waiting_.insert(std::prev(waiting_.end()), {.bytes = 0, .answer = *std::move(answer)});
  GoOn();
  return Heard::kTaken;
}

void Stream::OnDone(bool) {
  absl::MutexLock lock(&mutex_);
  gone_ = context_.IsCancelled();
}

void Stream::OnAnswer(std::uint64_t index, absl::StatusOr<grpc::ByteBuffer> answer) {
  absl::MutexLock lock(&mutex_);
  if (finished_) return;
  waiting_[index - written_].answer = std::move(answer);
  if (index == written_) GoOn();
}

void Stream::OnWritten(bool ok) {
  absl::MutexLock lock(&mutex_);
  writing_ = false;
  Release(waiting_.front().bytes);
  waiting_.pop_front();
  ++written_;
  if (!ok) return Finish(absl::CancelledError());  // The client is gone; what it sent is recorded.
  GoOn();
}

void Stream::Stop() {
  absl::MutexLock lock(&mutex_);
  if (!end_) end_ = Stopping();
  if (held_ != nullptr) GoOn();
}

void Stream::GoOn() {
  if (finished_) return;
  if (!writing_) {
    if (!waiting_.empty() && waiting_.front().answer) {
      const absl::StatusOr<grpc::ByteBuffer>& answer = *waiting_.front().answer;
      if (!answer.ok()) return Finish(answer.status());
      grpc::WriteOptions options;  // gRPC holds the first write, with its metadata, back for ever if it is hinted.
      if (written_ > 0 && waiting_.size() > 1 && waiting_[1].answer) options.set_buffer_hint();
      writing_ = true;
      responder_.Write(*answer, options, write_.Begin(shared_from_this()));
    } else if (waiting_.empty() && end_) {
      return Finish(*end_);
    }
  }
  if (!reading_ && !end_ && HasRoom()) {
    reading_ = true;
    responder_.Read(&item_, read_.Begin(shared_from_this()));
  }
}

void Stream::Finish(const absl::Status& status) {
  finished_ = true;
  responder_.Finish(ToWire(status), finish_.Begin(shared_from_this()));
}

bool Stream::HasRoom() const {
  return waiting_.empty() || (waiting_.size() < kMostStreamItems && held_->items < kMostHeldItems &&
                              held_->bytes < kMostHeldBytes);
}

void Stream::Release(std::size_t bytes) {
  held_->items -= 1;
  held_->bytes -= bytes;
}

}  // namespace candor::rpc
