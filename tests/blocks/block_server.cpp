#define FUSE_USE_VERSION 314
#include "tests/blocks/block_server.h"

#include <fuse3/fuse_lowlevel.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/check.h"
#include "tests/blocks/operator.h"

namespace upgraph::blocks {
namespace {

constexpr fuse_ino_t kDeviceIno = 2;

BlockServer& ServerOf(fuse_req_t request) {
  return *static_cast<BlockServer*>(fuse_req_userdata(request));
}

struct stat AttributesOf(fuse_req_t request, fuse_ino_t ino) {
  struct stat status {};
  status.st_ino = ino;
  status.st_mode = ino == kDeviceIno ? S_IFREG | 0600 : S_IFDIR | 0700;
  status.st_nlink = 1;
  status.st_size = ino == kDeviceIno ? static_cast<off_t>(ServerOf(request).size()) : 0;
  return status;
}

void LookUp(fuse_req_t request, fuse_ino_t parent, const char* name) {
  if (parent != FUSE_ROOT_ID || std::strcmp(name, BlockServer::kFileName) != 0) {
    fuse_reply_err(request, ENOENT);
    return;
  }
  fuse_entry_param entry{};
  entry.ino = kDeviceIno;
  entry.attr = AttributesOf(request, kDeviceIno);
  fuse_reply_entry(request, &entry);
}

void GetAttributes(fuse_req_t request, fuse_ino_t ino, fuse_file_info*) {
  struct stat status = AttributesOf(request, ino);
  fuse_reply_attr(request, &status, 0);
}

void Open(fuse_req_t request, fuse_ino_t, fuse_file_info* file) {
  // Nothing between the loop device and us may keep or gather anything.
  file->direct_io = 1;
  fuse_reply_open(request, file);
}

void ReadDevice(fuse_req_t request, fuse_ino_t, size_t count, off_t offset, fuse_file_info*) {
  const std::string bytes = ServerOf(request).Read(static_cast<uint64_t>(offset), count);
  fuse_reply_buf(request, bytes.data(), bytes.size());
}

void WriteDevice(fuse_req_t request, fuse_ino_t, const char* bytes, size_t count, off_t offset,
                 fuse_file_info*) {
  BlockServer& server = ServerOf(request);
  if (static_cast<uint64_t>(offset) + count > server.size()) {
    fuse_reply_err(request, ENOSPC);
    return;
  }
  server.Write(static_cast<uint64_t>(offset), std::string_view(bytes, count));
  fuse_reply_write(request, count);
}

void SyncDevice(fuse_req_t request, fuse_ino_t, int, fuse_file_info*) {
  ServerOf(request).Flush();
  fuse_reply_err(request, 0);
}

fuse_lowlevel_ops Operations() {
  fuse_lowlevel_ops operations{};
  operations.lookup = LookUp;
  operations.getattr = GetAttributes;
  operations.open = Open;
  operations.read = ReadDevice;
  operations.write = WriteDevice;
  operations.fsync = SyncDevice;
  return operations;
}

}  // namespace

std::unique_ptr<BlockServer> BlockServer::Mount(const std::string& folder, uint64_t size,
                                                int told_fd, std::string* reason) {
  std::unique_ptr<BlockServer> server(new BlockServer(folder, size, told_fd));
  server->content_.Truncate(size);
  std::vector<std::string> words = {"blocks", "-o", "fsname=upgraph-blocks"};
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  fuse_args arguments = FUSE_ARGS_INIT(static_cast<int>(argv.size()), argv.data());
  const fuse_lowlevel_ops operations = Operations();
  server->session_ = fuse_session_new(&arguments, &operations, sizeof operations, server.get());
  fuse_opt_free_args(&arguments);
  if (server->session_ == nullptr || fuse_session_mount(server->session_, folder.c_str()) != 0) {
    *reason = std::string("no FUSE at ") + folder + ": " + std::strerror(errno);
    return nullptr;
  }
  server->thread_ = std::thread([raw = server.get()] {
    ComeFirst();
    fuse_session_loop(raw->session_);
  });
  return server;
}

BlockServer::~BlockServer() {
  if (session_ == nullptr) {
    return;
  }
  // Its thread ends with the mount; only then its descriptor may go.
  (void)umount2(folder_.c_str(), MNT_DETACH);
  if (thread_.joinable()) {
    thread_.join();
  }
  fuse_session_unmount(session_);
  fuse_session_destroy(session_);
}

void BlockServer::Insert(disk::Content content) {
  std::lock_guard lock(mutex_);
  UPGRAPH_CHECK(content.size() == size_);
  content_ = std::move(content);
}

disk::Content BlockServer::content() {
  std::lock_guard lock(mutex_);
  return content_;
}

void BlockServer::Begin(const Told& told) {
  std::lock_guard lock(mutex_);
  told_ = told;
}

void BlockServer::StartLog() {
  std::lock_guard lock(mutex_);
  log_.emplace(content_);
  log_->Tell(told_);
}

uint64_t BlockServer::operation_count() {
  std::lock_guard lock(mutex_);
  return log_ ? log_->size() : 0;
}

BlockLog BlockServer::TakeLog() {
  std::lock_guard lock(mutex_);
  UPGRAPH_CHECK(log_.has_value());
  BlockLog log = std::move(*log_);
  log_.reset();
  kill_in_ = 0;
  return log;
}

void BlockServer::AskBack() {
  std::lock_guard lock(mutex_);
  told_.is_back_asked = true;
  if (log_) {
    log_->Tell(told_);
  }
}

void BlockServer::KillAfter(uint64_t count) {
  std::lock_guard lock(mutex_);
  kill_in_ = count;
}

Told BlockServer::told() {
  std::lock_guard lock(mutex_);
  return told_;
}

std::string BlockServer::last_end() {
  std::lock_guard lock(mutex_);
  return end_;
}

void BlockServer::ReadTold() {
  std::lock_guard lock(mutex_);
  ReadToldLocked();
}

void BlockServer::ReadToldLocked() {
  char bytes[4096];
  for (ssize_t count = 0; (count = read(told_fd_, bytes, sizeof bytes)) > 0;) {
    for (ssize_t i = 0; i < count; ++i) {
      if (bytes[i] != '\n') {
        line_ += bytes[i];
        continue;
      }
      HearLine(line_);
      line_.clear();
    }
  }
}

void BlockServer::HearLine(const std::string& line) {
  auto is_event = [&](const char* name) {
    return line.rfind(std::string("{\"event\":\"") + name + "\"", 0) == 0;
  };
  if (line.rfind("pid ", 0) == 0) {
    program_ = static_cast<pid_t>(std::stol(line.substr(4)));
    end_.clear();
  } else if (is_event("final")) {
    end_ = line;
  } else if (is_event("run-opened") || is_event("turning-back")) {
    told_.is_opened = true;
    told_.is_turning_back = told_.is_turning_back || is_event("turning-back");
    if (log_) {
      log_->Tell(told_);
    }
  }
}

void BlockServer::BeforeOperation() {
  ReadToldLocked();
  if (kill_in_ > 0 && --kill_in_ == 0 && program_ > 0) {
    kill(program_, SIGKILL);
  }
}

std::string BlockServer::Read(uint64_t offset, uint64_t count) {
  std::lock_guard lock(mutex_);
  return content_.Read(offset, count);
}

void BlockServer::Write(uint64_t offset, std::string_view bytes) {
  std::lock_guard lock(mutex_);
  BeforeOperation();
  content_.Write(offset, bytes);
  if (log_) {
    log_->Write(offset, bytes);
  }
}

void BlockServer::Flush() {
  std::lock_guard lock(mutex_);
  BeforeOperation();
  if (log_) {
    log_->Flush();
  }
}

}  // namespace upgraph::blocks
