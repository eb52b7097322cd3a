#pragma once

// Which system calls of a run a kill test stops before. A point is told by what the call does and
// to what (name, subject, how many alike came before it in this run), not by its number: runs with
// several workers order their calls differently each time, but make the same ones.

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/crash/tracer.h"

namespace upgraph::crash {

enum class Role {
  kOther,
  kEffect,   // changes the host, or starts a command that does
  kJournal,  // writes the journal
};

struct Point {
  std::string name;     // "renameat2"
  std::string subject;  // normalised: below the host, run ids and random names replaced
  size_t occurrence = 0;
  Role role = Role::kOther;

  std::string Text() const;  // renameat2 /etc/dten/dten.ini #2
  friend bool operator==(const Point&, const Point&) = default;
};

// Turns the calls of one run into points, in the order in which they come.
class PointReader {
 public:
  // `host` is the root of the tree that the run acts on, without a slash at the end.
  explicit PointReader(std::string host) : host_(std::move(host)) {}

  // The point of `call`, or false when it is not one: waiting, memory, what touches nothing.
  bool Read(const SystemCall& call, Point* point);

 private:
  std::string host_;
  std::unordered_map<std::string, size_t> seen_;
};

// Every point from the first to the last record in the journal.
std::vector<Point> BetweenRecords(const std::vector<Point>& run);

// About `count` of them: every effect, the first journal writes after each effect, and for the rest
// evenly spread ones. All of them when `count` is 0 or there are fewer.
std::vector<Point> ChoosePoints(const std::vector<Point>& points, size_t count);

}  // namespace upgraph::crash
