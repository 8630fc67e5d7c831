// A ledger forged by somebody who may do anything in the database, but has no key of the
// operator: what servers do with it, and what the verifier says.
#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "clients/cli/verify_ledger.h"
#include "services/core/chain/chain.h"
#include "services/core/merkle/compact_range.h"
#include "services/core/merkle/tree_hash.h"
#include "services/core/tlog/checkpoint.h"
#include "services/crypto/random.h"
#include "services/store/tenants.h"
#include "tests/e2e/opened.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Forged : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!world_.server().runs()) world_.server().Start();
    tenant_ = world_.MakeTenant();
    for (int i = 0; i < 3; ++i) Ask();
    Must("ALTER TABLE entries DROP CONSTRAINT IF EXISTS entries_position_from_zero");
  }

  Answer<v1::AuthorizeResponse> Try() const { return tenant_.component.Call<v1::AuthorizeResponse>(Question()); }
  v1::AuthorizeResponse Ask() const {
    const auto answer = Try();
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }

  candor::testing::Answer Must(const std::string& sql, const std::vector<std::string>& values = {}) {
    candor::testing::Answer answer = session_.Run(sql, values);
    EXPECT_TRUE(answer.ok()) << answer.sqlstate << ": " << sql;
    return answer;
  }
  std::string Of(const std::string& sql) { return Must(sql + " WHERE tenant_id = $1", {tenant_.id}).value(); }

  // So that the published checkpoint is that of the head, and nobody puts anything right.
  void StopServer() {
    for (int tries = 0; tries < 1200 && Of("SELECT size FROM heads") != Of("SELECT size FROM checkpoints"); ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ASSERT_EQ(world_.server().Stop(), 0);
  }

  // The leaves of the ledger, forgeable.
  std::vector<std::string> Leaves() {
    std::vector<std::string> leaves;
    for (const auto& row : Must("SELECT convert_from(leaf, 'UTF8') FROM entries WHERE tenant_id = $1 ORDER BY position", {tenant_.id}).rows) {
      leaves.push_back(row[0]);
    }
    return leaves;
  }

  static std::string Hex(BytesView bytes) { return "\\x" + ToHex(bytes); }

  // Makes hashes, chain and head fit these leaves, as only the seal of the head does not.
  core::CompactRange Rewrite(const std::vector<std::string>& leaves) {
    core::CompactRange range;
    Digest chain = core::ChainStart(tenant_.origin);
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      const Digest hash = core::HashLeaf(AsBytes(leaves[i]));
      chain = core::ChainNext(chain, hash);
      range.Append(hash);
      Must("UPDATE entries SET leaf = $3::bytea, leaf_hash = $4::bytea, chain_hash = $5::bytea WHERE tenant_id = $1 AND position = $2",
           {tenant_.id, std::to_string(i), Hex(AsBytes(leaves[i])), Hex(hash.view()), Hex(chain.view())});
    }
    std::string joined;
    for (const Digest& hash : range.hashes()) joined += AsText(hash.view());
    Must("UPDATE heads SET size = $2, root = $3::bytea, chain = $4::bytea, range = $5::bytea WHERE tenant_id = $1",
         {tenant_.id, std::to_string(leaves.size()), Hex(range.Root().view()), Hex(chain.view()), Hex(AsBytes(joined))});
    return range;
  }

  // One more leaf like the last one, with an id and a request of its own.
  void AppendByHand() {
    std::vector<std::string> leaves = Leaves();
    const std::string id = NewId(), request = NewId();
    const core::Leaf last = *core::ParseLeaf(leaves.back());
    leaves.push_back(absl::StrReplaceAll(leaves.back(), {{last.id.ToText(), id}, {last.request.ToText(), request}}));
    Must("INSERT INTO entries SELECT tenant_id, position + 1, $2, $3, $2, NULL, verdict, expire_time, due_time, "
         "NULL, NULL, leaf_hash, chain_hash, leaf FROM entries WHERE tenant_id = $1 ORDER BY position DESC LIMIT 1",
         {tenant_.id, id, request});
    Rewrite(leaves);
  }

  std::string Note(std::uint64_t size, const Digest& root, const crypto::Ed25519Key& key) const {
    return core::SignNote(core::CheckpointText({.origin = tenant_.origin, .size = size, .root = root}),
                          core::VerifierKey::Of(tenant_.origin, key.public_key()), key);
  }

  std::string Keep(const std::string& name, const std::string& text) const {
    const std::string path = world_.folder().path() + "/" + name;
    std::FILE* file = std::fopen(path.c_str(), "w");
    std::fputs(text.c_str(), file);
    std::fclose(file);
    return path;
  }

  std::vector<std::string> Verify(cli::LedgerFlags flags = {}, bool with_keys = true) {
    if (with_keys) flags.keys_folder = world_.server().state() + "/keys";
    auto database = cli::LedgerDatabase::Open(world_.database(), tenant_.origin);
    std::ostringstream words;
    cli::Output out(words, words, {});
    const auto verdict = cli::CheckLedger(*database, flags, out);
    unsetenv("PGOPTIONS");  // It made the sessions of this process read-only.
    EXPECT_TRUE(verdict.ok()) << verdict.status();
    std::vector<std::string> found;
    about_.clear();
    if (!verdict.ok()) return {};
    for (const auto& [name, text] : verdict->about) about_ += name + " " + text + "\n";
    for (const verify::Finding& finding : verdict->findings) found.push_back(ToText(finding));
    return found;
  }

  World& world_ = World::Get();
  candor::testing::Session session_{candor::testing::Postgres::ForSuperuser(world_.database())};
  Tenant tenant_{.id = {}, .origin = {}, .key = {}, .system = world_.Operator(), .component = world_.Operator()};
  std::string about_;
};

TEST_F(Forged, LeafIsNeverSignedByARunningServer) {
  const std::string size = Of("SELECT size FROM heads");
  AppendByHand();

  EXPECT_TRUE(Refused(Try().status, grpc::StatusCode::FAILED_PRECONDITION, "LEDGER_READ_ONLY"));

  EXPECT_LE(std::stoull(Of("SELECT size FROM checkpoints")), std::stoull(size));
  EXPECT_THAT(Verify(), Contains(StartsWith("heads seal: is not that of a server of this ledger")));
  EXPECT_THAT(Verify({}, false), IsEmpty()) << "without keys: leaves beyond the checkpoint";
  EXPECT_THAT(about_, HasSubstr("are under no checkpoint given"));
}

TEST_F(Forged, LeafIsNeverSignedByTheNextServer) {
  StopServer();
  AppendByHand();
  world_.server().Start();
  tenant_.component = Client::To(world_.server().address(), tenant_.component.key());

  EXPECT_TRUE(Refused(Try().status, grpc::StatusCode::FAILED_PRECONDITION, "LEDGER_READ_ONLY"));
  EXPECT_THAT(world_.server().log(), HasSubstr("no server of this ledger moved its head there"));
}

TEST_F(Forged, TailThatIsCutIsMissed) {
  StopServer();
  const std::string published = Of("SELECT note FROM checkpoints");
  std::vector<std::string> leaves = Leaves();
  leaves.pop_back();
  Must("DELETE FROM entries WHERE tenant_id = $1 AND position = $2", {tenant_.id, std::to_string(leaves.size())});
  Rewrite(leaves);

  EXPECT_THAT(Verify(), Contains(StartsWith(absl::StrCat("entries ", leaves.size(), ": is missing"))));
  Must("DELETE FROM checkpoints WHERE tenant_id = $1", {tenant_.id});
  EXPECT_THAT(Verify({.checkpoint_files = {Keep("kept", published)}}),
              AllOf(Contains("checkpoints: is missing"), Contains(HasSubstr("the ledger lost its end"))));
}

TEST_F(Forged, HistoryThatIsWrittenAnewNeedsTheKey) {
  StopServer();
  std::vector<std::string> leaves = Leaves();
  for (std::string& leaf : leaves) {
    for (std::size_t at = leaf.find("eur"); at != std::string::npos; at = leaf.find("eur", at)) leaf.replace(at, 3, "usd");
  }
  const core::CompactRange range = Rewrite(leaves);
  Must("UPDATE limits SET currency = 'usd' WHERE tenant_id = $1", {tenant_.id});
  EXPECT_THAT(Verify({}, false), Contains(StartsWith("checkpoints root: is not the root over the leaves")));

  // With another key, in leaf 0 too: then only the key that somebody kept tells.
  const crypto::Ed25519Key key(crypto::RandomKey());
  const std::string vkey = core::VerifierKey::Of(tenant_.origin, key.public_key()).ToText();
  leaves[0].replace(leaves[0].find(tenant_.key.ToText()), tenant_.key.ToText().size(), vkey);
  const Digest root = Rewrite(leaves).Root();
  Must("UPDATE checkpoints SET note = $2 WHERE tenant_id = $1", {tenant_.id, Note(range.size(), root, key)});

  EXPECT_THAT(Verify({.vkeys = {tenant_.key.ToText()}}, false), Contains(StartsWith("checkpoints note: ")));
  EXPECT_THAT(Verify(), Contains(StartsWith("heads seal: ")));
  Verify({}, false);
  EXPECT_THAT(about_, HasSubstr("the ledger's own word; --vkey holds it against one you trust"));
}

TEST_F(Forged, OlderCheckpointLeavesTheRestUncovered) {
  const std::string size = Of("SELECT size FROM checkpoints"), note = Of("SELECT note FROM checkpoints");
  for (int i = 0; i < 3; ++i) Ask();
  StopServer();
  const std::string newest = Of("SELECT note FROM checkpoints");
  Must("UPDATE checkpoints SET size = $2, note = $3 WHERE tenant_id = $1", {tenant_.id, size, note});

  EXPECT_THAT(Verify(), IsEmpty());
  EXPECT_THAT(about_, HasSubstr(absl::StrCat("leaves [", size, ", ")));
  EXPECT_THAT(about_, HasSubstr("are under no checkpoint given"));
  EXPECT_THAT(Verify({.checkpoint_files = {Keep("newest", newest)}}), IsEmpty());
  EXPECT_THAT(about_, ::testing::Not(HasSubstr("are under no checkpoint given")));
}

TEST_F(Forged, SecondCheckpointOfOneSizeIsSignedOverAnotherHistory) {
  StopServer();
  store::Connection writer({world_.database()}, store::Role::kWriter);
  const Uuid id = *Uuid::FromText(tenant_.id);
  const auto keys = vault::OperatorKeys::Load(world_.server().state() + "/keys", /*make=*/false);
  const SystemClock clock;
  const auto ring = vault::Keyring::Open(*keys, id, *store::TenantKeys(writer, id), clock);
  const crypto::Ed25519Key key((*ring)->ledger_seeds().at(1));
  const std::string second = Note(std::stoull(Of("SELECT size FROM heads")), Digest(), key);

  EXPECT_THAT(Verify({.checkpoint_files = {Keep("second", second)}}),
              Contains(AllOf(HasSubstr("is signed over another history than the ledger's"), HasSubstr("/second)"))));
}

TEST_F(Forged, RowsThatChangedPlacesAreNamed) {
  StopServer();
  Must("UPDATE entries SET position = -position WHERE tenant_id = $1 AND position IN (3, 5)", {tenant_.id});
  EXPECT_THAT(Verify(), Contains("entries position: is below zero in a row"));
  Must("UPDATE entries SET position = 8 + position WHERE tenant_id = $1 AND position < 0", {tenant_.id});

  EXPECT_THAT(Verify(), AllOf(Contains(StartsWith("entries 3 ")), Contains(StartsWith("entries 5 "))));
}

}  // namespace
}  // namespace candor::e2e
