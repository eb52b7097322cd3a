#include "tests/support/workers.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <new>
#include <thread>

#include "base/check.h"

namespace upgraph {

using std::chrono::steady_clock;

struct Workers::Shared {
  std::atomic<bool> is_asked = false;
  std::atomic<uint64_t> trials = 0;
  std::atomic<uint64_t> lost = 0;
};

namespace {

// A handler has nothing else to go by.
std::atomic<bool>* end_is_asked = nullptr;

void AskForEnd(int) { end_is_asked->store(true); }

}  // namespace

Workers::Workers(std::chrono::seconds time) : end_(begin_ + time) {
  void* memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  UPGRAPH_CHECK(memory != MAP_FAILED && end_is_asked == nullptr);
  shared_ = new (memory) Shared;
  UPGRAPH_CHECK(pipe2(told_, O_CLOEXEC) == 0);
  end_is_asked = &shared_->is_asked;
  struct sigaction ask {};
  ask.sa_handler = AskForEnd;
  ask.sa_flags = SA_RESTART;
  sigaction(SIGINT, &ask, nullptr);
  sigaction(SIGTERM, &ask, nullptr);
}

Workers::~Workers() {
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  end_is_asked = nullptr;
  munmap(shared_, sizeof(Shared));
  close(told_[0]);
  if (told_[1] >= 0) {
    close(told_[1]);
  }
}

void Workers::Start(const std::function<int()>& work) {
  std::fflush(nullptr);  // or the worker would print it as well
  const pid_t campaign = getpid();
  const pid_t process = fork();
  UPGRAPH_CHECK(process >= 0);
  if (process == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    UPGRAPH_CHECK(getppid() == campaign && setpgid(0, 0) == 0);
    const int code = work();
    std::fflush(nullptr);
    _exit(code);
  }
  processes_.push_back(process);
}

bool Workers::IsOver() const { return shared_->is_asked || steady_clock::now() > end_; }

void Workers::CountTrial() { ++shared_->trials; }

void Workers::CountLost() { ++shared_->lost; }

bool Workers::Write(const void* bytes, size_t size) const {
  return write(told_[1], bytes, size) == static_cast<ssize_t>(size);
}

bool Workers::Read(void* bytes, size_t size) {
  if (told_[1] >= 0) {  // else the end would never come
    close(told_[1]);
    told_[1] = -1;
  }
  return read(told_[0], bytes, size) == static_cast<ssize_t>(size);
}

std::vector<int> Workers::Wait() {
  std::vector<int> codes;
  auto next = begin_ + std::chrono::minutes(1);
  for (pid_t process : processes_) {
    int status = 0;
    while (waitpid(process, &status, WNOHANG) == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      if (steady_clock::now() > next) {
        PrintProgress();
        next += std::chrono::minutes(1);
      }
    }
    codes.push_back(WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  }
  processes_.clear();
  return codes;
}

void Workers::PrintProgress() const {
  const auto minutes =
      std::chrono::duration_cast<std::chrono::minutes>(steady_clock::now() - begin_);
  std::printf("%lld min: %llu trials, %llu lost\n", static_cast<long long>(minutes.count()),
              static_cast<unsigned long long>(shared_->trials),
              static_cast<unsigned long long>(shared_->lost));
  std::fflush(stdout);
}

}  // namespace upgraph
