#include "services/pages/document.h"

#include <algorithm>

#include "services/base/bytes.h"

namespace candor::pages {
namespace {

constexpr std::size_t kLongestTag = 35;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark}
body{font:1.05rem/1.55 system-ui,sans-serif;max-width:46rem;margin:0 auto;padding:1.2rem;overflow-wrap:anywhere}
h1{font-size:1.7rem;line-height:1.2;margin:.4em 0}
h2{font-size:1.25rem;margin:1.8em 0 .4em;padding-top:.5em;border-top:1px solid #8886}
h3{font-size:1.05rem;margin:1.2em 0 .3em}
p{margin:.4em 0}
.said{white-space:pre-wrap}
.strong{font-size:1.4rem;font-weight:600}
.quiet{color:GrayText;color:light-dark(#555,#bbb);font-size:.93rem}
ul{padding-left:1.2rem}
li{margin:.8em 0}
li>p{margin:.15em 0}
li>p:first-child:not(:last-child){font-weight:600}
table{border-collapse:collapse;width:100%;margin:.6em 0}
caption{text-align:left;position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{text-align:left;vertical-align:top;padding:.35em .8em .35em 0;border-bottom:1px solid #8886}
pre{white-space:pre-wrap;border:1px solid #8886;border-radius:.4rem;padding:.6em .8em;font-size:.9rem}
a{font-weight:600}
@media print{body{max-width:none;font-size:10pt}h2{break-after:avoid}tr{break-inside:avoid}thead{display:table-header-group}}
@media (max-width:32rem){tr,td{display:block}thead{display:none}td{border:0;padding:.05em 0}
td::before{content:attr(data-head) ": ";font-weight:600}tr{display:block;border-bottom:1px solid #8886;padding:.5em 0}}
)";

template <typename... Parts>
void Append(std::string& out, const Parts&... parts) {
  (out.append(std::string_view(parts)), ...);
}

// The code point at `at`, whose length is set.
std::uint32_t CodeAt(std::string_view text, std::size_t at, std::size_t& length) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  length = byte(at) < 0x80 ? 1 : byte(at) < 0xe0 ? 2 : byte(at) < 0xf0 ? 3 : 4;
  if (length == 1) return byte(at);
  std::uint32_t code = byte(at) & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) code = code << 6 | (byte(at + i) & 0x3fU);
  return code;
}

// Controls, marks and signs that change how the text around them reads, or can't be seen.
bool IsUnfit(std::uint32_t code) {
  if (code == '\n') return false;
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true;
  if (code == 0x061c || code == 0x00ad || code == 0xfeff || code == 0x2060) return true;
  return (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x206f) ||
         (code >= 0xfff9 && code <= 0xfffb) || (code >= 0xe0000 && code <= 0xe007f);
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

class HtmlWriter {
 public:
  explicit HtmlWriter(const Document& document) : document_(document) {}

  std::string Write() {
    Append(out_, "<!doctype html>\n<html lang=\"", Fit(document_.language, kLongestTag), "\">\n<head>\n<meta charset=\"utf-8\">\n",
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
                    "<meta name=\"robots\" content=\"noindex\">\n<meta name=\"referrer\" content=\"no-referrer\">\n",
                    "<title>", Fit(document_.title, kLongestCell), "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n<main>\n");
    for (const Block& block : document_.blocks) Add(block);
    return out_ + "</main>\n</body>\n</html>\n";
  }

 private:
  std::string Fit(std::string_view text, std::size_t most) const { return Escaped(Tamed(text, most, document_.cut)); }

  std::string Attributes(const Block& block, std::string_view style) const {
    std::string text;
    if (!style.empty()) Append(text, " class=\"", style, "\"");
    if (!block.language.empty()) Append(text, " lang=\"", Fit(block.language, kLongestTag), "\"");
    return text + " dir=\"auto\"";
  }

  void Paragraph(const Block& block, std::string_view style) {
    Append(out_, "<p", Attributes(block, style), ">", Fit(block.text, kLongestText), "</p>\n");
  }

  void Add(const Block& block) {
    switch (block.kind) {
      case Block::Kind::kHeading:
        return Append(out_, "<h", std::to_string(block.level), " dir=\"auto\">", Fit(block.text, kLongestCell), "</h",
                      std::to_string(block.level), ">\n");
      case Block::Kind::kText: return Paragraph(block, "");
      case Block::Kind::kSaid: return Paragraph(block, "said");
      case Block::Kind::kStrong: return Paragraph(block, "strong");
      case Block::Kind::kQuiet: return Paragraph(block, "quiet");
      case Block::Kind::kCode:
        Append(out_, "<pre dir=\"ltr\" tabindex=\"0\"><code>", Fit(block.text, kLongestText), "</code></pre>\n");
        return;
      case Block::Kind::kList:
        out_ += "<ul>\n";
        for (const Block& item : block.inner) Add(item);
        out_ += "</ul>\n";
        return;
      case Block::Kind::kItem:
        out_ += "<li>";
        for (const Block& inner : block.inner) Add(inner);
        out_ += "</li>\n";
        return;
      case Block::Kind::kTable: return Table(block);
      case Block::Kind::kFile:
        Append(out_, "<p><a download=\"", Fit(block.file_name, kLongestCell), "\" href=\"data:application/json;base64,",
                        ToBase64(AsBytes(block.file)), "\">", Fit(block.text, kLongestCell), "</a></p>\n");
        return;
    }
  }

  void Table(const Block& block) {
    Append(out_, "<table>\n<caption>", Fit(block.text, kLongestCell), "</caption>\n<thead><tr>");
    for (const std::string& head : block.rows[0]) Append(out_, "<th scope=\"col\">", Fit(head, kLongestCell), "</th>");
    out_ += "</tr></thead>\n<tbody>\n";
    for (std::size_t row = 1; row < block.rows.size(); ++row) {
      out_ += "<tr>";
      for (std::size_t i = 0; i < block.rows[row].size(); ++i) {
        Append(out_, "<td data-head=\"", Fit(block.rows[0][i], kLongestCell), "\" dir=\"auto\">",
                        Fit(block.rows[row][i], kLongestCell), "</td>");
      }
      out_ += "</tr>\n";
    }
    out_ += "</tbody>\n</table>\n";
  }

  const Document& document_;
  std::string out_;
};

// Columns, as far as one code point is one.
std::size_t WidthOf(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

class TextWriter {
 public:
  TextWriter(const Document& document, std::size_t width) : document_(document), width_(width) {}

  std::string Write() {
    for (const Block& block : document_.blocks) Add(block, "");
    return out_;
  }

 private:
  // Words of `text`, a line at a time, each after `indent`, the first one after `first`.
  void Wrap(std::string_view text, const std::string& indent, std::string first) {
    const std::string tamed = Tamed(text, kLongestText, document_.cut);
    std::string line = std::move(first);
    bool begun = false;
    const auto end_line = [&] {
      Append(out_, line, "\n");
      line = indent;
      begun = false;
    };
    for (std::size_t at = 0; at <= tamed.size();) {
      const std::size_t end = std::min(tamed.find_first_of(" \n", at), tamed.size());
      const std::string_view word = std::string_view(tamed).substr(at, end - at);
      if (begun && WidthOf(line) + 1 + WidthOf(word) > width_) end_line();
      if (!word.empty()) {
        Append(line, begun ? " " : "", word);
        begun = true;
      }
      if (end < tamed.size() && tamed[end] == '\n') end_line();
      at = end + 1;
    }
    end_line();
  }

  void Add(const Block& block, const std::string& indent) {
    switch (block.kind) {
      case Block::Kind::kHeading:
        out_ += '\n';
        Wrap(block.text, indent, indent);
        if (block.level == 3) return;
        Append(out_, std::string(std::min(width_, WidthOf(Tamed(block.text, kLongestCell, ""))), block.level == 1 ? '=' : '-'), "\n");
        return;
      case Block::Kind::kText:
      case Block::Kind::kSaid:
      case Block::Kind::kQuiet: return Wrap(block.text, indent, indent);
      case Block::Kind::kStrong: return Wrap("** " + block.text + " **", indent, indent);
      case Block::Kind::kCode:
        Append(out_, indent, "    ", Tamed(block.text, kLongestText, document_.cut), "\n");
        return;
      case Block::Kind::kList:
        for (const Block& item : block.inner) Add(item, indent);
        return;
      case Block::Kind::kItem: {
        const std::size_t begin = out_.size();
        for (const Block& inner : block.inner) Add(inner, indent + "  ");
        if (out_.size() > begin + indent.size()) out_[begin + indent.size()] = '-';
        return;
      }
      case Block::Kind::kTable: return Table(block, indent);
      case Block::Kind::kFile: return;  // The command says where it lies.
    }
  }

  // A row is an item: it reads on any terminal, and aloud.
  void Table(const Block& block, const std::string& indent) {
    for (std::size_t row = 1; row < block.rows.size(); ++row) {
      for (std::size_t i = 0; i < block.rows[row].size(); ++i) {
        const std::string cell = Tamed(block.rows[row][i], kLongestCell, document_.cut);
        Wrap(i == 0 ? cell : block.rows[0][i] + ": " + cell, indent + "    ", indent + (i == 0 ? "- " : "    "));
      }
    }
  }

  const Document& document_;
  const std::size_t width_;
  std::string out_;
};

}  // namespace

std::string Tamed(std::string_view text, std::size_t most, std::string_view cut) {
  std::string out;
  for (std::size_t at = 0, length = 0; at < text.size(); at += length) {
    // A lead byte, and as many that follow as it says; else one byte at a time.
    length = 1;
    std::size_t wanted = 1;
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead >= 0xc2 && lead <= 0xf4) wanted = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const std::string_view sign = text.substr(at, wanted);
    const bool is_whole = lead < 0x80 || (wanted > 1 && IsUtf8(sign));
    const std::uint32_t code = is_whole ? CodeAt(text, at, length) : 0;
    const std::string_view shown = is_whole && !IsUnfit(code) ? sign : kReplacement;
    if (out.size() + shown.size() > most) return out + std::string(cut);
    out += shown;
  }
  return out;
}

Block Text(Block::Kind kind, std::string text) {
  Block block;
  block.kind = kind;
  block.text = std::move(text);
  return block;
}

Block Table(std::string what, std::vector<std::vector<std::string>> rows) {
  Block table = Text(Block::Kind::kTable, std::move(what));
  table.rows = std::move(rows);
  return table;
}

std::string ToHtml(const Document& document) { return HtmlWriter(document).Write(); }

std::string ToPlainText(const Document& document, std::size_t width) { return TextWriter(document, width).Write(); }

}  // namespace candor::pages
