#include "tests/blocks/machine.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "base/check.h"

namespace upgraph::blocks {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kDeviceBytes = 320ull << 20;  // xfs takes no less than 300 MiB
constexpr size_t kChunkBytes = 64 << 10;
constexpr uint64_t kGapBytesMax = 64 << 10;

// What lies in the holes of the file is not read.
disk::Content ReadDevice(const std::string& path) {
  disk::Content content;
  content.Truncate(kDeviceBytes);
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  UPGRAPH_CHECK(file >= 0);
  std::string chunk(kChunkBytes, '\0');
  const std::string zeros(disk::kPageBytes, '\0');
  for (off_t at = 0; (at = lseek(file, at, SEEK_DATA)) >= 0;) {
    at -= at % static_cast<off_t>(disk::kPageBytes);
    const ssize_t count = pread(file, chunk.data(), kChunkBytes, at);
    UPGRAPH_CHECK(count > 0 && static_cast<size_t>(count) % disk::kPageBytes == 0);
    for (size_t i = 0; i < static_cast<size_t>(count); i += disk::kPageBytes) {
      const std::string_view page = std::string_view(chunk).substr(i, disk::kPageBytes);
      if (page != zeros) {
        content.Write(static_cast<uint64_t>(at) + i, page);
      }
    }
    at += count;
  }
  close(file);
  return content;
}

// What was ever written, in pieces of which each costs one answer.
std::vector<Range> WrittenRanges(const disk::Content& content) {
  std::vector<Range> ranges;
  for (uint64_t page = 0; page < content.size() / disk::kPageBytes; ++page) {
    const uint64_t at = page * disk::kPageBytes;
    if (content.IsHole(page)) {
      continue;
    }
    if (!ranges.empty() && at - ranges.back().first - ranges.back().second <= kGapBytesMax) {
      ranges.back().second = at + disk::kPageBytes - ranges.back().first;
    } else {
      ranges.emplace_back(at, disk::kPageBytes);
    }
  }
  return ranges;
}

}  // namespace

const std::vector<FileSystem>& FileSystems() {
  // Small, and made whole at once: nothing is written later that no run wrote.
  static const auto* const kAll = [] {
    const std::vector<std::string> ext4 = {"/sbin/mkfs.ext4", "-q", "-F", "-E",
                                           "lazy_itable_init=0,lazy_journal_init=0,nodiscard"};
    return new std::vector<FileSystem>{
        {"ext4", "ext4", "", ext4, "64M"},
        {"ext4 data=writeback", "ext4", "data=writeback", ext4, "64M"},
        {"xfs", "xfs", "", {"/sbin/mkfs.xfs", "-q", "-K", "-f"}, ""},
        {"btrfs", "btrfs", "", {"/sbin/mkfs.btrfs", "-q", "-K", "-f", "-M", "-b", "128M"}, ""}};
  }();
  return *kAll;
}

std::unique_ptr<Machine> Machine::Make(const Tools& tools, std::string* reason) {
  std::unique_ptr<Machine> machine(new Machine(tools));
  const std::string folder = tools.work + "/device";
  fs::create_directories(folder);
  int told[2];
  UPGRAPH_CHECK(pipe2(told, O_CLOEXEC) == 0);
  UPGRAPH_CHECK(fcntl(told[0], F_SETFL, O_NONBLOCK) == 0);
  machine->operator_ = std::make_unique<Operator>(folder + "/" + BlockServer::kFileName, tools.work,
                                                  told[1], tools.snapshot);
  close(told[1]);
  machine->device_ = BlockServer::Mount(folder, kDeviceBytes, told[0], reason);
  if (machine->device_ == nullptr) {
    return nullptr;
  }
  machine->operator_->told_reader = told[0];
  machine->operator_->when_told = [device = machine->device_.get()] { device->ReadTold(); };
  return machine;
}

std::string Machine::WhyMissing(const FileSystem& file_system) const {
  if (access(file_system.make[0].c_str(), X_OK) != 0) {
    return file_system.make[0] + " is not there";
  }
  // Where it is a module, this may be the first that asks for it.
  (void)crash::RunProgram({"/sbin/modprobe", "-q", file_system.type},
                          tools_.work + "/modprobe.log");
  const std::string known = crash::ReadFile("/proc/filesystems");
  return known.find("\t" + file_system.type + "\n") != std::string::npos
             ? ""
             : "the kernel does not know it";
}

bool Machine::MakeDisk(const FileSystem& file_system, disk::Content* content, std::string* reason) {
  const std::string path = tools_.work + "/blank";
  std::ofstream(path).close();
  fs::resize_file(path, kDeviceBytes);
  std::vector<std::string> make = file_system.make;
  make.push_back(path);
  if (!file_system.size.empty()) {
    make.push_back(file_system.size);
  }
  if (operator_->Run(make) != 0) {
    *reason = make[0] + ": " + said();
    return false;
  }
  device_->Insert(ReadDevice(path));
  fs::remove(path);
  if (*reason = Mount(file_system); !reason->empty()) {
    return false;
  }
  if (operator_->Run({"/bin/bash", tools_.make_host, host()}) != 0) {
    *reason = said();
    (void)Unmount();
    return false;
  }
  *reason = Unmount();
  *content = device_->content();
  return reason->empty();
}

std::string Machine::Mount(const FileSystem& file_system) {
  std::vector<Range> ranges;
  if (file_system.type == "ext4") {
    ranges = WrittenRanges(device_->content());
  }
  return operator_->Mount(file_system.type, file_system.options, ranges);
}

int Machine::Do(const std::string& verb, const std::string& package) {
  std::vector<std::string> arguments = {tools_.upgraph, verb};
  if (verb == "apply") {
    arguments.push_back(package);
  }
  arguments.insert(arguments.end(),
                   {"--root", host(), "--yes", "--foreground", "--format", "json"});
  return operator_->Run(arguments);
}

}  // namespace upgraph::blocks
