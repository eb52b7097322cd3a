#include "runtime/clients/ini.h"

#include <rapidcheck/catch.h>

#include "tests/support/catch.h"

namespace upgraph {
namespace {

using clients::EditIni;
using clients::IniEdit;
using clients::IniEntry;
using clients::ReadIni;
using Kind = clients::IniEdit::Kind;

constexpr const char* kSample =
    "; DTEN edge gateway\n"
    "top=1\n"
    "\n"
    "[server]\n"
    "listen = 0.0.0.0:8443     ; the lab's port\n"
    "\n"
    "[backoff]\n"
    "# milliseconds\n"
    "base=100\n"
    "  [tls]   # caf\xc3\xa9\n"
    "ca_file  =  /etc/dten/chain.pem\n"
    "\tcolor=#fff;x \n"
    "motd = \"a ; b\"\n"
    "empty =  ; nothing\n";

std::string Edited(const std::string& text, const std::vector<IniEdit>& edits) {
  auto edited = EditIni(text, edits);
  INFO((edited.ok() ? "" : edited.error().message));
  REQUIRE(edited.ok());
  return *edited;
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("every key of an INI file is read") {
  auto entries = ReadIni(kSample);
  REQUIRE(entries.ok());
  CHECK(*entries == std::vector<IniEntry>{{"", "top", "1"},
                                          {"server", "listen", "0.0.0.0:8443"},
                                          {"backoff", "base", "100"},
                                          {"tls", "ca_file", "/etc/dten/chain.pem"},
                                          {"tls", "color", "#fff;x"},
                                          {"tls", "motd", "a ; b"},
                                          {"tls", "empty", ""}});
}

TEST_CASE("an edit touches its own line alone") {
  CHECK(Edited(kSample, {}) == kSample);
  CHECK(Edited(kSample, {{Kind::kSet, "server", "listen", "[::]:1", "", ""}}) ==
        Replaced(kSample, "0.0.0.0:8443", "[::]:1"));
  CHECK(Edited(kSample, {{Kind::kSet, "backoff", "base", "250", "", ""}}) ==
        Replaced(kSample, "base=100", "base=250"));
  CHECK(Edited(kSample, {{Kind::kSet, "tls", "motd", "c # d", "", ""}}) ==
        Replaced(kSample, "a ; b", "c # d"));
  CHECK(Edited(kSample, {{Kind::kSet, "tls", "empty", "x", "", ""}}) ==
        Replaced(kSample, "empty =  ;", "empty = x  ;"));
  CHECK(Edited(kSample, {{Kind::kSet, "backoff", "base", "", "", ""}}) ==
        Replaced(kSample, "base=100", "base="));
  CHECK(Edited(kSample, {{Kind::kRemove, "server", "listen", "", "", ""}}) ==
        Replaced(kSample, "listen = 0.0.0.0:8443     ; the lab's port\n", ""));
  CHECK(Edited(kSample, {{Kind::kRemove, "", "top", "", "", ""}}) ==
        Replaced(kSample, "top=1\n", ""));
  CHECK(Edited(kSample, {{Kind::kRemove, "server", "absent", "", "", ""}}) == kSample);
  CHECK(Edited(kSample, {{Kind::kRename, "tls", "ca_file", "", "tls", "chain"}}) ==
        Replaced(kSample, "ca_file", "chain"));
}

TEST_CASE("new keys come behind the others of their section") {
  CHECK(Edited(kSample, {{Kind::kSet, "backoff", "max", "9", "", ""}}) ==
        Replaced(kSample, "base=100\n", "base=100\nmax=9\n"));
  CHECK(Edited(kSample, {{Kind::kSet, "", "next", "2", "", ""}}) ==
        Replaced(kSample, "top=1\n", "top=1\nnext=2\n"));
  CHECK(Edited(kSample, {{Kind::kRename, "server", "listen", "", "backoff", "port"}}) ==
        Replaced(Replaced(kSample, "listen = 0.0.0.0:8443     ; the lab's port\n", ""),
                 "base=100\n", "base=100\nport = 0.0.0.0:8443     ; the lab's port\n"));
  CHECK(Edited(kSample, {{Kind::kSet, "new", "a", "1", "", ""}}) ==
        std::string(kSample) + "\n[new]\na = 1\n");
  CHECK(Edited("", {{Kind::kSet, "new", "a", "1", "", ""}}) == "[new]\na = 1\n");
  CHECK(Edited("; c\n[s]\n\n; d\n", {{Kind::kSet, "s", "a", "1", "", ""}}) ==
        "; c\n[s]\na = 1\n\n; d\n");
  CHECK(Edited("; c\n[s]\nb=1\n", {{Kind::kSet, "", "a", "1", "", ""}}) ==
        "; c\na = 1\n[s]\nb=1\n");
}

TEST_CASE("line ends stay as the file has them") {
  CHECK(Edited("[s]\r\na = 1\r\n", {{Kind::kSet, "s", "b", "2", "", ""}}) ==
        "[s]\r\na = 1\r\nb = 2\r\n");
  CHECK(Edited("[s]\na = 1", {}) == "[s]\na = 1");
  CHECK(Edited("[s]\na = 1", {{Kind::kSet, "s", "a", "2", "", ""}}) == "[s]\na = 2");
}

TEST_CASE("what is no INI file is refused with its line") {
  for (const char* line : {"no sign", "[open", "= value", "a = \"x\" y", "a = 1\rb = 2"}) {
    auto entries = ReadIni("[s]\na = 1\n" + std::string(line) + "\nb = 2\n");
    INFO(line);
    REQUIRE_FALSE(entries.ok());
    CHECK(entries.error().kind == ErrorKind::kInvalid);
    CHECK(entries.error().message.find("line 3 ") == 0);
  }
  CHECK_FALSE(ReadIni(std::string("a = 1\0\n", 7)).ok());
}

TEST_CASE("an edit that would change a meaning is refused") {
  for (const char* value : {"a ; b", "a #b", "#a", " a", "a ", "a\nb", "'a"}) {
    INFO(value);
    CHECK_FALSE(EditIni(kSample, {{Kind::kSet, "backoff", "base", value, "", ""}}).ok());
    CHECK_FALSE(EditIni(kSample, {{Kind::kSet, "backoff", "new", value, "", ""}}).ok());
  }
  CHECK_FALSE(EditIni(kSample, {{Kind::kSet, "tls", "motd", "a\"b", "", ""}}).ok());
  CHECK_FALSE(EditIni(kSample, {{Kind::kSet, "s]", "a", "1", "", ""}}).ok());
  CHECK_FALSE(EditIni(kSample, {{Kind::kSet, "s", "a=b", "1", "", ""}}).ok());
  CHECK_FALSE(EditIni("a=1\na=2\n", {{Kind::kSet, "", "a", "3", "", ""}}).ok());
  auto taken = EditIni(kSample, {{Kind::kRename, "tls", "ca_file", "", "tls", "motd"}});
  REQUIRE_FALSE(taken.ok());
  CHECK(taken.error().kind == ErrorKind::kExists);
  auto absent = EditIni(kSample, {{Kind::kRename, "tls", "gone", "", "tls", "x"}});
  REQUIRE_FALSE(absent.ok());
  CHECK(absent.error().kind == ErrorKind::kNotFound);
}

// Any lines of an INI file come back unchanged, and taking one key out leaves the others' bytes.
TEST_CASE("the other lines of any file keep their bytes") {
  rc::prop("remove one", [] {
    const auto line = rc::gen::elementOf(
        std::vector<std::string>{"", "  ", "; c", "\t# c", "[s]", " [ s ] ; c", "[t]", "k=v",
                                 "k2 =v ; c", " k3= \"v\"", "k4=", "k5 =  # c", "k6 = a b  c\t"});
    const auto lines = *rc::gen::container<std::vector<std::string>>(line);
    std::string with;
    std::string without;
    for (size_t i = 0; i <= lines.size(); ++i) {
      if (i == lines.size() / 2) {
        with += "only  = one  \n";
      }
      if (i < lines.size()) {
        with += lines[i] + "\n";
        without += lines[i] + "\n";
      }
    }
    auto entries = ReadIni(with);
    RC_ASSERT(entries.ok());
    for (const IniEntry& entry : *entries) {
      if (entry.name == "only") {
        auto edited = EditIni(with, {{Kind::kRemove, entry.section, "only", "", "", ""}});
        RC_ASSERT(edited.ok());
        RC_ASSERT(*edited == without);
      }
    }
  });
}

}  // namespace
}  // namespace upgraph
