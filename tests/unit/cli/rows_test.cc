#include "clients/cli/rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace candor::cli {
namespace {

using ::testing::ElementsAre;

class Rows : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/candor-rows-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Each row as `number: JSON` or `number! problem`.
  std::vector<std::string> Read(const std::string& name, const std::string& text) const {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    absl::StatusOr<RowFile> file = RowFile::Open(path);
    if (!file.ok()) return {std::string(file.status().message()).substr(path.size())};
    std::vector<std::string> rows;
    for (Row row; file->Next(row);) {
      rows.push_back(std::to_string(row.number) +
                     (row.problem.empty() ? ": " + EncodeJson(row.values) : "! " + row.problem));
    }
    return rows;
  }

  std::string folder_;
};

TEST_F(Rows, OfCsvAreNamedByTheFirstLine) {
  EXPECT_THAT(Read("a.csv", "\xEF\xBB\xBF" "a,\"b, c\"\r\n1,\"x \"\"y\"\"\nz\"\r\n\r\n,\"\"\n2,3"),
              ElementsAre(R"(1: {"a":"1","b, c":"x \"y\"\nz"})", R"(2: {"a":"","b, c":""})",
                          R"(3: {"a":"2","b, c":"3"})"));
}

TEST_F(Rows, ThatCannotBeReadAreNumberedAndPassedOver) {
  EXPECT_THAT(Read("a.CSV", "a,b\n1\n\"x\"y,2\nx\"y,2\n\xff,2\n3,4\n"),
              ElementsAre("1! does not hold 2 values", "2! its quotation marks do not fit",
                          "3! its quotation marks do not fit", "4! is not UTF-8", R"(5: {"a":"3","b":"4"})"));
  EXPECT_THAT(Read("a.ndjson", "[1]\n{\"a\":1.5,\"b\":[true,null]}\n{\n"),
              ElementsAre("1! is not a JSON object", R"(2: {"a":1.5,"b":[true,null]})", "3! is not a JSON object"));
}

TEST_F(Rows, LongerThanAMebibyteAreNotHeld) {
  EXPECT_THAT(Read("a.csv", "a\n\"" + std::string(3 << 20, 'x') + "\n7\n"),
              ElementsAre("1! is longer than 1 MiB", R"(2: {"a":"7"})"));
}

TEST_F(Rows, NeedNamesThatDiffer) {
  EXPECT_THAT(Read("a.csv", "a,a\n1,2\n"), ElementsAre(": its first line does not name every column once"));
  EXPECT_THAT(Read("a.csv", ""), ElementsAre(": is empty or cannot be read"));
}

}  // namespace
}  // namespace candor::cli
