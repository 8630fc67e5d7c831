// A ledger that went backwards or sideways never signs again; several processes may
// append to one that did not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "tests/unit/ledger/world.h"

namespace candor::ledger {
namespace {

using ::candor::testing::Session;

class History : public AppendingToALedger {
 protected:
  void SetUp() override {
    AppendingToALedger::SetUp();
    Begin();
  }

  void Append(int count) {
    for (int i = 0; i < count; ++i) Good(first_->Append(tenant_, EntryOf("outcome")));
  }

  static void ExpectReadOnly(const absl::Status& status) {
    EXPECT_TRUE(IsReadOnly(status)) << status;
    EXPECT_EQ(ReasonOf(status), "LEDGER_READ_ONLY");
  }

  // Keeps the rows of the ledger aside, and puts them back later: an older backup.
  void BackUp() { Sql("CREATE SCHEMA backup"), Each("CREATE TABLE backup.$ AS TABLE $"); }
  void Restore() { Each("DELETE FROM $; INSERT INTO $ SELECT * FROM backup.$"); }

  void Each(const std::string& pattern) {
    Session session(url_);
    for (const std::string table :
         {"entries", "tiles", "heads", "sealed", "persons", "data_keys"}) {
      std::string sql = pattern;
      for (std::size_t at = sql.find('$'); at != std::string::npos; at = sql.find('$', at))
        sql.replace(at, 1, table);
      EXPECT_EQ(session.Run(sql).sqlstate, "") << sql;
    }
  }

  std::string MarkOf(const Uuid& process) const {
    return folder_ + "/marks/" + tenant_.ToText() + "." + process.ToText() + ".mark";
  }
};

TEST_F(History, IsMadeOnceForOneRequestAndOrigin) {
  const Uuid request = NewUuid();
  const auto one = first_->ledgers.Create("b.example/c", request),
             two = first_->ledgers.Create("b.example/c", request);

  ASSERT_TRUE(one.ok() && two.ok()) << one.status() << two.status();
  EXPECT_EQ(one->tenant_id, two->tenant_id);
  EXPECT_EQ(first_->ledgers.Create("b.example/c", NewUuid()).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(first_->ledgers.Create("c.example/d", request).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(first_->ledgers.Get(NewUuid()).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(History, BeginsWithASignedCheckpointOfNothing) {
  const auto made = first_->ledgers.Create("b.example/c", NewUuid());
  ASSERT_TRUE(made.ok());
  const auto published = store::ReadCheckpoint(connection_, made->tenant_id);
  ASSERT_TRUE(published.ok()) << published.status();

  const auto checkpoint =
      core::OpenCheckpoint(published->note, {first_->Get(made->tenant_id)->verifier_key()});

  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->origin, "b.example/c");
  EXPECT_EQ(checkpoint->size, 0U);
}

TEST_F(History, GoesOnAfterARestart) {
  Append(3);
  const std::string vkey = first_->Get(tenant_)->verifier_key().ToText();
  first_.reset();
  first_ = NewProcess();

  Append(3);

  EXPECT_EQ(first_->Get(tenant_)->verifier_key().ToText(), vkey);
  EXPECT_EQ(Sql("SELECT size FROM heads"), "7");
  CheckWholeLedger();
}

TEST_F(History, IsWrittenByTwoProcessesThatNeverSignTwoRootsForOneSize) {
  const auto second = NewProcess();
  constexpr int kEach = 400;
  std::vector<std::future<absl::StatusOr<Receipt>>> answers[2];
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 2; ++i) {
      callers.emplace_back([&, i] {
        Process& process = i == 0 ? *first_ : *second;
        for (int n = 0; n < kEach; ++n) {
          answers[i].push_back(process.Send(tenant_, EntryOf("outcome")));
          if (n % 7 == 0) answers[i].back().wait();
        }
      });
    }
  }

  std::set<std::uint64_t> positions;
  for (auto& of_process : answers) {
    for (auto& answer : of_process)
      positions.insert(Good(answer.get()).position);  // Compares roots.
  }
  EXPECT_EQ(positions.size(), 2U * kEach);
  EXPECT_TRUE(first_->Get(tenant_)->Writable().ok() && second->Get(tenant_)->Writable().ok());
  CheckWholeLedger();
}

TEST_F(History, AnswersInOneProcessWhatWasRecordedInAnother) {
  const auto second = NewProcess();
  const Entry entry = EntryOf("outcome");
  const Receipt one = Good(first_->Append(tenant_, entry));
  Append(2);

  const Receipt two = Good(second->Append(tenant_, entry));

  EXPECT_EQ(two.position, one.position);
  EXPECT_EQ(two.leaf, one.leaf);
}

TEST_F(History, IsOpenedWhileAnotherProcessAppendsWithoutAFalseAlarm) {
  std::atomic<bool> enough = false;
  std::jthread appending([&] {
    while (!enough) {
      std::vector<std::future<absl::StatusOr<Receipt>>> answers;
      for (int i = 0; i < 3; ++i) answers.push_back(first_->Send(tenant_, EntryOf("outcome")));
      for (auto& answer : answers) answer.wait();
    }
  });

  for (int i = 0; i < 40; ++i) {
    const absl::Status writable = NewProcess()->Get(tenant_)->Writable();
    EXPECT_TRUE(writable.ok()) << writable;
  }
  enough = true;
}

TEST_F(History, IsOpenedByManyProcessesAtOnceWithoutAFalseAlarm) {
  std::vector<std::unique_ptr<Process>> processes;
  for (int i = 0; i < 12; ++i) processes.push_back(NewProcess());
  {
    std::vector<std::jthread> opening;
    for (auto& process : processes) opening.emplace_back([&] { process->Get(tenant_); });
  }

  for (auto& process : processes) {
    const absl::Status writable = process->Get(tenant_)->Writable();
    EXPECT_TRUE(writable.ok()) << writable;
  }
}

TEST_F(History, EndsForARunningProcessWhenAnOlderBackupIsRestored) {
  Append(2);
  BackUp();
  Append(2);
  Restore();

  ExpectReadOnly(first_->Append(tenant_, EntryOf("outcome")).status());
  ExpectReadOnly(first_->Append(tenant_, EntryOf("outcome")).status());
  ExpectReadOnly(first_->Get(tenant_)->SignHead(connection_).status());
  EXPECT_EQ(Sql("SELECT size FROM heads"), "3");
}

TEST_F(History, EndsForARestartedProcessWhenAnOlderBackupIsRestored) {
  Append(2);
  BackUp();
  Append(2);
  Restore();
  first_.reset();
  first_ = NewProcess();

  ExpectReadOnly(first_->Append(tenant_, EntryOf("outcome")).status());
}

TEST_F(History, EndsWhenALaterHistoryTookThePlaceOfTheOneThatWasSigned) {
  // Somebody restores a backup and goes on with the keys, but without the marks.
  Append(2);
  BackUp();
  Append(2);
  Restore();
  std::filesystem::rename(folder_ + "/marks", folder_ + "/aside");
  Sql("DELETE FROM signers");
  {
    const auto elsewhere = NewProcess();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(elsewhere->Append(tenant_, EntryOf("outcome")).ok());
  }
  std::filesystem::remove_all(folder_ + "/marks");
  std::filesystem::rename(folder_ + "/aside", folder_ + "/marks");
  Sql("DELETE FROM signers");

  ExpectReadOnly(NewProcess()->Append(tenant_, EntryOf("outcome")).status());
}

TEST_F(History, EndsForARunningProcessWhenTheHeadHasAnotherRoot) {
  Append(2);
  Session(url_).Run("UPDATE heads SET root = sha256('')");

  ExpectReadOnly(first_->Append(tenant_, EntryOf("outcome")).status());
}

TEST_F(History, EndsWhenTheMarkOfAnotherProcessIsMissing) {
  const Uuid name = NewUuid();
  Good(NewProcess({}, name)->Append(tenant_, EntryOf("outcome")));
  std::filesystem::remove(MarkOf(name));

  ExpectReadOnly(NewProcess()->Append(tenant_, EntryOf("outcome")).status());
}

TEST_F(History, EndsWhenTheOwnMarkIsMissingAndStaysSoAtTheNextStart) {
  const Uuid name = NewUuid();
  Good(NewProcess({}, name)->Append(tenant_, EntryOf("outcome")));
  std::filesystem::remove(MarkOf(name));

  ExpectReadOnly(NewProcess({}, name)->Append(tenant_, EntryOf("outcome")).status());
  ExpectReadOnly(NewProcess({}, name)->Append(tenant_, EntryOf("outcome")).status());
}

TEST_F(History, EndsWhenAMarkIsDamaged) {
  const Uuid name = NewUuid();
  Good(NewProcess({}, name)->Append(tenant_, EntryOf("outcome")));
  std::ofstream(MarkOf(name)) << std::string(1024, 'x');

  ExpectReadOnly(NewProcess()->Append(tenant_, EntryOf("outcome")).status());
}

TEST_F(History, IsStillReadWhenItEnded) {
  Append(2);
  first_->Get(tenant_)->MakeReadOnly("a finding");

  const auto ledger = first_->Get(tenant_);

  EXPECT_EQ(store::LeafAt(connection_, tenant_, 2)->position, 2U);
  EXPECT_TRUE(ledger->newest().note.empty());  // The published checkpoint stands.
  EXPECT_TRUE(ledger->SyncMark().ok());
}

TEST_F(History, EndsWhenALeafOfTheOpenTileIsLost) {
  Append(3);
  Sql("DELETE FROM entries WHERE position = 2");
  const auto second = NewProcess();  // It reads the open tile from the rows.
  const absl::Status status = second->Append(tenant_, EntryOf("outcome")).status();

  EXPECT_FALSE(status.ok());
  EXPECT_FALSE(second->Get(tenant_)->Writable().ok());
}

TEST_F(History, IsNeverSignedWithAnotherRootForTheSameSize) {
  Append(2);
  const auto ledger = first_->Get(tenant_);
  const Signed newest = ledger->newest();

  store::Head sideways;
  sideways.size = newest.size;
  const auto other = ledger->Sign(sideways);

  ExpectReadOnly(other.status());
  EXPECT_TRUE(ledger->newest().note.empty());
}

TEST_F(History, KeepsTheHighestMarkWhenAnOlderSizeIsSignedLate) {
  const auto ledger = first_->Get(tenant_);
  const auto head = store::ReadHead(connection_, tenant_);
  ASSERT_TRUE(head.ok());
  const Signed old{.size = head->size, .note = ""};
  Append(4);

  for (int i = 0; i < 3; ++i) ASSERT_TRUE(ledger->Sign(*head).ok());

  const auto marks = ReadMarks(folder_ + "/marks", tenant_);
  ASSERT_TRUE(marks.ok() && marks->size() == 1U);
  EXPECT_EQ(marks->at(0).value->size, 5U);
  EXPECT_EQ(ledger->newest().size, 5U);
}

TEST_F(History, IsSignedByManyThreadsAtOnceWithOneRootForEachSize) {
  const auto ledger = first_->Get(tenant_);
  std::vector<std::vector<std::string>> notes(4);
  {
    std::vector<std::jthread> signing;
    for (auto& mine : notes) {
      signing.emplace_back([&] {
        store::Connection connection({url_}, store::Role::kWriter);
        for (int i = 0; i < 25; ++i) {
          const auto made = ledger->SignHead(connection);
          EXPECT_TRUE(made.ok()) << made.status();
          if (made.ok()) mine.push_back(made->note);
        }
      });
    }
    Append(40);
  }

  for (const auto& mine : notes) {
    for (const std::string& note : mine) {
      const auto checkpoint = core::OpenCheckpoint(note, {ledger->verifier_key()});
      ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
      EXPECT_EQ(roots_.emplace(checkpoint->size, checkpoint->root).first->second, checkpoint->root);
    }
  }
  const auto marks = ReadMarks(folder_ + "/marks", tenant_);
  ASSERT_TRUE(marks.ok() && marks->size() == 1U);
  EXPECT_EQ(marks->at(0).value->size, 41U);
}

}  // namespace
}  // namespace candor::ledger
