// Files on a stream of answers.
//
// Any thread may call.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <string_view>

#include "absl/time/clock.h"
#include "services/base/status.h"
#include "services/rpc/stream.h"

namespace candor::rpc {

// Sends bytes in answers of at most 65,536, as fast as their caller reads. Errors: kCancelled when the
// caller hung up; kUnavailable once `stopping`.
template <typename Response>
absl::Status SendChunks(const std::function<Stream::Heard(const Response&)>& say, std::string_view bytes,
                        const std::atomic<bool>& stopping) {
  constexpr std::size_t kMost = 65536;
  constexpr absl::Duration kUntilRead = absl::Milliseconds(2);  // While the caller reads.
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kMost, bytes.size()))) {
    Response part;
    part.set_chunk(bytes.data(), std::min(kMost, bytes.size()));
    for (Stream::Heard heard = say(part); heard != Stream::Heard::kTaken; heard = say(part)) {
      if (heard == Stream::Heard::kGone) return absl::CancelledError("the caller hung up");
      if (stopping) return Because(absl::UnavailableError("the server stops: ask again"), "STORE_UNAVAILABLE");
      absl::SleepFor(kUntilRead);
    }
  }
  return absl::OkStatus();
}

}  // namespace candor::rpc
