// A ledger that ends and another that goes on from it: what callers, verifiers and a restarted server see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "services/core/tlog/checkpoint.h"
#include "tests/e2e/cli_run.h"
#include "tests/e2e/world.h"

namespace candor::e2e {
namespace {

using ::testing::HasSubstr;

class Succession : public ::testing::Test {
 protected:
  v1::CreateTenantRequest Successor(const std::string& origin) const {
    v1::CreateTenantRequest request;
    request.set_request_id(NewId());
    request.set_origin(origin);
    request.set_predecessor_id(tenant_.id);
    return request;
  }
  Answer<v1::CreateTenantResponse> Ask(const v1::CreateTenantRequest& request) const {
    return world_.Operator().Call<v1::CreateTenantResponse>(request);
  }
  v1::GetTenantResponse Show(const std::string& id, const Client& caller) const {
    v1::GetTenantRequest request;
    request.set_tenant_id(id);
    return caller.Call<v1::GetTenantResponse>(request).value;
  }
  std::string Checkpoint() const {
    v1::GetCheckpointRequest request;
    request.set_kind(v1::CHECKPOINT_KIND_LATEST);
    return tenant_.system.Call<v1::GetCheckpointResponse>(request)->checkpoint().note();
  }
  Ran Verify(const std::string& origin) const {
    return RunCandor({"verify", "ledger", "--database", world_.database(), "--origin", origin, "--keys",
                      world_.server().state() + "/keys"});
  }
  // As somebody who moves the head by hand: the next entry finds out.
  void MakeReadOnly() const {
    candor::testing::Session session(world_.database());
    session.Run("UPDATE heads SET seal = $2 WHERE tenant_id = $1", {tenant_.id, "\\x" + std::string(64, '0')});
    EXPECT_TRUE(Refused(tenant_.component.Call<v1::AuthorizeResponse>(Question()).status,
                        grpc::StatusCode::FAILED_PRECONDITION, "LEDGER_READ_ONLY"));
  }

  World& world_ = World::Get();
  Tenant tenant_ = world_.MakeTenant();
  const std::string origin_ = tenant_.origin + ".2";
};

TEST_F(Succession, NamesTheNewLedgerInTheLastLeafOfTheOldAndTheOldInTheFirstOfTheNew) {
  ASSERT_TRUE(tenant_.component.Call<v1::AuthorizeResponse>(Question()).ok());
  const std::uint64_t size = world_.SizeOf(tenant_);

  const auto made = Ask(Successor(origin_));

  ASSERT_TRUE(made.ok()) << made.refusal();
  EXPECT_TRUE(world_.Grew(tenant_, size, 1));
  const v1::GetTenantResponse old = Show(tenant_.id, world_.Operator());
  EXPECT_EQ(old.tenant().successor(), origin_);
  EXPECT_EQ(old.checkpoint().size(), size + 1);
  core::Leaf zero;
  const auto key = core::VerifierKey::Parse(made->tenant().vkey());
  ASSERT_TRUE(Verifies(made->receipt(), *key, &zero));
  const auto end = core::PredecessorIn(zero.facts);
  ASSERT_TRUE(end.ok() && *end);
  const auto signed_end = core::OpenCheckpoint(old.checkpoint().note(), {tenant_.key});
  ASSERT_TRUE(signed_end.ok());
  EXPECT_EQ(**end, *signed_end);
  EXPECT_EQ(made->tenant().predecessor().origin(), tenant_.origin);
  EXPECT_EQ(made->tenant().predecessor().size(), size + 1);
}

TEST_F(Succession, LeavesTheOldLedgerToReadAndRefusesEveryEntryWithTheNameOfTheNew) {
  const auto before = tenant_.component.Call<v1::AuthorizeResponse>(Question());
  ASSERT_TRUE(Ask(Successor(origin_)).ok());

  const auto refused = tenant_.component.Call<v1::AuthorizeResponse>(Question());

  EXPECT_TRUE(Refused(refused.status, grpc::StatusCode::FAILED_PRECONDITION, "LEDGER_READ_ONLY"));
  EXPECT_THAT(refused.status.error_message(), HasSubstr(origin_));
  v1::GetReceiptRequest again;
  again.set_leaf_id(before->authorization_id());
  const auto receipt = tenant_.system.Call<v1::GetReceiptResponse>(again);
  ASSERT_TRUE(receipt.ok()) << receipt.refusal();
  EXPECT_TRUE(Verifies(receipt->receipt(), tenant_.key));
}

TEST_F(Succession, IsToldByTheVerifierOfBothLedgers) {
  ASSERT_TRUE(Ask(Successor(origin_)).ok());

  const Ran old = Verify(tenant_.origin), next = Verify(origin_);

  EXPECT_EQ(old.exit, 0) << old;
  EXPECT_THAT(old.out, HasSubstr(origin_ + " goes on"));
  EXPECT_EQ(next.exit, 0) << next;
  EXPECT_THAT(next.out, HasSubstr(tenant_.origin + ", which it says ended at size "));
}

TEST_F(Succession, HoldsAfterARestartAndForAnotherServerThatHadTheLedgerOpen) {
  const Folder folder;
  const std::string keys = world_.server().state() + "/keys", marks = world_.server().state() + "/marks";
  Server other({.database = world_.database(), .state = folder.path() + "/other", .marks = marks, .more = {}});
  std::filesystem::create_directory(folder.path() + "/other");
  std::filesystem::copy(keys, folder.path() + "/other/keys", std::filesystem::copy_options::recursive);
  other.Start();
  const Client there = Client::To(other.address(), tenant_.component.key());
  ASSERT_TRUE(there.Call<v1::AuthorizeResponse>(Question()).ok());
  ASSERT_TRUE(Ask(Successor(origin_)).ok());
  const std::uint64_t size = world_.SizeOf(tenant_);

  const auto refused = there.Call<v1::AuthorizeResponse>(Question());
  EXPECT_TRUE(Refused(refused.status, grpc::StatusCode::FAILED_PRECONDITION, "LEDGER_READ_ONLY"));
  EXPECT_EQ(other.Stop(), 0);
  other.Start();
  const auto again = Client::To(other.address(), tenant_.component.key()).Call<v1::AuthorizeResponse>(Question());

  EXPECT_TRUE(Refused(again.status, grpc::StatusCode::FAILED_PRECONDITION, "LEDGER_READ_ONLY"));
  EXPECT_THAT(again.status.error_message(), HasSubstr(origin_));
  EXPECT_EQ(world_.SizeOf(tenant_), size);
  EXPECT_EQ(Show(tenant_.id, Client::To(other.address(), tenant_.system.key())).checkpoint().size(), size);
}

TEST_F(Succession, RepeatedIsTheSameAndToAnotherNameIsRefused) {
  const v1::CreateTenantRequest request = Successor(origin_);
  const auto first = Ask(request);
  const std::uint64_t size = world_.SizeOf(tenant_);

  const auto again = Ask(request);

  ASSERT_TRUE(again.ok()) << again.refusal();
  EXPECT_EQ(again->tenant().tenant_id(), first->tenant().tenant_id());
  EXPECT_EQ(again->receipt().leaf(), first->receipt().leaf());
  EXPECT_EQ(world_.SizeOf(tenant_), size);
  EXPECT_TRUE(Refused(Ask(Successor(tenant_.origin + ".3")).status, grpc::StatusCode::FAILED_PRECONDITION, "WRONG_STATE"));
}

TEST_F(Succession, OfAReadOnlyLedgerNeedsItsLastCheckpointUnderItsOwnKey) {
  const std::string note = Checkpoint();
  MakeReadOnly();
  v1::CreateTenantRequest request = Successor(origin_);

  EXPECT_TRUE(Refused(Ask(request).status, grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  v1::GetCheckpointRequest of_another;
  request.set_predecessor_checkpoint(
      world_.MakeTenant().system.Call<v1::GetCheckpointResponse>(of_another)->checkpoint().note());
  EXPECT_TRUE(Refused(Ask(request).status, grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  request.set_predecessor_checkpoint(note);
  const auto made = Ask(request);

  ASSERT_TRUE(made.ok()) << made.refusal();
  const auto end = core::OpenCheckpoint(note, {tenant_.key});
  EXPECT_EQ(made->tenant().predecessor().size(), end->size);
  EXPECT_EQ(made->tenant().predecessor().root(), std::string(AsText(end->root.view())));
  EXPECT_EQ(Show(tenant_.id, world_.Operator()).tenant().successor(), "");
}

TEST_F(Succession, OfNobodyOrWithACheckpointThatIsNotNeededIsRefused) {
  v1::CreateTenantRequest request = Successor(origin_);
  request.set_predecessor_id(NewId());
  EXPECT_TRUE(Refused(Ask(request).status, grpc::StatusCode::NOT_FOUND, "NOT_FOUND"));
  request = Successor(origin_ + "-");
  request.set_predecessor_checkpoint(Checkpoint());
  EXPECT_TRUE(Refused(Ask(request).status, grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  request.clear_predecessor_id();
  EXPECT_TRUE(Refused(Ask(request).status, grpc::StatusCode::INVALID_ARGUMENT, "FIELD_INVALID"));
  EXPECT_TRUE(tenant_.component.Call<v1::AuthorizeResponse>(Question()).ok());
}

TEST_F(Succession, IsOneCommandForTheOperator) {
  const Folder folder;

  const Ran ran = RunCandor({"ledger", "succeed", "--tenant", tenant_.id, "--origin", origin_, "--vkey-out",
                             folder.path() + "/vkey", "--server", world_.server().address(), "--key-file",
                             world_.server().state() + "/operator.apikey"});

  EXPECT_EQ(ran.exit, 0) << ran;
  EXPECT_THAT(ran.out, HasSubstr(tenant_.origin + ", which ended at size "));
  EXPECT_THAT(ReadText(folder.path() + "/vkey"), ::testing::StartsWith(origin_ + "+"));
}

}  // namespace
}  // namespace candor::e2e
