#include "services/flow/courtesy.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace candor::flow {
namespace {

constexpr int kShare = 10;  // One part of so many.

}  // namespace

bool Courtesy::Wait(absl::Duration patience) {
  const absl::Time longest = clock_.Now() + patience;
  for (;;) {
    absl::Time rest;
    {
      const absl::MutexLock lock(&mutex_);
      rest = rest_;
    }
    const absl::Time now = clock_.Now();
    if (rest <= now) return true;
    if (rest > longest) return false;
    absl::SleepFor(rest - now);
  }
}

Courtesy::Piece::~Piece() {
  if (courtesy_.appender_.commits() == commits_) return;
  const absl::Time now = courtesy_.clock_.Now();
  const absl::MutexLock lock(&courtesy_.mutex_);
  const absl::Duration earned = (now - courtesy_.counted_) / kShare;
  courtesy_.left_ = std::min(kAdvance, courtesy_.left_ + earned) - (now - begun_);
  courtesy_.counted_ = now;
  courtesy_.rest_ = now - std::min(courtesy_.left_, absl::ZeroDuration()) * kShare;
}

}  // namespace candor::flow
