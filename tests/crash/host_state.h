#pragma once

// What a host is like, and running programs on it: what the kill tests share.

#include <sys/types.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace upgraph::crash {

std::string ReadFile(const std::filesystem::path& path);

// Of a child that becomes a program: it has no input, and what it says goes to descriptors that are
// open.
void TakeStreams(int output, int errors);
[[noreturn]] void Exec(const std::vector<std::string>& arguments);
// Opened anew, empty, for what a program says.
int OpenLog(const std::string& path);
// As RunProgram tells how a program ended, of what waitpid() says.
int ExitCodeOf(int status);

// Runs a program with its output in a file; its exit code, or 128 and the signal that ended it.
int RunProgram(const std::vector<std::string>& arguments, const std::string& log_path);

// Path of each object to the rest of its line in the snapshot.
using Snapshot = std::map<std::string, std::string>;

// Takes snapshots with host_snapshot.py, which is started once. Not shared by processes.
class Snapshots {
 public:
  explicit Snapshots(const std::string& script);
  ~Snapshots();
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;

  // `is_forward`: without the rows that mark a migration; they bear the run's id.
  Snapshot Take(const std::string& host, bool is_forward);

 private:
  pid_t process_ = -1;
  FILE* requests_ = nullptr;
  FILE* answers_ = nullptr;
};

// Empty when equal. What the run itself changed (it differs between `old_host` and `wanted`) has
// times of its own in every run; they are not compared.
std::string Difference(const Snapshot& wanted, const Snapshot& found, const Snapshot& old_host);

// Processes that have a file or folder of the host open, or stand in it; empty: none.
std::string FindStray(const std::string& host);

}  // namespace upgraph::crash
