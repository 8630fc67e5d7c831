#include "services/flow/rotate.h"

#include "services/base/status.h"
#include "services/core/tlog/proof.h"
#include "services/crypto/random.h"
#include "services/ledger/prover.h"
#include "services/store/erasures.h"
#include "services/store/keys.h"
#include "services/store/reader.h"

namespace candor::flow {
namespace {

constexpr int kPage = 500;  // Keys that are wrapped anew in one transaction.
constexpr int kMostFinal = 100;  // Erasures, in one go.

store::SideRow KeySide(const char* purpose, std::uint64_t number, const store::WrappedKey& key, const Uuid& leaf) {
  return {store::SideRow::Table::kTenantKey,
          {purpose, std::to_string(number), ToHex(key.handle), std::to_string(key.generation), ToHex(key.wrapped),
           leaf.ToText()}};
}

bool Says(const core::Json& facts, const char* name) {
  const core::Json* fact = facts.Find(name);
  return fact != nullptr && fact->is_bool() && fact->boolean();
}

}  // namespace

absl::StatusOr<Rotate::Rotated> Rotate::Keys(const domain::Caller& caller, const Uuid& tenant,
                                             domain::Statement statement) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
  CANDOR_RETURN_IF_ERROR(GoOn(ledger).status());
  CANDOR_RETURN_IF_ERROR(keys_.Reload());
  const bool ledger_key = Says(statement.facts, "ledger_key");
  if (Says(statement.facts, "compromised") && !ledger_key) {
    return BadField("compromised", "is said of the key that signs: goes with ledger_key");
  }
  const std::uint64_t wrapper = ledger->keyring().wrapper() + 1, signer = ledger->newest_signer() + 1;
  CANDOR_ASSIGN_OR_RETURN(const store::WrappedKey wrapping, vault::MakeTenantKey(keys_, tenant));
  CANDOR_ASSIGN_OR_RETURN(const store::WrappedKey signing, vault::MakeTenantKey(keys_, tenant));
  if (ledger_key) {
    CANDOR_ASSIGN_OR_RETURN(const core::VerifierKey vkey, ledger->KeyOf(signing));
    statement.facts.Set("change", "announced").Set("purpose", "log").Set("vkey", vkey.ToText());
  }
  statement.facts.Set("wrapping_key", static_cast<std::int64_t>(wrapper));
  CANDOR_ASSIGN_OR_RETURN(ledger::Entry entry, EntryOf(caller, std::move(statement),
                                                       ledger_key ? "key" : "wrapping_key", clock_.Now()));
  entry.wrapper = wrapper;
  entry.side.push_back(KeySide("data", wrapper, wrapping, entry.leaf.id));
  if (ledger_key) entry.side.push_back(KeySide("ledger", signer, signing, entry.leaf.id));
  Rotated rotated;
  CANDOR_ASSIGN_OR_RETURN(rotated.receipt, AppendAndWait(appender_, ledger, std::move(entry)));
  store::Pool::Lease connection = writers_.Borrow();
  CANDOR_RETURN_IF_ERROR(ledger->RereadKeys(*connection));
  CANDOR_ASSIGN_OR_RETURN(rotated.rewrapped, GoOn(ledger));
  rotated.wrapper = ledger->keyring().wrapper();
  return rotated;
}

absl::StatusOr<std::uint64_t> Rotate::GoOn(const std::shared_ptr<ledger::Ledger>& ledger,
                                           const std::stop_token& stop) {
  if (ledger->newest_signer() > ledger->signer() && ledger->Writable().ok()) {
    CANDOR_RETURN_IF_ERROR(RetireSigner(ledger));
  }
  if (!ledger->keyring().HasOlder()) return std::uint64_t{0};
  return Rewrap(*ledger, stop);
}

absl::StatusOr<std::uint64_t> Rotate::Rewrap(ledger::Ledger& ledger, const std::stop_token& stop) {
  store::Pool::Lease writer = writers_.Borrow(), eraser = erasers_.Borrow();
  vault::Keyring& ring = ledger.keyring();
  const auto replace = [&](const std::vector<store::Rewrapped>& keys) {
    return store::RewrapKeys(*eraser, ledger.tenant(), keys);
  };
  std::vector<store::Rewrapped> own;
  CANDOR_ASSIGN_OR_RETURN(const auto tenant_keys, store::TenantKeys(*writer, ledger.tenant()));
  for (const auto& [name, row] : tenant_keys) {
    // What is dropped below is not wrapped by a newer key before.
    const bool goes = name.first == "data" && name.second < ring.wrapper();
    if (goes || row.key.generation >= keys_.newest()) continue;
    CANDOR_ASSIGN_OR_RETURN(own.emplace_back(), ring.RewrapTenantKey(row.key));
  }
  CANDOR_ASSIGN_OR_RETURN(std::uint64_t count, replace(own));
  for (store::Handle last{};;) {
    if (stop.stop_requested()) return count;
    CANDOR_ASSIGN_OR_RETURN(const auto page,
                            store::KeysUnderOlder(*writer, ledger.tenant(), last, ring.wrapper(), kPage));
    if (page.empty()) break;
    std::vector<store::Rewrapped> keys;
    for (const store::WrappedKey& key : page) {
      CANDOR_ASSIGN_OR_RETURN(keys.emplace_back(), ring.Rewrap(key));
    }
    CANDOR_ASSIGN_OR_RETURN(const std::uint64_t done, replace(keys));
    count += done;
    last = page.back().handle;
  }
  CANDOR_RETURN_IF_ERROR(store::DropOlderWrappers(*eraser, ledger.tenant(), ring.wrapper()).status());
  CANDOR_RETURN_IF_ERROR(ledger.RereadKeys(*writer));
  return count;
}

absl::StatusOr<int> Rotate::NameFinal(const std::shared_ptr<ledger::Ledger>& ledger, const std::stop_token& stop) {
  const std::set<std::uint64_t> held = keys_.generations();
  if (held.empty() || !ledger->Writable().ok()) return 0;
  CANDOR_ASSIGN_OR_RETURN(const auto erasures,
                          store::ErasuresToFinish(*writers_.Borrow(), ledger->tenant(), *held.begin(), kMostFinal));
  int named = 0;
  for (const store::StoredLeaf& stored : erasures) {
    if (stop.stop_requested()) break;
    CANDOR_ASSIGN_OR_RETURN(const core::Leaf erasure, core::ParseLeaf(stored.leaf));
    ledger::Entry entry = Follows("erasure_final", erasure.id, clock_.Now());
    entry.leaf.facts.Set("erasure", erasure.id.ToText());
    entry.side.push_back({store::SideRow::Table::kFinalErasure, {std::to_string(stored.position)}});
    CANDOR_RETURN_IF_ERROR(AppendAndWait(appender_, ledger, std::move(entry)).status());
    ++named;
  }
  return named;
}

// The old key's last word: a receipt, signed with it, of the leaf that announces the next
// one. It stands in the leaf that retires the old key, and the next key signs that one.
absl::Status Rotate::RetireSigner(const std::shared_ptr<ledger::Ledger>& ledger) {
  store::Pool::Lease connection = writers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const ledger::Signed checkpoint, ledger->SignHead(*connection));
  const std::uint64_t signer = ledger->signer();
  if (ledger->newest_signer() == signer) return absl::OkStatus();  // Another server was faster.
  CANDOR_ASSIGN_OR_RETURN(const auto keys, store::TenantKeys(*connection, ledger->tenant()));
  const auto next = keys.find({"ledger", signer + 1});
  if (next == keys.end() || !next->second.leaf_id) return absl::DataLossError("a key has no leaf that announced it");
  CANDOR_ASSIGN_OR_RETURN(const store::StoredLeaf stored,
                          store::LeafOfId(*connection, ledger->tenant(), *next->second.leaf_id));
  CANDOR_ASSIGN_OR_RETURN(const core::Leaf announced, core::ParseLeaf(stored.leaf));
  ledger::Prover prover(*connection, ledger->tenant(), checkpoint.size);
  CANDOR_ASSIGN_OR_RETURN(const auto path, prover.Inclusion(stored.position));

  ledger::Entry entry = Follows("key", announced.id, clock_.Now());
  entry.leaf.facts.Set("change", "retired").Set("purpose", "log");
  entry.leaf.facts.Set("handover", core::ProofText(stored.position, path, checkpoint.note));
  entry.leaf.facts.Set("reason", Says(announced.facts, "compromised") ? "compromised" : "rotated");
  entry.leaf.facts.Set("vkey", ledger->verifier_key().ToText());
  entry.signer = signer + 1;
  CANDOR_RETURN_IF_ERROR(AppendAndWait(appender_, ledger, std::move(entry)).status());
  // At once: who has the new key alone could not check what the old one published.
  const ledger::Signed first = ledger->newest();
  return store::PublishCheckpoint(*connection, ledger->tenant(), first.size, first.note);
}

}  // namespace candor::flow
