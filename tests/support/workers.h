#pragma once

// The worker processes of a campaign of trials, and its end.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <type_traits>
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

  // In a worker, at its end: what it found, in plain numbers. What the worker exits with.
  template <typename Figures>
  int Tell(const Figures& figures) const {
    static_assert(std::is_trivially_copyable_v<Figures>);
    return Write(&figures, sizeof figures) ? 0 : 1;
  }

  // Once, after Wait: what the workers told.
  template <typename Figures>
  std::vector<Figures> Told() {
    std::vector<Figures> told;
    for (Figures one; Read(&one, sizeof one);) {
      told.push_back(one);
    }
    return told;
  }

  // The exit codes in the order of Start, -1 for one that a signal ended. Prints what was counted
  // once a minute.
  std::vector<int> Wait();

 private:
  struct Shared;  // by all workers

  bool Write(const void* bytes, size_t size) const;
  bool Read(void* bytes, size_t size);
  void PrintProgress() const;

  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  const std::chrono::steady_clock::time_point end_;
  Shared* shared_ = nullptr;
  std::vector<pid_t> processes_;
  int told_[2] = {-1, -1};  // a pipe: its buffer holds the figures of hundreds of workers
};

}  // namespace upgraph
