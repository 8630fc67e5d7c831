// The leaves, ids and keys of the world that the tests of this room verify.
#pragma once

#include <array>
#include <cstdint>

#include "services/core/leaf/leaf.h"
#include "services/core/tlog/note.h"

namespace candor::verify {

inline constexpr const char* kOrigin = "candor.example/world";

inline Uuid IdOf(std::uint64_t number, int version) {
  Uuid id;
  for (std::size_t i = 0; i < 8; ++i) {
    id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i) & 0xff);
  }
  id.bytes[6] = static_cast<std::uint8_t>(version << 4);
  id.bytes[8] = 0x80;
  return id;
}

inline crypto::Ed25519Key SignerOf(std::uint8_t seed = 1) {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(seed);
  return crypto::Ed25519Key(crypto::Key(bytes));
}
inline core::VerifierKey KeyOf(std::uint8_t seed = 1) {
  return core::VerifierKey::Of(kOrigin, SignerOf(seed).public_key());
}

inline core::Leaf PlainLeaf(std::uint64_t position) {
  return {.caller_id = "scoring",
          .caller_kind = "component",
          .id = IdOf(position, 7),
          .ledger = kOrigin,
          .request = IdOf(position, 4),
          .time = absl::FromUnixMicros(1'780'000'000'000'000 + 7 * std::int64_t(position)),
          .type = "outcome"};
}

// The leaf that the world holds at a position: every third one an authorization.
inline core::Leaf LeafAt(std::uint64_t position) {
  core::Leaf leaf = PlainLeaf(position);
  if (position == 0) {
    leaf.type = "ledger";
    leaf.facts.Set("format", 1).Set("hash", "sha256").Set("origin", kOrigin);
    leaf.facts.Set("timestamps", core::Json::Object().Set("policy", "none"));
    leaf.facts.Set("vkeys", core::Json::Array().Append(KeyOf().ToText()));
  } else if (position % 3 == 1) {
    leaf.type = "authorization";
    leaf.decision = IdOf(position, 7);
    leaf.producer = core::Producer{.id = "scoring", .epoch = IdOf(1, 4), .seq = position};
    leaf.facts.Set("verdict", "deny").Set("expires", "2026-05-28T20:26:42.000000Z");
    leaf.facts.Set("outcome_due", "2026-05-29T20:26:42.000000Z");
  } else if (position % 3 == 2) {
    leaf.facts.Set("authorization", IdOf(position - 1, 7).ToText());
    if (position % 2 == 0) leaf.marks = {"unauthorized"};
  }
  return leaf;
}

}  // namespace candor::verify
