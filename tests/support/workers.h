#pragma once

// The worker processes of a campaign of trials, and its end.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <vector>

namespace upgraph {

// One object in a program, made before it has threads. Each worker is a process group of its own,
// so that Ctrl-C reaches the campaign and disturbs no trial.
class Workers {
 public:
  // No trial begins after `time`. SIGINT and SIGTERM bring that moment forward: a person has seen
  // enough, and what was found until then is told as at any other end.
  explicit Workers(std::chrono::seconds time);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Forks; the worker exits with what `work` returns, and dies with the campaign.
  void Start(const std::function<int()>& work);

  // In a worker: whether no more trials are to begin.
  bool IsOver() const;

  // In a worker: a trial came to its end; one lost something.
  void CountTrial();
  void CountLost();

  // The exit codes in the order of Start, -1 for one that a signal ended. Prints what was counted
  // once a minute.
  std::vector<int> Wait();

 private:
  struct Shared;  // by all workers

  void PrintProgress() const;

  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  const std::chrono::steady_clock::time_point end_;
  Shared* shared_ = nullptr;
  std::vector<pid_t> processes_;
};

}  // namespace upgraph
