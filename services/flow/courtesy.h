// Recording comes first: whoever reads much does it piece by piece. While anything is recorded, all of
// them together take a tenth of the time; half a second may be taken in advance.
//
// Thread-safe.
#pragma once

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/base/clock.h"
#include "services/ledger/appender.h"

namespace candor::flow {

class Courtesy {
 public:
  // Both must outlive this.
  Courtesy(const ledger::Appender& appender, const Clock& clock) : appender_(appender), clock_(clock) {}

  // Waits until there is time for a piece of work; no, at once, when that takes longer than `patience`.
  bool Wait(absl::Duration patience);

  // A piece of work: what it took counts if something was committed meanwhile.
  class Piece {
   public:
    explicit Piece(Courtesy& courtesy)
        : courtesy_(courtesy), commits_(courtesy.appender_.commits()), begun_(courtesy.clock_.Now()) {}
    ~Piece();
    Piece(const Piece&) = delete;
    Piece& operator=(const Piece&) = delete;

   private:
    Courtesy& courtesy_;
    const std::uint64_t commits_;
    const absl::Time begun_;
  };

 private:
  static constexpr absl::Duration kAdvance = absl::Milliseconds(500);

  const ledger::Appender& appender_;
  const Clock& clock_;
  absl::Mutex mutex_;
  absl::Duration left_ ABSL_GUARDED_BY(mutex_) = kAdvance;           // Of the time to be taken, as of:
  absl::Time counted_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time rest_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();   // Nothing is left until then.
};

}  // namespace candor::flow
