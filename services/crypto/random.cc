#include "services/crypto/random.h"

#include <openssl/rand.h>

#include <algorithm>
#include <mutex>

#include "services/base/check.h"

namespace candor::crypto {
namespace {

// The 74 random bits of a version 7 UUID as one number, in two parts.
constexpr std::uint64_t kLowBits = (std::uint64_t{1} << 62) - 1;
constexpr std::uint64_t kHighBits = (std::uint64_t{1} << 12) - 1;

std::uint64_t ReadBigEndian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

void WriteBigEndian(std::uint64_t value, std::span<std::uint8_t> bytes) {
  for (std::size_t i = bytes.size(); i > 0; --i) {
    bytes[i - 1] = static_cast<std::uint8_t>(value & 0xff);
    value >>= 8;
  }
}

// Random bytes for ids, which are no secrets: taken from the generator many at a time.
class IdBytes {
 public:
  std::span<const std::uint8_t, 10> Next() {
    if (at_ + 10 > sizeof(pool_)) {
      FillRandom(pool_);
      at_ = 0;
    }
    at_ += 10;
    return std::span<const std::uint8_t, 10>(pool_ + at_ - 10, 10);
  }

 private:
  std::uint8_t pool_[640];
  std::size_t at_ = sizeof(pool_);
};

// RFC 9562, section 6.2, method 2: within one millisecond, or after the clock went back,
// the random part counts up by a random step.
class IdMaker {
 public:
  Uuid Next(std::int64_t millis) {
    const std::span<const std::uint8_t, 10> random = random_.Next();
    if (millis > millis_) {
      millis_ = millis;
      high_ = ReadBigEndian(random.first<2>()) & kHighBits;
      low_ = ReadBigEndian(random.last<8>()) & kLowBits;
    } else {
      CountUp(1 + ReadBigEndian(random.first<4>()));
    }
    std::uint8_t bits[10];
    WriteBigEndian(high_, std::span(bits).first(2));
    WriteBigEndian(low_, std::span(bits).last(8));
    return Uuid::MakeV7(absl::FromUnixMillis(millis_), bits);
  }

 private:
  void CountUp(std::uint64_t step) {
    low_ += step;
    if (low_ <= kLowBits) return;
    low_ &= kLowBits;
    if (++high_ <= kHighBits) return;
    high_ = 0;
    ++millis_;
  }

  IdBytes random_;
  std::int64_t millis_ = -1;
  std::uint64_t high_ = 0;
  std::uint64_t low_ = 0;
};

}  // namespace

void FillRandom(std::span<std::uint8_t> out) {
  constexpr std::size_t kMost = 1 << 20;  // OpenSSL takes an int.
  while (!out.empty()) {
    const std::size_t now = std::min(out.size(), kMost);
    CANDOR_CHECK(RAND_bytes(out.data(), static_cast<int>(now)) == 1);
    out = out.subspan(now);
  }
}

void FillSmall(std::span<std::uint8_t> out) {
  constexpr std::size_t kPool = 4096;
  struct Pool {
    ~Pool() { Cleanse(bytes); }
    std::uint8_t bytes[kPool];
    std::size_t at = kPool;
  };
  thread_local Pool pool;
  CANDOR_CHECK(out.size() <= kPool);
  if (kPool - pool.at < out.size()) {
    FillRandom(pool.bytes);
    pool.at = 0;
  }
  const std::span<std::uint8_t> taken(pool.bytes + pool.at, out.size());
  std::copy(taken.begin(), taken.end(), out.begin());
  Cleanse(taken);
  pool.at += out.size();
}

Key RandomKey() {
  Key key;
  FillRandom(key.fill());
  return key;
}

Uuid NewId(absl::Time now) {
  static std::mutex mutex;
  static IdMaker maker;
  const std::lock_guard lock(mutex);
  return maker.Next(absl::ToUnixMillis(now));
}

}  // namespace candor::crypto
