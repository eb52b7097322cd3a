#include "tests/crash/kill_points.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace upgraph::crash {
namespace {

constexpr const char* kStateFolder = "/var/lib/upgraph";
constexpr size_t kJournalWritesPerEffect = 2;  // one commit is several writes

bool IsHex(char c) { return std::isdigit(static_cast<unsigned char>(c)) || (c >= 'a' && c <= 'f'); }

// Run ids, digests and random names become "#", so that two runs give the same subjects. A name
// counts as one when it is a run of eight or more hexadecimal digits.
std::string Normalise(const std::string& text) {
  std::string normal;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && IsHex(text[end])) {
      ++end;
    }
    if (end - i >= 8) {
      normal += '#';
      i = end;
    } else if (end > i) {
      normal.append(text, i, end - i);
      i = end;
    } else {
      normal += text[i++];
    }
  }
  return normal;
}

void RemoveAll(std::string* text, const std::string& part) {
  for (size_t at = text->find(part); at != std::string::npos; at = text->find(part, at)) {
    text->erase(at, part.size());
  }
}

bool StartsCommand(const SystemCall& call, const std::string& name) {
  // A thread is a clone that shares memory and signals; those are no children.
  constexpr uint64_t kCloneThread = 0x00010000;
  return name == "fork" || name == "vfork" ||
         (name == "clone" && (call.arguments[0] & kCloneThread) == 0);
}

bool ChangesFiles(const std::string& name) {
  static const auto* const kNames = new std::set<std::string>{
      "write",    "pwrite64",  "ftruncate", "fchmod",      "fchown",    "fsetxattr",
      "setxattr", "lsetxattr", "unlink",    "unlinkat",    "rmdir",     "mkdir",
      "mkdirat",  "rename",    "renameat",  "renameat2",   "utimensat", "fchmodat",
      "fchownat", "symlinkat", "linkat",    "fremovexattr"};
  return kNames->count(name) != 0;
}

bool IsWaiting(const std::string& name) {
  return name == "futex" || name == "poll" || name == "mmap" || name == "munmap" ||
         name.rfind("syscall_", 0) == 0;
}

}  // namespace

std::string Point::Text() const {
  return name + (subject.empty() ? "" : " " + subject) + " #" + std::to_string(occurrence);
}

bool PointReader::Read(const SystemCall& call, Point* point) {
  std::string name = SystemCallName(call.number);
  if (IsWaiting(name)) {
    return false;
  }
  std::string subject = SystemCallSubject(call);
  bool is_on_host = subject.find(host_ + "/") != std::string::npos;
  bool starts_command = StartsCommand(call, name);
  if (!is_on_host && !starts_command && name != "wait4" && name != "waitid") {
    return false;
  }
  RemoveAll(&subject, host_);
  bool is_state = subject.find(kStateFolder) != std::string::npos;
  // An exchange of a staged object with its target names both: that is an effect.
  bool names_target = subject.rfind(kStateFolder, 0) != 0 ||
                      (subject.find(" -> ") != std::string::npos &&
                       subject.find(std::string(" -> ") + kStateFolder) == std::string::npos);
  *point = {name, Normalise(subject), 0, Role::kOther};
  if (starts_command || (ChangesFiles(name) && (!is_state || names_target))) {
    point->role = Role::kEffect;
  } else if (name == "pwrite64" && subject.find("/journal.db") != std::string::npos) {
    point->role = Role::kJournal;
  }
  point->occurrence = ++seen_[point->name + " " + point->subject];
  return true;
}

std::vector<Point> BetweenRecords(const std::vector<Point>& run) {
  // A journal is made in a folder that gets its name last: until then there is no run.
  auto is_journal = [](const Point& point) {
    return point.role == Role::kJournal && point.subject.find("/.tmp-") == std::string::npos;
  };
  auto first = std::find_if(run.begin(), run.end(), is_journal);
  auto last = std::find_if(run.rbegin(), run.rend(), is_journal);
  if (first == run.end()) {
    return {};
  }
  return {first, last.base()};
}

std::vector<Point> ChoosePoints(const std::vector<Point>& points, size_t count) {
  if (count == 0 || points.size() <= count) {
    return points;
  }
  std::vector<bool> is_chosen(points.size(), false);
  size_t chosen_count = 0;
  auto choose = [&](size_t index) {
    chosen_count += is_chosen[index] ? 0 : 1;
    is_chosen[index] = true;
  };
  for (size_t i = 0; i < points.size(); ++i) {
    if (points[i].role != Role::kEffect) {
      continue;
    }
    choose(i);
    size_t writes = 0;
    for (size_t j = i + 1; j < points.size() && writes < kJournalWritesPerEffect; ++j) {
      if (points[j].role == Role::kJournal) {
        choose(j);
        ++writes;
      }
    }
  }
  // Halving steps reach every region before any is dense.
  for (size_t stride = points.size(); stride >= 1 && chosen_count < count; stride /= 2) {
    for (size_t i = stride / 2; i < points.size() && chosen_count < count; i += stride) {
      choose(i);
    }
  }
  std::vector<Point> chosen;
  for (size_t i = 0; i < points.size(); ++i) {
    if (is_chosen[i]) {
      chosen.push_back(points[i]);
    }
  }
  return chosen;
}

}  // namespace upgraph::crash
