#include "services/pages/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/base/bytes.h"

namespace candor::pages {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Kind = Block::Kind;

// A page that has `text` in every place where a text can stand.
Document Everywhere(const std::string& text) {
  Document page{.language = text, .title = text, .cut = "[cut]", .blocks = {}};
  for (const Kind kind : {Kind::kHeading, Kind::kText, Kind::kSaid, Kind::kStrong, Kind::kQuiet, Kind::kCode}) {
    page.blocks.push_back({.kind = kind, .text = text, .language = text});
  }
  page.blocks.push_back({.kind = Kind::kList, .inner = {{.kind = Kind::kItem, .inner = {{.kind = Kind::kSaid, .text = text}}}}});
  page.blocks.push_back({.kind = Kind::kTable, .text = text, .rows = {{text, text}, {text, text}}});
  page.blocks.push_back({.kind = Kind::kFile, .text = text, .file_name = text, .file = text});
  return page;
}

// How often `what` stands in `text`.
int Count(const std::string& text, const std::string& what) {
  int count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST(APage, NeverTakesATextForMarkup) {
  const std::string plain = ToHtml(Everywhere("x"));
  for (const std::string hostile :
       {"<script>alert(1)</script>", "</title><img src=x onerror=alert(1)>", "\" onmouseover=\"alert(1)", "' autofocus '",
        "</main></body><iframe>", "<!--", "]]>", "&lt;b&gt;", "{{7*7}}", "javascript:alert(1)"}) {
    const std::string html = ToHtml(Everywhere(hostile));
    for (const char* sign : {"<", ">", "\"", "'"}) EXPECT_EQ(Count(html, sign), Count(plain, sign)) << hostile << sign;
  }
  EXPECT_THAT(ToHtml(Everywhere("<b>")), Not(HasSubstr("<b>")));
  EXPECT_THAT(ToHtml(Everywhere("&lt;b&gt;")), HasSubstr("&amp;lt;b&amp;gt;"));
}

TEST(APage, LoadsNothingAndRunsNothing) {
  const std::string html = ToHtml(Everywhere("x"));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  for (const char* loads : {"<script", "<link", "<img", "<iframe", "url(", "@import", "http://", "https://", " on"}) {
    EXPECT_THAT(html, Not(HasSubstr(loads))) << loads;
  }
}

TEST(APage, LetsNoTextTurnTheDirectionOfWhatIsAroundIt) {
  for (const char* turn : {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\u200e",
                           "\u200f", "\u061c", "\u2028", "\u200b", "\ufeff", "\u00ad"}) {
    const std::string text = std::string("1") + turn + "23";
    for (const std::string& page : {ToHtml(Everywhere(text)), ToPlainText(Everywhere(text))}) {
      EXPECT_THAT(page, Not(HasSubstr(turn)));
      EXPECT_THAT(page, HasSubstr("1\ufffd23"));
    }
  }
}

TEST(APage, KeepsLettersOfEveryScript) {
  const std::string text = "Größe, שלום, مرحبا, 漢字, 😀, e\u0301";
  EXPECT_EQ(Tamed(text, 1000, ""), text);
}

TEST(APage, HoldsNoControlAndNothingThatIsNotUtf8) {
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  for (const std::string& page : {ToHtml(Everywhere(all)), ToPlainText(Everywhere(all)), Tamed(all, 10'000, "")}) {
    EXPECT_TRUE(IsUtf8(page));
    for (const char c : page) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << int{c};
    EXPECT_THAT(page, Not(HasSubstr("\x7f")));
  }
}

TEST(APage, CutsWhatIsTooLongAndSaysSo) {
  const std::string long_text(1 << 20, 'a');
  Document page = Everywhere(long_text);
  page.blocks.pop_back();  // The file is whole.
  page.language = "en";
  for (Block& block : page.blocks) block.language.clear();
  const std::string html = ToHtml(page), text = ToPlainText(page);

  EXPECT_LT(html.size(), 200'000u);
  EXPECT_LT(text.size(), 200'000u);
  EXPECT_THAT(html, HasSubstr("a[cut]<"));
  EXPECT_THAT(text, HasSubstr("a[cut]"));
}

TEST(APage, CutsNoLetterInTwo) {
  for (std::size_t most = 0; most < 12; ++most) {
    const std::string cut = Tamed("ä漢😀b", most, "");
    EXPECT_TRUE(IsUtf8(cut)) << most;
    EXPECT_LE(cut.size(), most);
  }
}

TEST(APage, HasOneFirstHeadingItsLanguageAndHeadsOfItsTables) {
  Document page{.language = "de", .title = "T", .cut = "", .blocks = {}};
  page.blocks.push_back({.kind = Kind::kHeading, .text = "T", .level = 1});
  page.blocks.push_back({.kind = Kind::kSaid, .text = "Hi", .language = "en"});
  page.blocks.push_back({.kind = Kind::kTable, .text = "Data", .rows = {{"A", "B"}, {"1", "2"}}});
  const std::string html = ToHtml(page);

  EXPECT_THAT(html, HasSubstr("<html lang=\"de\">"));
  EXPECT_EQ(Count(html, "<h1"), 1);
  EXPECT_THAT(html, HasSubstr("lang=\"en\" dir=\"auto\">Hi</p>"));
  EXPECT_EQ(Count(html, "<th scope=\"col\">"), 2);
  EXPECT_THAT(html, HasSubstr("<caption>Data</caption>"));
}

TEST(APage, OffersAFileThatHoldsTheVeryBytes) {
  Document page{.language = "en", .title = "T", .cut = "", .blocks = {}};
  const std::string bytes("\x00\xff<>&\n", 6);
  page.blocks.push_back({.kind = Kind::kFile, .text = "Save", .file_name = "proof.json", .file = bytes});
  const std::string html = ToHtml(page), begin = "base64,";
  const std::size_t from = html.find(begin) + begin.size();

  EXPECT_EQ(AsText(*FromBase64(html.substr(from, html.find('"', from) - from))), bytes);
}

TEST(APlainPage, WrapsAtWordsAndIndentsWhatBelongsToAnItem) {
  Document page{.language = "en", .title = "T", .cut = "", .blocks = {}};
  page.blocks.push_back({.kind = Kind::kText, .text = "one two three four"});
  page.blocks.push_back({.kind = Kind::kList,
                         .inner = {{.kind = Kind::kItem, .inner = {{.kind = Kind::kText, .text = "five six seven"},
                                                                    {.kind = Kind::kText, .text = "eight"}}}}});

  EXPECT_EQ(ToPlainText(page, 10), "one two\nthree four\n- five six\n  seven\n  eight\n");
}

}  // namespace
}  // namespace candor::pages
