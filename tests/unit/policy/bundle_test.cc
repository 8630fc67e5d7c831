#include "services/policy/bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <random>

#include "services/crypto/sha256.h"
#include "tests/unit/policy/files.h"

namespace candor::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kRule = "package refunds\n\nimport rego.v1\n\nallowed := true\n";

// The command that docs/policies.md gives its readers.
std::string DigestCommand() {
  const std::string paper = ReadWhole(std::filesystem::path(CANDOR_SOURCE_DIR) / "docs/policies.md");
  const std::size_t begin = paper.find("```sh\n", paper.find("## The digest")) + 6;
  return paper.substr(begin, paper.find("\n```", begin) - begin);
}

// The folder that most tests pack: names that sort differently with and without regard to
// case and separators, files that are empty or hold any bytes, and what hides.
void Fill(const Folder& folder) {
  folder.Write("refunds/refunds.rego", kRule)
      .Write("refunds/data.json", R"({"limit": 100})")
      .Write("refunds/refunds_test.rego", "package refunds_test\n")
      .Write("refunds.rego", "package other\n")
      .Write("Zebra.rego", "package zebra\n")
      .Write("a-b/c.rego", "")
      .Write("a/b c.rego", "package b\n")
      .Write(".manifest", "{}")
      .Write("notes/bytes.bin", std::string("\0\xff\r\n", 4))
      .Write("policy.wasm", "compiled")
      .Write(std::string(90, 'd') + "/" + std::string(120, 'f') + ".rego", "package long\n");
}

std::vector<std::string> PathsOf(const Bundle& bundle) {
  std::vector<std::string> paths;
  for (const BundleFile& file : bundle.files()) paths.push_back(file.path);
  return paths;
}

std::vector<std::string> Texts(const std::vector<Problem>& problems) {
  std::vector<std::string> texts;
  for (const Problem& problem : problems) texts.push_back(ToText(problem));
  return texts;
}

std::string Refusal(std::string_view archive) {
  const absl::StatusOr<Bundle> bundle = Bundle::Unpack(archive);
  return bundle.ok() ? "taken" : std::string(bundle.status().message());
}

std::string Gzipped(const std::string& bytes) {
  const Folder folder;
  folder.Write("plain", bytes);
  return Shell(folder.path(), "gzip -9 -c plain");
}

class BundleOfAFolder : public ::testing::Test {
 protected:
  BundleOfAFolder() { Fill(folder_); }

  std::string Tar(const std::string& arguments) const { return Shell(folder_.path(), "tar -cf - " + arguments); }

  const Folder folder_;
};

TEST_F(BundleOfAFolder, HasTheDigestThatThePaperComputesWithCoreutils) {
  const Bundle bundle = Bundle::Read(folder_.path()).value();

  EXPECT_EQ(bundle.digest().ToHex() + "  -\n", Shell(folder_.path(), DigestCommand()));
  EXPECT_EQ(bundle.files().size(), 11U);
  EXPECT_THAT(bundle.Check(), IsEmpty());
}

TEST_F(BundleOfAFolder, IsTheSameFromEveryArchiveThatTarMakesOfIt) {
  const Bundle bundle = Bundle::Read(folder_.path()).value();

  for (const char* arguments :
       {".", "$(ls -A)", "--format=gnu .", "--format=pax .", "--format=posix --pax-option=comment=hello .", "-z .",
        "--format=pax -z .", "--sort=name --owner=0 --group=0 --mtime=@0 .", "--xattrs .", "-b 1 ."}) {
    const absl::StatusOr<Bundle> unpacked = Bundle::Unpack(Tar(arguments));
    ASSERT_TRUE(unpacked.ok()) << arguments << ": " << unpacked.status();
    EXPECT_EQ(unpacked->digest(), bundle.digest()) << arguments;
    EXPECT_EQ(PathsOf(*unpacked), PathsOf(bundle)) << arguments;
  }
}

TEST_F(BundleOfAFolder, IsTheSameFromAnArchiveWithTheLeadingSlashesOfOpa) {
  const std::string archive = Tar("--transform 's,^\\./,/,' -P .");
  ASSERT_THAT(archive, HasSubstr("/refunds/data.json"));

  EXPECT_EQ(Bundle::Unpack(archive).value().digest(), Bundle::Read(folder_.path()).value().digest());
}

TEST_F(BundleOfAFolder, IsPackedToTheSameBytesAndUnpackedToTheSameFiles) {
  const Bundle bundle = Bundle::Read(folder_.path()).value();
  std::vector<BundleFile> shuffled = bundle.files();
  std::reverse(shuffled.begin(), shuffled.end());

  const std::string packed = bundle.Pack();

  EXPECT_EQ(Bundle(shuffled).Pack(), packed);
  const Bundle again = Bundle::Unpack(packed).value();
  EXPECT_EQ(again.digest(), bundle.digest());
  EXPECT_EQ(again.Pack(), packed);
  EXPECT_EQ(PathsOf(again), PathsOf(bundle));
}

TEST_F(BundleOfAFolder, IsUnpackedByTarAsItWas) {
  const Folder other;
  other.Write("set.tar.gz", Bundle::Read(folder_.path()).value().Pack());

  Shell(other.path(), "tar -xzf set.tar.gz && rm set.tar.gz");

  EXPECT_EQ(Shell(other.path(), DigestCommand()), Shell(folder_.path(), DigestCommand()));
}

TEST_F(BundleOfAFolder, IsReadThroughAnyNameOfTheFolder) {
  const Digest digest = Bundle::Read(folder_.path()).value().digest();

  EXPECT_EQ(Bundle::Read(folder_.path() + "/").value().digest(), digest);
  EXPECT_EQ(Bundle::Read(folder_.path() + "/refunds/..").value().digest(), digest);
  EXPECT_TRUE(absl::IsNotFound(Bundle::Read(folder_.path() + "/absent").status()));
  EXPECT_TRUE(absl::IsNotFound(Bundle::Read(folder_.path() + "/.manifest").status()));
}

TEST_F(BundleOfAFolder, IsRefusedWhenItHoldsALink) {
  std::filesystem::create_symlink("/etc/passwd", folder_.path() + "/refunds/other.rego");

  EXPECT_THAT(std::string(Bundle::Read(folder_.path()).status().message()), HasSubstr("no links"));
  EXPECT_THAT(Refusal(Tar(".")), HasSubstr("no links"));
}

TEST_F(BundleOfAFolder, IsRefusedWhenItHoldsAHardLinkTwice) {
  std::filesystem::create_hard_link(folder_.path() + "/Zebra.rego", folder_.path() + "/refunds/other.rego");

  EXPECT_THAT(Refusal(Tar(".")), HasSubstr("no links"));
}

TEST(Bundle, ChangesItsDigestWithEveryByteAndEveryName) {
  const Digest digest = Bundle({{"a.rego", "x"}, {"b.rego", "y"}}).digest();

  EXPECT_EQ(Bundle({{"b.rego", "y"}, {"a.rego", "x"}}).digest(), digest);
  EXPECT_NE(Bundle({{"a.rego", "y"}, {"b.rego", "x"}}).digest(), digest);
  EXPECT_NE(Bundle({{"a.rego", "x"}, {"c.rego", "y"}}).digest(), digest);
  EXPECT_NE(Bundle(std::vector<BundleFile>{{"a.rego", "x"}}).digest(), digest);
  EXPECT_NE(Bundle({{"a.rego", "x"}, {"b.rego", "y"}, {"c", ""}}).digest(), digest);
  EXPECT_EQ(Bundle(std::vector<BundleFile>()).digest(), crypto::Sha256(AsBytes("candor-policy-set-v1\n")));
}

TEST(Bundle, HoldsNoLinksAndNoDevices) {
  for (const char type : {'1', '2', '3', '4', '6'}) {
    EXPECT_THAT(Refusal(TarEntry("a.rego", "", type, "b.rego") + TarEnd()), HasSubstr("files only")) << type;
  }
  EXPECT_EQ(Refusal(TarEntry("a/", "", '5') + TarEntry("a/a.rego", "x") + TarEnd()), "taken");
}

TEST(Bundle, SaysOfEachNameWhatIsWrongWithIt) {
  const auto problem = [](const std::string& path) {
    const std::vector<std::string> texts = Texts(Bundle(std::vector<BundleFile>{{path, ""}}).Check());
    return texts.empty() ? "fine" : texts.front();
  };
  for (const char* fine : {"a", "a.rego", "a/b/c.rego", "..a", "a..", "a b", ".manifest", "~"}) {
    EXPECT_EQ(problem(fine), "fine") << fine;
  }
  EXPECT_EQ(problem("/etc/passwd"), "/etc/passwd: a path must not be absolute");
  for (const char* part : {"..", "../a", "a/../b", "a/..", ".", "a/./b", "a//b", "a/"}) {
    EXPECT_EQ(problem(part), std::string(part) + ": a path must not hold an empty part, `.` or `..`");
  }
  for (const char* sign : {"a\nb", "a\\b", "\x7f", "a\tb", "ä.rego"}) {
    EXPECT_THAT(problem(sign), HasSubstr("printable ASCII")) << sign;
  }
  EXPECT_THAT(problem("\xff"), HasSubstr("printable ASCII"));
  EXPECT_EQ(problem(""), "a path has 1 to 256 bytes");
  EXPECT_EQ(problem(std::string(256, 'a')), "fine");
  EXPECT_THAT(problem(std::string(257, 'a')), HasSubstr("1 to 256 bytes"));
}

TEST(Bundle, NamesThatAnArchiveHidesAreFoundByTheCheck) {
  const auto problems = [](std::string_view path) {
    const absl::StatusOr<Bundle> bundle = Bundle::Unpack(TarEntry(path, "x") + TarEnd());
    return bundle.ok() ? Texts(bundle->Check()) : std::vector<std::string>{std::string(bundle.status().message())};
  };
  EXPECT_THAT(problems("a.rego"), IsEmpty());
  EXPECT_THAT(problems("././a.rego"), IsEmpty());
  EXPECT_THAT(problems("/a.rego"), IsEmpty());
  EXPECT_THAT(problems("//a.rego"), ElementsAre(HasSubstr("absolute")));
  EXPECT_THAT(problems(".//a.rego"), ElementsAre(HasSubstr("absolute")));
  EXPECT_THAT(problems("../a.rego"), ElementsAre(HasSubstr("`..`")));
  EXPECT_THAT(problems("/../a.rego"), ElementsAre(HasSubstr("`..`")));
  EXPECT_THAT(problems("a/../../b.rego"), ElementsAre(HasSubstr("`..`")));
  EXPECT_THAT(problems("\xc3\xa4.rego"), ElementsAre(HasSubstr("printable ASCII")));
  EXPECT_THAT(problems("\xff.rego"), ElementsAre(HasSubstr("printable ASCII")));
}

TEST_F(BundleOfAFolder, SaysThatANameIsNotAsciiWhateverTarWroteIt) {
  folder_.Write("größe.rego", "package size\n");

  EXPECT_THAT(Texts(Bundle::Read(folder_.path()).value().Check()), ElementsAre(HasSubstr("printable ASCII")));
  for (const char* format : {"--format=gnu .", "--format=pax ."}) {
    const absl::StatusOr<Bundle> bundle = Bundle::Unpack(Tar(format));
    ASSERT_TRUE(bundle.ok()) << format << ": " << bundle.status();
    EXPECT_THAT(Texts(bundle->Check()), ElementsAre(HasSubstr("printable ASCII"))) << format;
  }
}

TEST(Bundle, HoldsNoFileTwice) {
  const Bundle bundle =
      Bundle::Unpack(TarEntry("a.rego", "1") + TarEntry("./a.rego", "2") + TarEntry("/a.rego", "3") + TarEnd()).value();

  EXPECT_THAT(Texts(bundle.Check()),
              ElementsAre("a.rego: two files have this path", "a.rego: two files have this path"));
}

TEST(Bundle, IsReadAsText) {
  EXPECT_THAT(Texts(Bundle({{"a.rego", "\xff"}, {"data.json", "\xc0\x80"}, {"picture.png", "\xff"}}).Check()),
              ElementsAre("a.rego: is not UTF-8", "data.json: is not UTF-8"));
  EXPECT_THAT(Texts(Bundle({{"a/data.yaml", ""}, {"data.yml", ""}, {"data.yaml", ""}, {"mydata.yaml", ""}}).Check()),
              ElementsAre(HasSubstr("a/data.yaml: "), HasSubstr("data.yaml: "), HasSubstr("data.yml: data in YAML")));
}

TEST(Bundle, HoldsFilesOfAtMostOneMebibyte) {
  EXPECT_THAT(Bundle(std::vector<BundleFile>{{"a.rego", std::string(kMaxPolicyBytes, ' ')}}).Check(), IsEmpty());
  EXPECT_THAT(Texts(Bundle(std::vector<BundleFile>{{"a.rego", std::string(kMaxPolicyBytes + 1, ' ')}}).Check()),
              ElementsAre("a.rego: a file holds at most 1 MiB"));
}

TEST(Bundle, HoldsAtMostTwoThousandFiles) {
  std::string most;
  for (std::size_t i = 0; i < kMaxBundleFiles; ++i) most += TarEntry("f" + std::to_string(i), "");

  EXPECT_EQ(Bundle::Unpack(Gzipped(most + TarEnd())).value().files().size(), kMaxBundleFiles);
  EXPECT_THAT(Refusal(Gzipped(most + TarEntry("one_more", "") + TarEnd())), HasSubstr("2,000 files"));
}

TEST(Bundle, HoldsAtMostEightMebibytesHoweverSmallTheyArePacked) {
  const std::string mebibyte(1024 * 1024, ' ');
  std::string most;
  for (int i = 0; i < 8; ++i) most += TarEntry("f" + std::to_string(i), mebibyte);

  EXPECT_EQ(Refusal(Gzipped(most + TarEnd())), "taken");
  EXPECT_THAT(Refusal(Gzipped(most + TarEntry("one_more", "x") + TarEnd())), HasSubstr("8 MiB"));
  EXPECT_THAT(Refusal(Gzipped(TarEntry("bomb", std::string(64, ' ') + std::string(64 * mebibyte.size(), '\0')))),
              HasSubstr("8 MiB"));
}

TEST(Bundle, OfFoldersAloneIsNotReadForEver) {
  std::string folders;
  for (int i = 0; i < 5000; ++i) folders += TarEntry("d" + std::to_string(i) + "/", "", '5');

  EXPECT_THAT(Refusal(Gzipped(folders + TarEnd())), HasSubstr("2,000 files"));
}

TEST(Bundle, OfAFolderThatPassesALimitIsRefusedToo) {
  const Folder large, many;
  for (int i = 0; i < 9; ++i) large.Write(std::to_string(i), std::string(1000 * 1000, ' '));
  for (int i = 0; i < 2001; ++i) many.Write(std::to_string(i), "");

  EXPECT_THAT(std::string(Bundle::Read(large.path()).status().message()), HasSubstr("8 MiB"));
  EXPECT_THAT(std::string(Bundle::Read(many.path()).status().message()), HasSubstr("2,000 files"));
}

TEST_F(BundleOfAFolder, IsNeverReadFromPartOfAGzippedArchive) {
  const std::string archive = Tar("-z .");

  for (std::size_t size = 0; size < archive.size(); size += 7) {
    EXPECT_NE(Refusal(archive.substr(0, size)), "taken") << size;
  }
}

TEST_F(BundleOfAFolder, IsNeverTheSameFromPartOfAPlainArchive) {
  const Bundle bundle = Bundle::Read(folder_.path()).value();
  const std::string archive = Tar("-b 1 .");

  for (std::size_t size = 0; size < archive.size() - 1024; size += 97) {
    const absl::StatusOr<Bundle> part = Bundle::Unpack(archive.substr(0, size));
    EXPECT_TRUE(!part.ok() || part->digest() != bundle.digest()) << size;
  }
}

TEST(Bundle, IsNotReadFromWhatIsNoArchive) {
  for (const std::string& bytes :
       {std::string(), std::string("package a\n"), std::string("PK\x03\x04 zip"), std::string(300, 'x'),
        std::string("\x1f\x8b\x08\x00 broken", 12), Gzipped("no tar"), Gzipped("")}) {
    EXPECT_THAT(Refusal(bytes), HasSubstr("no tar archive")) << bytes.size();
  }
}

TEST_F(BundleOfAFolder, SurvivesWhateverIsDoneToItsArchive) {
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  for (const std::string& archive : {Tar("-b 1 ."), Tar("-z .")}) {
    for (int run = 0; run < 300; ++run) {
      std::string broken = archive;
      for (int i = 0; i < 8; ++i) broken[random() % broken.size()] = static_cast<char>(random());
      const absl::StatusOr<Bundle> bundle = Bundle::Unpack(broken);
      if (!bundle.ok()) continue;
      std::size_t bytes = 0;
      for (const BundleFile& file : bundle->files()) bytes += file.text.size();
      EXPECT_LE(bytes, kMaxBundleBytes) << "seed " << seed;
    }
  }
}

TEST(Bundle, OfRandomFilesComesBackFromItsArchive) {
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  for (int run = 0; run < 50; ++run) {
    std::vector<BundleFile> files;
    for (std::size_t i = random() % 20; i > 0; --i) {
      std::string text(random() % 3000, '\0');
      for (char& c : text) c = static_cast<char>(random());
      files.push_back({std::to_string(i) + std::string(random() % 250, static_cast<char>('a' + random() % 26)), text});
    }
    const Bundle bundle(files);
    const Bundle again = Bundle::Unpack(bundle.Pack()).value();
    EXPECT_EQ(again.digest(), bundle.digest()) << "seed " << seed;
  }
}

TEST(Problem, IsWrittenAsCompilersWriteIt) {
  EXPECT_EQ(ToText({.path = "a.rego", .line = 3, .column = 7, .message = "no"}), "a.rego:3:7: no");
  EXPECT_EQ(ToText({.path = "a.rego", .line = 3, .message = "no"}), "a.rego:3: no");
  EXPECT_EQ(ToText({.path = "a.rego", .message = "no"}), "a.rego: no");
  EXPECT_EQ(ToText({.path = "a.rego", .message = "no", .fatal = false}), "a.rego: warning: no");
  EXPECT_EQ(ToText(ProblemOf("no")), "no");
}

}  // namespace
}  // namespace candor::policy
