// A bidirectional stream of an asynchronous service: items in, one answer each, in the order
// of the items.
//
// A stream asks gRPC for its call; when that comes, it makes its own successor, reads item
// after item, and hands each to the handler on the completion queue's thread. Replies come on
// any thread. A client that does not read its answers is not read from either: what waits is
// bounded for each stream and for all streams of a tenant, but every stream may have one
// item under way. It lives until gRPC has answered its last operation and the last reply came.
//
// Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_stream.h>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/container/node_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/base/id.h"
#include "services/rpc/async.h"

namespace candor::rpc {

// What all streams of a tenant hold: items read whose answers are not written yet.
struct Held {
  std::atomic<std::size_t> items = 0, bytes = 0;
};

inline constexpr std::size_t kMostStreamItems = 1000;  // Of one stream.
inline constexpr std::size_t kMostHeldItems = 4000;    // Of all streams of a tenant.
inline constexpr std::size_t kMostHeldBytes = 32 * 1024 * 1024;

class Stream;

// The open streams of a service.
class Streams {
 public:
  // Lets every stream answer what it has read, then end as UNAVAILABLE; new ones at once.
  void Stop();

 private:
  friend class Stream;
  bool Enter(Stream& stream);  // No: it stops.
  void Leave(Stream& stream);
  Held& Of(const Uuid& tenant);

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<const Stream*, std::weak_ptr<Stream>> open_ ABSL_GUARDED_BY(mutex_);
  absl::node_hash_map<Uuid, Held> held_ ABSL_GUARDED_BY(mutex_);
};

class Stream final : public std::enable_shared_from_this<Stream> {
 public:
  // The bytes of an answer. An error ends the stream, after the answers before it.
  using Reply = absl::AnyInvocable<void(absl::StatusOr<grpc::ByteBuffer>)>;
  // An answer before the last one; nothing: only asks how the caller does. One that is not taken
  // is dropped: the caller does not read fast enough, or is gone.
  enum class Heard { kTaken, kFull, kGone };
  using Say = std::function<Heard(std::optional<grpc::ByteBuffer>)>;
  using Responder = grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>;
  struct Method {
    // Asks gRPC for the next call of the method.
    std::function<void(grpc::ServerContext*, Responder*, Tag*)> ask;
    // Whose stream it is. An error refuses it.
    std::function<absl::StatusOr<Uuid>(const grpc::ServerContext&)> admit;
    // Takes the item of an index, from 0; calls `reply` exactly once.
    std::function<void(const grpc::ServerContext&, const grpc::ByteBuffer& item, std::uint64_t index,
                       Reply reply)> take;
    // Instead of `take`, for a method with one item and many answers: `say` any number of times,
    // then `reply` with the last one.
    std::function<void(const grpc::ServerContext&, const grpc::ByteBuffer& item, Say say, Reply reply)> tell;
  };

  // `streams` must outlive all calls of the server.
  static void Start(Streams& streams, std::shared_ptr<const Method> method);

  Stream(Streams& streams, std::shared_ptr<const Method> method);
  ~Stream();

 private:
  friend class Streams;

  // An item whose answer is not written.
  struct Waiting {
    std::size_t bytes = 0;
    std::optional<absl::StatusOr<grpc::ByteBuffer>> answer;
  };

  void OnCall(bool ok);
  void OnItem(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool) {}
  void OnAnswer(std::uint64_t index, absl::StatusOr<grpc::ByteBuffer> answer);
  void Tell(const grpc::ByteBuffer& item);
  Heard OnSaid(std::optional<grpc::ByteBuffer> answer);
  void OnDone(bool ok);
  void Stop();

  // Does whatever can be done next: writes, finishes, reads.
  void GoOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Finish(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Release(std::size_t bytes);

  Streams& streams_;
  const std::shared_ptr<const Method> method_;
  grpc::ServerContext context_;
  Responder responder_;
  Held* held_ = nullptr;  // Set once admitted.

  absl::Mutex mutex_;
  Step<Stream> call_{&Stream::OnCall}, read_{&Stream::OnItem}, write_{&Stream::OnWritten},
      finish_{&Stream::OnFinished}, done_{&Stream::OnDone};
  grpc::ByteBuffer item_;
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t written_ ABSL_GUARDED_BY(mutex_) = 0;  // The index of the first that waits.
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);  // Nothing more is read; how it ends.
  bool reading_ ABSL_GUARDED_BY(mutex_) = false, writing_ ABSL_GUARDED_BY(mutex_) = false,
       finished_ ABSL_GUARDED_BY(mutex_) = false, gone_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace candor::rpc
