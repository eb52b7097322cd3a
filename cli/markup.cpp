#include "cli/markup.h"

#include "runtime/package/extract_policy.h"

namespace upgraph::cli {

namespace {

// Characters that XML does not know, and those that turn the direction of what follows: a page
// would not read as it is. All of them have three bytes.
bool IsUnwanted(std::string_view bytes) {
  if (bytes.size() < 3) {
    return false;
  }
  const auto last = static_cast<unsigned char>(bytes[2]);
  return bytes.starts_with("\xef\xbf\xbe") ||
         bytes.starts_with("\xef\xbf\xbf") ||                                // U+FFFE, U+FFFF
         (bytes.starts_with("\xe2\x80") && last >= 0xaa && last <= 0xae) ||  // U+202A …
         (bytes.starts_with("\xe2\x81") && last >= 0xa6 && last <= 0xa9);    // U+2066 …
}

}  // namespace

std::string EscapeMarkup(std::string_view raw) {
  const std::string text = package::Printable(raw);
  std::string escaped;
  escaped.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (IsUnwanted(std::string_view(text).substr(i, 3))) {
      escaped += '?';
      i += 2;
      continue;
    }
    switch (c) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace upgraph::cli
