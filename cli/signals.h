#pragma once

// Signals without handlers: they are blocked in all threads and read like a file, so nothing global
// is needed and nothing is interrupted half-way.

#include <atomic>
#include <initializer_list>
#include <thread>

#include "runtime/executor/run.h"

namespace upgraph::cli {

// Blocks the signals in this thread, and so in every thread that it starts later, for as long as
// the object lives. Made before any thread is started.
class SignalQueue {
 public:
  explicit SignalQueue(std::initializer_list<int> signals);
  ~SignalQueue();
  SignalQueue(const SignalQueue&) = delete;
  SignalQueue& operator=(const SignalQueue&) = delete;

  int fd() const { return fd_; }  // readable when a signal waits; -1: the system gave none
  int Take();                     // the next one that waits, or 0

 private:
  int fd_ = -1;
};

// Of a runner: SIGTERM and SIGINT ask it to turn back in order, a second one to stop at once.
// Hang-up and closed pipes mean nothing to it.
class StopSignals {
 public:
  // When the whole system is shutting down, the first SIGTERM already means to stop at once.
  // `announce` is called by the own thread of this object after each change; it may be empty.
  explicit StopSignals(void (*announce)(int level));
  ~StopSignals();

  const executor::StopRequest* stop() const { return &stop_; }
  // The same as a second SIGTERM. From any thread.
  void StopAtOnce() const;

 private:
  void Wait();

  SignalQueue signals_;
  void (*const announce_)(int level);
  executor::StopRequest stop_ = 0;
  int end_fd_ = -1;
  int at_once_fd_ = -1;
  std::thread thread_;
};

}  // namespace upgraph::cli
