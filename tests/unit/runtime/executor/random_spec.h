#pragma once

// Random upgrades, as text, with what a host must look like after them: nested `parallel`, `block`
// and `lock`, each path written by one branch at a time.

#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace upgraph::test {

constexpr int kPathCount = 9;

inline std::string PathOf(int number) { return fmt::format("/d{}/p{}", number % 3, number); }

// "file: TEXT", "link: TARGET", "tree" or "" for nothing.
using Picture = std::map<std::string, std::string>;

// What stands at a path before the upgrade.
inline std::string Furniture(int number) {
  switch (number % 4) {
    case 0:
      return fmt::format("file: old {}\n", number);
    case 1:
      return "";
    case 2:
      return "tree";
    default:
      return "link: p0";
  }
}

class RandomSpec {
 public:
  // Draws from rapidcheck: call it inside a property.
  explicit RandomSpec(bool can_fail) {
    for (int i = 0; i < kPathCount; ++i) {
      after_[PathOf(i)] = Furniture(i);
    }
    std::vector<int> paths;
    for (int i = 0; i < kPathCount; ++i) {
      paths.push_back(i);
    }
    failing_ = can_fail ? *rc::gen::inRange(0, 12) : -1;
    for (const char* phase : {"prepare", "switch"}) {
      body_ += std::string(phase) + " {\n";
      AddSequence(paths, 3);
      body_ += "}\n";
    }
    // A failure that no step of the phases before had.
    if (can_fail && !fails_ && *rc::gen::arbitrary<bool>()) {
      body_ += "verify { files.expect(\"/etc/none\", contains: \"x\") }\n";
      fails_ = true;
    }
  }

  static std::string Top() {
    return R"(
      step mark(path: Path) {
        phases   prepare, switch
        writes   file(path)
        reverses by compensation
        takes    1s
        timeout  30s
        do       ["/bin/mark", "set", path]
        undo     ["/bin/mark", "clear", path]
      }
      step fail(path: Path) {
        phases   prepare, switch
        writes   file(path)
        reverses by compensation
        takes    1s
        timeout  30s
        do       ["/bin/mark", "fail", path]
        undo     ["/bin/mark", "clear", path]
      })";
  }
  const std::string& body() const { return body_; }
  const Picture& after() const { return after_; }  // of a run that does not fail
  bool fails() const { return fails_; }

 private:
  void AddSequence(const std::vector<int>& paths, int depth) {
    int count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) {
      AddStatement(paths, depth);
    }
  }

  void AddStatement(const std::vector<int>& paths, int depth) {
    int kind = depth == 0 ? 0 : *rc::gen::inRange(0, 6);
    if (kind >= 3 && paths.size() > 1) {
      AddParallel(paths, depth);
    } else if (kind == 2) {
      // Deeper locks have names that sort after those around them.
      body_ += fmt::format("lock files.lock(\"/locks/{}{}\") within 20s hold 1h {{\n", 9 - depth,
                           *rc::gen::element('a', 'b'));
      AddSequence(paths, depth - 1);
      body_ += "}\n";
    } else if (kind == 1) {
      body_ += "block {\n";
      AddSequence(paths, depth - 1);
      body_ += "}\n";
    } else {
      AddStep(paths[*rc::gen::inRange<size_t>(0, paths.size())]);
    }
  }

  // Each branch has paths of its own.
  void AddParallel(const std::vector<int>& paths, int depth) {
    auto middle = paths.begin() +
                  *rc::gen::inRange<std::ptrdiff_t>(1, static_cast<std::ptrdiff_t>(paths.size()));
    body_ += "parallel {\n";
    for (const auto& branch :
         {std::vector<int>(paths.begin(), middle), std::vector<int>(middle, paths.end())}) {
      AddStatement(branch, depth - 1);
    }
    body_ += "}\n";
  }

  void AddStep(int number) {
    ++step_count_;
    if (step_count_ == failing_) {
      body_ += fmt::format("fail(\"/marks/{}\")\n", step_count_);
      fails_ = true;
      return;
    }
    const std::string path = PathOf(number);
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        body_ += fmt::format("files.remove(\"{}\")\n", path);
        after_[path] = "";
        return;
      case 1:
        body_ += fmt::format("files.link(\"{}\", to: \"/t{}\")\n", path, step_count_);
        after_[path] = fmt::format("link: /t{}", step_count_);
        return;
      case 2:
        body_ += fmt::format("files.install(\"payload/new\", to: \"{}\")\n", path);
        after_[path] = "file: new\n";
        return;
      case 3:
        body_ += fmt::format("files.install(\"payload/tree\", to: \"{}\")\n", path);
        after_[path] = "tree";
        return;
      default:
        body_ += fmt::format("mark(\"/marks/{}\")\n", step_count_);
        after_[fmt::format("/marks/{}", step_count_)] = "file: marked\n";
        return;
    }
  }

  std::string body_;
  Picture after_;
  int step_count_ = 0;
  int failing_ = -1;
  bool fails_ = false;
};

}  // namespace upgraph::test
