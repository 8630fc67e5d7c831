// A page as a value, and how it is written: HTML for people, plain text for terminals.
//
// Texts are data: whatever stands in them, they never become markup, never load anything,
// never turn the direction of what is around them, and never grow a page without limit.
//
// Pure functions; any thread may call.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace candor::pages {

struct Block {
  enum class Kind {
    kHeading,  // `level` 1 to 3.
    kText,
    kSaid,     // A text as somebody wrote it: its line breaks count.
    kStrong,   // What must be seen first.
    kQuiet,    // What few look for.
    kCode,     // One line to type or to compare.
    kList,     // `inner` are its items; those of kItem hold blocks.
    kItem,
    kTable,    // `rows`, the first of them the heads; `text` says what it shows.
    kFile,     // `text` names a file to save, with the bytes of `file`.
  };
  Kind kind = Kind::kText;
  std::string text{};
  std::string language{};  // Where it is another than that of the page.
  int level = 2;
  std::vector<Block> inner{};
  std::vector<std::vector<std::string>> rows{};
  std::string file_name{}, file{};
};

// A block of text, and a table of `rows` that shows `what`.
Block Text(Block::Kind kind, std::string text);
Block Table(std::string what, std::vector<std::vector<std::string>> rows);

struct Document {
  std::string language;  // A tag, such as `de`.
  std::string title;
  std::string cut;  // Stands at the end of a text that was cut.
  std::vector<Block> blocks;
};

// One file that needs no other, and no script.
std::string ToHtml(const Document& document);

// Lines of at most `width` columns, where words allow.
std::string ToPlainText(const Document& document, std::size_t width = 100);

// A text fit for a page: well-formed UTF-8; controls, and what turns the direction of text,
// read U+FFFD; line feeds stay. Longer than `most` bytes it is cut, and ends with `cut`.
std::string Tamed(std::string_view text, std::size_t most, std::string_view cut);

inline constexpr std::size_t kLongestText = 20'000, kLongestCell = 2'000;

}  // namespace candor::pages
