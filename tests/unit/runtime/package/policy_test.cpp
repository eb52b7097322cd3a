#include <rapidcheck/catch.h>

#include "runtime/package/extract_policy.h"
#include "tests/support/catch.h"

namespace upgraph {
namespace {

using package::CheckEntryPath;
using package::CheckLinkTarget;
using package::Printable;

TEST_CASE("printable text obeys nobody's terminal") {
  CHECK(Printable("a\x1b[31mb") == "a?[31mb");
  CHECK(Printable("caf\xc3\xa9") == "caf\xc3\xa9");
  CHECK(Printable("\xc2\x9b"
                  "31m") == "?31m");
  CHECK(Printable("\xff\xfe") == "??");
  CHECK(Printable("\xe2\x82") == "??");
  CHECK(Printable("\xed\xa0\x80") == "???");
}

TEST_CASE("ratios are bounded above the floor only") {
  CHECK(package::IsRatioAllowed(0, 1 << 20));
  CHECK_FALSE(package::IsRatioAllowed(0, (1 << 20) + 1));
  CHECK(package::IsRatioAllowed(1 << 20, 100 << 20));
  CHECK_FALSE(package::IsRatioAllowed((1 << 20) - 1, 100 << 20));
}

// A model of what a kernel does with a relative link: the parts that are left after each `..`.
bool StaysInside(std::vector<std::string> folder, const std::vector<std::string>& target) {
  for (const std::string& part : target) {
    if (part == "..") {
      if (folder.empty()) {
        return false;
      }
      folder.pop_back();
    } else if (part != ".") {
      folder.push_back(part);
    }
    if (folder.empty() || folder[0] != "payload") {
      return false;
    }
  }
  return true;
}

TEST_CASE("a link's target is judged as a walk would go") {
  rc::prop("model", [] {
    const auto part = rc::gen::elementOf(std::vector<std::string>{"..", ".", "a", "b", ".."});
    const auto target = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(part));
    const int depth = *rc::gen::inRange(0, 4);
    std::vector<std::string> folder = {"payload"};
    for (int i = 0; i < depth; ++i) {
      folder.push_back("d");
    }
    std::string link;
    for (const std::string& name : folder) {
      link += name + "/";
    }
    std::string text;
    for (const std::string& name : target) {
      text += (text.empty() ? "" : "/") + name;
    }
    RC_ASSERT(CheckLinkTarget(link + "link", text).ok() == StaysInside(folder, target));
  });
}

TEST_CASE("any bytes as a name: no crash, and an accepted one is harmless") {
  rc::prop("harmless", [](const std::string& tail) {
    const std::string path = "payload/" + tail;
    if (CheckEntryPath(path).ok()) {
      RC_ASSERT(path.find("//") == std::string::npos);
      RC_ASSERT(("/" + path + "/").find("/../") == std::string::npos);
      RC_ASSERT(path.find('\0') == std::string::npos);
      RC_ASSERT(Printable(path) == path || path.find('\xc2') != std::string::npos);
    }
  });
}

}  // namespace
}  // namespace upgraph
