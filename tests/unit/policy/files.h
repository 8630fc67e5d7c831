// Folders, commands and tar archives for tests of policy sets: what other programs make of
// the same files. Header only.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace candor::policy {

// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "candor-policy-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }
  const Folder& Write(const std::string& name, std::string_view text) const {
    const std::filesystem::path file = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return *this;
  }

 private:
  std::string path_;
};

inline std::string ReadWhole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// What a shell command writes, run in `folder`.
inline std::string Shell(const std::string& folder, const std::string& command) {
  std::string output;
  FILE* pipe = popen(("cd '" + folder + "' && " + command).c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  char piece[4096];
  for (std::size_t count = 0; (count = fread(piece, 1, sizeof piece, pipe)) > 0;) output.append(piece, count);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return output;
}

// One entry of a tar archive in the oldest form; `type` is `0` for a file.
inline std::string TarEntry(std::string_view path, std::string_view text, char type = '0', std::string_view link = "") {
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, std::string_view value) { header.replace(at, value.size(), value); };
  const auto octal = [](std::size_t value) {
    char digits[13];
    std::snprintf(digits, sizeof digits, "%011zo", value);
    return std::string(digits);
  };
  put(0, path.substr(0, 100));
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, octal(text.size()));
  put(136, octal(0));
  put(148, "        ");
  header[156] = type;
  put(157, link);
  put(257, std::string_view("ustar\00000", 8));
  std::size_t sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(148, octal(sum).substr(5) + '\0');
  std::string entry = header + std::string(text);
  entry.resize((entry.size() + 511) / 512 * 512, '\0');
  return entry;
}

inline std::string TarEnd() { return std::string(1024, '\0'); }

}  // namespace candor::policy
