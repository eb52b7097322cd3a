#include "tests/crash/host_state.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "base/check.h"

namespace upgraph::crash {
namespace {

namespace fs = std::filesystem;

std::string WithoutTime(const std::string& line) {
  std::string result;
  std::istringstream fields(line);
  int index = 0;
  for (std::string field; fields >> field; ++index) {
    result += index == 4 ? "" : field + " ";
  }
  return result;
}

}  // namespace

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

int OpenLog(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

void TakeStreams(int output, int errors) {
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0) {
    _exit(126);
  }
}

void Exec(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  _exit(127);
}

int ExitCodeOf(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int RunProgram(const std::vector<std::string>& arguments, const std::string& log_path) {
  pid_t child = fork();
  UPGRAPH_CHECK(child >= 0);
  if (child == 0) {
    const int log = OpenLog(log_path);
    TakeStreams(log, log);
    Exec(arguments);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return ExitCodeOf(status);
}

Snapshots::Snapshots(const std::string& script) {
  int to_script[2];
  int from_script[2];
  UPGRAPH_CHECK(pipe2(to_script, O_CLOEXEC) == 0 && pipe2(from_script, O_CLOEXEC) == 0);
  process_ = fork();
  UPGRAPH_CHECK(process_ >= 0);
  if (process_ == 0) {
    dup2(to_script[0], 0);
    dup2(from_script[1], 1);
    execl("/usr/bin/python3", "python3", "-B", script.c_str(), "serve", nullptr);
    _exit(127);
  }
  close(to_script[0]);
  close(from_script[1]);
  requests_ = fdopen(to_script[1], "w");
  answers_ = fdopen(from_script[0], "r");
  UPGRAPH_CHECK(requests_ != nullptr && answers_ != nullptr);
}

Snapshots::~Snapshots() {
  std::fclose(requests_);
  std::fclose(answers_);
  waitpid(process_, nullptr, 0);
}

Snapshot Snapshots::Take(const std::string& host, bool is_forward) {
  std::fprintf(requests_, "%s %s\n", is_forward ? "without-markers" : "whole", host.c_str());
  std::fflush(requests_);
  Snapshot snapshot;
  char* text = nullptr;
  size_t capacity = 0;
  while (true) {
    ssize_t size = getline(&text, &capacity, answers_);
    UPGRAPH_CHECK(size > 0);  // the script says on stderr why it ended
    std::string line(text, static_cast<size_t>(size) - 1);
    if (line.empty()) {
      break;
    }
    size_t space = line.find(' ');
    snapshot[line.substr(0, space)] = line.substr(space + 1);
  }
  std::free(text);
  return snapshot;
}

std::string Difference(const Snapshot& wanted, const Snapshot& found, const Snapshot& old_host) {
  for (const auto& [path, line] : wanted) {
    auto other = found.find(path);
    if (other == found.end()) {
      return path + " is missing";
    }
    auto old = old_host.find(path);
    bool is_changed = old == old_host.end() || old->second != line;
    bool is_equal =
        is_changed ? WithoutTime(line) == WithoutTime(other->second) : line == other->second;
    if (!is_equal) {
      return path + " is `" + other->second + "`, not `" + line + "`";
    }
  }
  for (const auto& [path, line] : found) {
    if (wanted.count(path) == 0) {
      return path + " is too many";
    }
  }
  return "";
}

std::string FindStray(const std::string& host) {
  for (const auto& process : fs::directory_iterator("/proc")) {
    std::error_code ignored;
    for (const char* part : {"cwd", "root", "exe"}) {
      fs::path target = fs::read_symlink(process.path() / part, ignored);
      if (target.string().rfind(host + "/", 0) == 0) {
        return process.path().string() + " uses " + target.string();
      }
    }
    for (const auto& descriptor : fs::directory_iterator(process.path() / "fd", ignored)) {
      fs::path target = fs::read_symlink(descriptor.path(), ignored);
      if (target.string().rfind(host + "/", 0) == 0) {
        return process.path().string() + " (" + ReadFile(process.path() / "comm") + ") holds " +
               target.string();
      }
    }
  }
  return "";
}

}  // namespace upgraph::crash
