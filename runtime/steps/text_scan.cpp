#include "runtime/steps/text_scan.h"

#include <fmt/format.h>

namespace upgraph::steps {
namespace {

constexpr uint64_t kScannedBytesMax = 16 << 20;
constexpr size_t kBinaryProbeBytes = 8 << 10;
constexpr size_t kShownFindingsMax = 10;

Status ScanFile(const StepContext& context, const std::string& path,
                const std::function<void(const ScannedLine&)>& look) {
  UPGRAPH_ASSIGN(std::string text, context.env.files.Read(path, kScannedBytesMax));
  if (std::string_view(text).substr(0, kBinaryProbeBytes).find('\0') != std::string_view::npos) {
    return OkStatus();
  }
  size_t number = 1;
  for (size_t start = 0; start < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', start), text.size());
    look({path, number, std::string_view(text).substr(start, end - start)});
    start = end + 1;
  }
  return OkStatus();
}

}  // namespace

Status ScanLines(const StepContext& context, const std::string& path,
                 const std::function<void(const ScannedLine&)>& look) {
  // The order is that of a walk in byte order; a stack of names still to be seen, last first.
  std::vector<std::string> open = {path};
  while (!open.empty()) {
    const std::string next = std::move(open.back());
    open.pop_back();
    if (context.cancel.load() || context.env.clock.BootMs() >= context.deadline_boot_ms) {
      return Error{ErrorKind::kTimeout, fmt::format("looking through `{}` took too long", path)};
    }
    UPGRAPH_ASSIGN(env::FileStatus status, context.env.files.Stat(next));
    if (status.type == env::FileType::kDirectory) {
      UPGRAPH_ASSIGN(std::vector<std::string> names, context.env.files.List(next));
      for (auto name = names.rbegin(); name != names.rend(); ++name) {
        open.push_back((next == "/" ? "" : next) + "/" + *name);
      }
    } else if (status.type == env::FileType::kRegular && status.size_bytes <= kScannedBytesMax) {
      UPGRAPH_TRY(ScanFile(context, next, look));
    }
  }
  return OkStatus();
}

std::string ListFindings(const std::vector<std::string>& findings) {
  std::string text;
  for (size_t i = 0; i < findings.size() && i < kShownFindingsMax; ++i) {
    text += (i == 0 ? "" : "; ") + findings[i];
  }
  if (findings.size() > kShownFindingsMax) {
    text += fmt::format("; and {} more", findings.size() - kShownFindingsMax);
  }
  return text;
}

}  // namespace upgraph::steps
