#include "services/ledger/mark.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "services/base/digest.h"
#include "services/crypto/random.h"

namespace candor::ledger {
namespace {

constexpr std::size_t kSlot = 512;

class Marks : public ::testing::Test {
 protected:
  Marks() {
    std::string name = ::testing::TempDir() + "/candor-marks.XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~Marks() override { std::filesystem::remove_all(folder_); }

  static MarkValue Of(std::uint64_t size) {
    return {.size = size, .root = Digest{}.ToBase64(), .time_line = "7301/00000001"};
  }

  std::unique_ptr<Mark> Open() const {
    auto mark = Mark::Open(folder_, tenant_, process_);
    EXPECT_TRUE(mark.ok()) << mark.status();
    return *std::move(mark);
  }

  void Set(Mark& mark, std::uint64_t size) const { ASSERT_TRUE(mark.Set(Of(size)).ok()); }

  // The one mark of the folder.
  std::optional<MarkValue> Read() const {
    const auto marks = ReadMarks(folder_, tenant_);
    EXPECT_TRUE(marks.ok() && marks->size() == 1U) << marks.status();
    return marks.ok() && marks->size() == 1U ? marks->at(0).value : std::nullopt;
  }

  std::string Path() const {
    return folder_ + "/" + tenant_.ToText() + "." + process_.ToText() + ".mark";
  }

  std::string Bytes() const {
    std::ifstream file(Path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void Write(const std::string& bytes) const { std::ofstream(Path(), std::ios::binary) << bytes; }

  // Tears the slot that holds `size`, as a write that was cut off.
  void Tear(std::uint64_t size) const {
    std::string bytes = Bytes();
    const std::size_t at = bytes.find("\n" + std::to_string(size) + "\n");
    ASSERT_NE(at, std::string::npos) << size;
    Write(bytes.replace(at / kSlot * kSlot + 40, 100, 100, '\0'));
  }

  std::string folder_;
  const Uuid tenant_ = crypto::NewId(absl::UnixEpoch()),
             process_ = crypto::NewId(absl::UnixEpoch());
};

TEST_F(Marks, GiveBackTheHighestThatWasSet) {
  const auto mark = Open();
  for (std::uint64_t size = 0; size < 5; ++size) {
    Set(*mark, size);
    EXPECT_EQ(Read(), Of(size));
  }
  EXPECT_TRUE(mark->Sync().ok());
}

TEST_F(Marks, ArePresentButEmptyBeforeTheFirstWasSet) {
  const auto mark = Open();

  const auto marks = ReadMarks(folder_, tenant_);

  ASSERT_TRUE(marks.ok() && marks->size() == 1U) << marks.status();
  EXPECT_EQ(marks->at(0).process, process_);
  EXPECT_EQ(marks->at(0).value, std::nullopt);
}

TEST_F(Marks, SurviveATornWriteOfEitherSlot) {
  for (const std::uint64_t newest : {7U, 8U}) {
    {
      const auto mark = Open();
      for (std::uint64_t size = 5; size <= newest; ++size) Set(*mark, size);
    }
    Tear(newest);
    EXPECT_EQ(Read(), Of(newest - 1)) << newest;
    std::filesystem::remove(Path());
  }
}

TEST_F(Marks, SurviveATornWriteThatIsTheFirstAfterARestart) {
  for (const std::uint64_t newest : {7U, 8U}) {
    {
      const auto mark = Open();
      for (std::uint64_t size = 5; size <= newest; ++size) Set(*mark, size);
    }
    {
      const auto again = Open();
      Set(*again, newest + 1);
    }
    Tear(newest + 1);
    EXPECT_EQ(Read(), Of(newest)) << newest;
    std::filesystem::remove(Path());
  }
}

TEST_F(Marks, TellWhenBothSlotsAreDamaged) {
  {
    const auto mark = Open();
    Set(*mark, 1);
    Set(*mark, 2);
  }
  Tear(1);
  Tear(2);

  EXPECT_EQ(ReadMarks(folder_, tenant_).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(Marks, NeverReadAsAnotherValueWhateverByteIsFlipped) {
  {
    const auto mark = Open();
    Set(*mark, 1234);
  }
  const std::string good = Bytes();
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    Write(bad);

    const auto marks = ReadMarks(folder_, tenant_);

    if (marks.ok()) {
      EXPECT_EQ(marks->at(0).value, Of(1234)) << "byte " << i;
    }
  }
}

TEST_F(Marks, NeverReadAsAnotherValueWhereverTheFileIsCut) {
  {
    const auto mark = Open();
    Set(*mark, 1);
    Set(*mark, 2);
  }
  const std::string good = Bytes();
  for (std::size_t length = 1; length < good.size(); ++length) {
    Write(good.substr(0, length));

    const auto marks = ReadMarks(folder_, tenant_);

    if (marks.ok()) {
      EXPECT_EQ(marks->at(0).value, Of(1)) << length;
    }
  }
}

TEST_F(Marks, AreThoseOfTheTenantAlone) {
  const auto mark = Open();
  const auto other = Mark::Open(folder_, crypto::NewId(absl::UnixEpoch()), process_);
  ASSERT_TRUE(other.ok());
  Set(*mark, 1);
  Set(**other, 9);
  std::ofstream(folder_ + "/" + tenant_.ToText() + ".notes") << "a word";
  std::ofstream(folder_ + "/" + tenant_.ToText() + ".nobody.mark") << "a word";

  EXPECT_EQ(Read(), Of(1));
}

TEST_F(Marks, AreThoseOfEveryProcess) {
  const auto one = Open();
  const auto two = Mark::Open(folder_, tenant_, crypto::NewId(absl::UnixEpoch()));
  ASSERT_TRUE(two.ok());
  Set(*one, 1);
  Set(**two, 2);

  const auto marks = ReadMarks(folder_, tenant_);

  ASSERT_TRUE(marks.ok()) << marks.status();
  EXPECT_EQ(marks->size(), 2U);
}

TEST_F(Marks, CannotBeKeptWhereNoFolderCanBe) {
  std::ofstream(folder_ + "/file") << "in the way";

  EXPECT_EQ(Mark::Open(folder_ + "/file", tenant_, process_).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(Marks, AreNoneInAFolderThatIsNotThere) {
  const auto marks = ReadMarks(folder_ + "/missing", tenant_);

  ASSERT_TRUE(marks.ok()) << marks.status();
  EXPECT_TRUE(marks->empty());
}

}  // namespace
}  // namespace candor::ledger
