#include "services/ledger/erased_journal.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "services/crypto/random.h"

namespace candor::ledger {
namespace {

class Journal : public ::testing::Test {
 protected:
  Journal() {
    std::string name = ::testing::TempDir() + "/candor-erased.XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~Journal() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<ErasedJournal> Open(const Uuid& process) const {
    auto journal = ErasedJournal::Open(folder_, tenant_, process);
    EXPECT_TRUE(journal.ok()) << journal.status();
    return *std::move(journal);
  }
  std::vector<JournaledErasure> Read() const {
    const auto all = ReadJournals(folder_, tenant_);
    EXPECT_TRUE(all.ok()) << all.status();
    return all.ok() ? *all : std::vector<JournaledErasure>();
  }
  static Uuid NewId() { return crypto::NewId(absl::FromUnixSeconds(1'700'000'000)); }
  static store::Handle NewHandle() { return crypto::RandomBytes<16>(); }
  std::string Path() const { return folder_ + "/" + tenant_.ToText() + "." + process_.ToText() + ".erased"; }

  std::string folder_;
  const Uuid tenant_ = NewId(), process_ = NewId();
};

TEST_F(Journal, HoldsWhatWasBegunAndDoneByAnyProcess) {
  const Uuid first = NewId(), second = NewId();
  const store::Handle one = NewHandle(), two = NewHandle(), three = NewHandle();
  {
    const auto journal = Open(process_);
    ASSERT_TRUE(journal->Add({.leaf = first, .done = false, .handles = {one, two}}).ok());
    ASSERT_TRUE(journal->Add({.leaf = first, .done = true, .handles = {one, two}}).ok());
  }
  ASSERT_TRUE(Open(NewId())->Add({.leaf = second, .done = false, .handles = {three}}).ok());
  ASSERT_TRUE(Open(process_) != nullptr);

  const auto all = Read();
  ASSERT_EQ(all.size(), 2U);
  for (const JournaledErasure& erasure : all) {
    EXPECT_EQ(erasure.done, erasure.leaf == first);
    EXPECT_EQ(erasure.handles, erasure.leaf == first ? (std::vector{one, two}) : std::vector{three});
  }
}

TEST_F(Journal, OfAnotherTenantIsNotRead) {
  ASSERT_TRUE(Open(process_)->Add({.leaf = NewId(), .done = true, .handles = {NewHandle()}}).ok());
  const auto others = ReadJournals(folder_, NewId());
  ASSERT_TRUE(others.ok());
  EXPECT_TRUE(others->empty());
}

TEST_F(Journal, GoesOnAfterALineThatWasCutShort) {
  const Uuid first = NewId(), second = NewId();
  ASSERT_TRUE(Open(process_)->Add({.leaf = first, .done = true, .handles = {NewHandle()}}).ok());
  std::ofstream(Path(), std::ios::app) << "begun 0190";
  EXPECT_EQ(Read().size(), 1U);

  ASSERT_TRUE(Open(process_)->Add({.leaf = second, .done = true, .handles = {NewHandle()}}).ok());
  EXPECT_EQ(Read().size(), 2U);
}

TEST_F(Journal, ThatWasAlteredIsRefusedAtEveryByte) {
  ASSERT_TRUE(Open(process_)->Add({.leaf = NewId(), .done = true, .handles = {NewHandle()}}).ok());
  ASSERT_TRUE(Open(process_)->Add({.leaf = NewId(), .done = true, .handles = {NewHandle()}}).ok());
  std::ifstream file(Path(), std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  for (std::size_t i = 0; i + 1 < whole.size(); ++i) {
    std::string altered = whole;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    std::ofstream(Path(), std::ios::binary) << altered;
    EXPECT_EQ(ReadJournals(folder_, tenant_).status().code(), absl::StatusCode::kDataLoss) << i;
  }
}

}  // namespace
}  // namespace candor::ledger
