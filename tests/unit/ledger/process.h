// A running server as far as its ledgers go, and the entries that flows would hand it.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "services/base/clock.h"
#include "services/base/status.h"
#include "services/crypto/random.h"
#include "services/ledger/appender.h"
#include "tests/testing/postgres.h"

namespace candor::ledger {

inline constexpr const char* kOrigin = "a.example/b";

// The machine's clock, put forward or back. Set before anybody reads it.
class ShiftedClock final : public Clock {
 public:
  absl::Time Now() const override { return SystemClock().Now() + shift; }
  absl::Duration shift;
};

inline Uuid NewUuid() {
  return crypto::NewId(SystemClock().Now());
}

inline vault::OperatorKeys LoadKeys(const std::string& folder) {
  auto keys = vault::OperatorKeys::Load(folder, true);
  EXPECT_TRUE(keys.ok()) << keys.status();
  return *std::move(keys);
}

// What one running server has, as far as its ledgers go.
struct Process {
  Process(const std::string& url, const std::string& folder, AppenderLimits limits = {},
          const Uuid& name = NewUuid())
      : writers({url}, store::Role::kWriter),
        keys(LoadKeys(folder + "/keys")),
        ledgers(writers, keys, {.marks_folder = folder + "/marks", .process = name}, clock),
        appender(std::make_unique<Appender>(store::Address{url}, ledgers, clock, limits)) {}

  std::shared_ptr<Ledger> Get(const Uuid& tenant) {
    auto ledger = ledgers.Get(tenant);
    EXPECT_TRUE(ledger.ok()) << ledger.status();
    return ledger.ok() ? *std::move(ledger) : nullptr;
  }

  // The answer comes when it is there.
  std::future<absl::StatusOr<Receipt>> Send(const Uuid& tenant, Entry entry) {
    std::promise<absl::StatusOr<Receipt>> promise;
    auto answer = promise.get_future();
    appender->Append(Get(tenant), std::move(entry),
                     [promise = std::move(promise)](absl::StatusOr<Receipt> receipt) mutable {
                       promise.set_value(std::move(receipt));
                     });
    return answer;
  }
  absl::StatusOr<Receipt> Append(const Uuid& tenant, Entry entry) {
    return Send(tenant, std::move(entry)).get();
  }

  ShiftedClock clock;
  store::Pool writers;
  const vault::OperatorKeys keys;
  Ledgers ledgers;
  std::unique_ptr<Appender> appender;
};

// An entry of a component that states nothing but a number of its own.
inline Entry EntryOf(const std::string& type) {
  Entry entry;
  entry.leaf.id = NewUuid();
  entry.leaf.request = NewUuid();
  entry.leaf.type = type;
  entry.leaf.caller_kind = "component";
  entry.leaf.caller_id = "bot";
  entry.fingerprint_text = "{\"method\":\"" + type + "\",\"request\":{}}";
  return entry;
}

inline Entry FirstEntry(const Ledger& ledger) {
  Entry entry = EntryOf("ledger");
  core::Json timestamps = core::Json::Object();
  timestamps.Set("policy", "none");
  entry.leaf.facts.Set("format", 1);
  entry.leaf.facts.Set("hash", "sha256");
  entry.leaf.facts.Set("origin", ledger.origin());
  entry.leaf.facts.Set("timestamps", std::move(timestamps));
  entry.leaf.facts.Set("vkeys", core::Json::Array().Append(ledger.verifier_key().ToText()));
  return entry;
}

// An authorization as the flow makes it, to be used within a minute unless `use` says
// otherwise; `due` of its outcome.
inline Entry Authorization(const std::string& verdict, absl::Time due,
                           absl::Duration use = absl::Minutes(1)) {
  static const std::map<std::string, int> kVerdicts = {
      {"allow", 1}, {"transform", 2}, {"escalate", 3}, {"deny", 4}};
  const auto whole = [](absl::Time time) { return absl::FromUnixMicros(absl::ToUnixMicros(time)); };
  Entry entry = EntryOf("authorization");
  entry.leaf.decision = entry.leaf.id;
  entry.leaf.facts.Set("verdict", verdict);
  entry.verdict = kVerdicts.at(verdict);
  if (entry.verdict <= 2) {
    entry.expire_time = whole(SystemClock().Now() + use);
    entry.due_time = whole(due);
    entry.leaf.facts.Set("expires", ToRfc3339(*entry.expire_time));
    entry.leaf.facts.Set("outcome_due", ToRfc3339(*entry.due_time));
  }
  return entry;
}

// What follows from an authorization: its outcome, or that it will not be used.
inline Entry About(const std::string& type, Claim claim, const Uuid& authorization) {
  Entry entry = EntryOf(type);
  entry.claim = claim;
  entry.named = authorization;
  entry.leaf.decision = entry.leaf.id;
  entry.leaf.facts.Set("authorization", authorization.ToText());
  return entry;
}

// Holds the head of every ledger, so that entries pile up behind it.
class HeldHeads {
 public:
  explicit HeldHeads(const std::string& url) : session_(url) {
    session_.Run("BEGIN");
    EXPECT_EQ(session_.Run("SELECT FROM heads FOR UPDATE").sqlstate, "");
  }
  ~HeldHeads() { session_.Run("COMMIT"); }

  // In the transaction that holds them.
  void Run(const std::string& sql) { EXPECT_EQ(session_.Run(sql).sqlstate, "") << sql; }

 private:
  candor::testing::Session session_;
};

}  // namespace candor::ledger
