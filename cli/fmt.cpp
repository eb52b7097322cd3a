#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/spec_files.h"
#include "cli/text_diff.h"
#include "cli/whole_file.h"
#include "compiler/diagnostics/renderer.h"
#include "compiler/driver/format_spec.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

// Enough to see what it is about; an editor or `fmt` itself shows the rest.
constexpr size_t kDiffLinesMax = 20;

enum class FileState { kFormatted, kChanged, kWouldChange, kWrong };

const char* FileStateName(FileState state) {
  switch (state) {
    case FileState::kFormatted:
      return "formatted";
    case FileState::kChanged:
      return "changed";
    case FileState::kWouldChange:
      return "would_change";
    case FileState::kWrong:
      return "wrong";
  }
  UPGRAPH_UNREACHABLE("file state");
}

// What became of all files; says it as it goes for people, at the end for machines.
class FmtReport {
 public:
  FmtReport(const Arguments& arguments, Console& console)
      : arguments_(arguments), console_(console) {}

  // The JSON object of the file, for what else there is to say.
  Json& Add(const std::string& path, FileState state, const driver::FormattedSpec& spec);
  void AddFailure(const std::string& path, executor::ExitCode code, const std::string& reason);
  int Finish();

 private:
  Json& AddJson(const std::string& path, FileState state);

  const Arguments& arguments_;
  Console& console_;
  size_t counts_[4] = {};
  size_t file_count_ = 0;
  executor::ExitCode code_ = executor::ExitCode::kDone;
  std::string reason_;  // of a failure: the first one
  Json files_ = Json::array();
};

Json& FmtReport::AddJson(const std::string& path, FileState state) {
  ++counts_[static_cast<size_t>(state)];
  ++file_count_;
  Json json = Json::object();
  json["path"] = path;
  json["state"] = FileStateName(state);
  json["diagnostics"] = Json::array();
  files_.push_back(std::move(json));
  return files_.back();
}

Json& FmtReport::Add(const std::string& path, FileState state, const driver::FormattedSpec& spec) {
  Json& json = AddJson(path, state);
  if (state == FileState::kWrong || state == FileState::kWouldChange) {
    code_ = std::max(code_, executor::ExitCode::kSpecWrong);
  }
  if (console_.is_json()) {
    Result<Json> list = ParseJson(diagnostics::RenderJson(spec.diagnostics, *spec.sources));
    UPGRAPH_CHECK(list.ok());
    json["diagnostics"] = (*list)["diagnostics"];
    return json;
  }
  const std::string name = package::Printable(path);
  if (state == FileState::kWrong) {
    console_.Err(diagnostics::RenderHuman(spec.diagnostics, *spec.sources, console_.use_color()));
  } else if (state == FileState::kChanged) {
    console_.Out("formatted " + name + "\n");
  } else if (state == FileState::kWouldChange) {
    console_.Out("would format " + name + "\n" +
                 LayoutDiff(spec.before, spec.after, kDiffLinesMax, console_.use_color()));
  }
  return json;
}

void FmtReport::AddFailure(const std::string& path, executor::ExitCode code,
                           const std::string& reason) {
  AddJson(path, FileState::kWrong)["reason"] = reason;
  code_ = std::max(code_, code);
  reason_ = reason_.empty() ? reason : reason_;
  if (!console_.is_json()) {
    console_.Err(fmt::format("{} {}\n", Paint(Color::kRed, "error:", console_.use_color()),
                             package::Printable(reason)));
  }
}

int FmtReport::Finish() {
  const auto count = [&](FileState state) { return counts_[static_cast<size_t>(state)]; };
  std::string summary = Count(file_count_, "file", "files");
  for (const auto& [state, text] : {std::pair(FileState::kChanged, "changed"),
                                    {FileState::kWouldChange, "would change"},
                                    {FileState::kWrong, "cannot be formatted"}}) {
    if (count(state) > 0) {
      summary += fmt::format(", {} {}", count(state), text);
    }
  }
  if (count(FileState::kFormatted) == file_count_) {
    summary += ", nothing to change";
  }
  if (!console_.is_json()) {
    console_.Err(summary + "\n");
    return static_cast<int>(code_);
  }
  Json json = EndingJson(CommandName(arguments_.command),
                         {code_, reason_.empty() ? summary : reason_, false, ""});
  json["files"] = std::move(files_);
  console_.Out(PrettyJson(json));
  return static_cast<int>(code_);
}

void FormatFile(const std::string& path, bool is_check, FmtReport* report) {
  const Result<driver::FormattedSpec> spec = driver::FormatSpec(path);
  if (!spec.ok()) {
    report->AddFailure(path, executor::ExitCode::kSpecWrong, spec.error().message);
  } else if (!spec->diagnostics.empty()) {
    report->Add(path, FileState::kWrong, *spec);
  } else if (spec->before == spec->after) {
    report->Add(path, FileState::kFormatted, *spec);
  } else if (is_check) {
    report->Add(path, FileState::kWouldChange, *spec);
  } else if (const Status written = RewriteFile(path, spec->after); !written.ok()) {
    report->AddFailure(path, executor::ExitCode::kRefused, written.error().message);
  } else {
    report->Add(path, FileState::kChanged, *spec);
  }
}

// Standard output gets the text, so that a program can put this in the place of its own; all else
// is said on standard error.
int FormatStandardInput(const Arguments& arguments, Console& console) {
  const auto fail = [&](const std::string& reason) {
    return Fail(console, arguments.command, {executor::ExitCode::kSpecWrong, reason, false, ""});
  };
  Result<std::string> text = ReadWhole(kStandardInput, kSourceFileBytesMax);
  if (!text.ok()) {
    return fail(text.error().message);
  }
  const Result<driver::FormattedSpec> spec =
      driver::FormatText(kStandardInputName, std::move(*text));
  if (!spec.ok()) {
    return fail(spec.error().message);
  }
  const bool is_written = !arguments.is_check && spec->diagnostics.empty();
  if (is_written && !console.is_json()) {
    console.Out(spec->after);
    return 0;
  }
  FileState state = arguments.is_check ? FileState::kWouldChange : FileState::kChanged;
  if (!spec->diagnostics.empty()) {
    state = FileState::kWrong;
  } else if (spec->before == spec->after) {
    state = FileState::kFormatted;
  }
  FmtReport report(arguments, console);
  Json& json = report.Add(kStandardInputName, state, *spec);
  if (is_written) {
    json["text"] = spec->after;
  }
  return report.Finish();
}

}  // namespace

int RunFmt(const Arguments& arguments, Console& console) {
  const std::vector<std::string>& names = arguments.inputs;
  if (names == std::vector<std::string>{kStandardInput}) {
    return FormatStandardInput(arguments, console);
  }
  if (std::find(names.begin(), names.end(), kStandardInput) != names.end()) {
    return Fail(console, arguments.command,
                {executor::ExitCode::kUsage, "`-` stands alone: its text goes to standard output",
                 false, ""});
  }
  const Result<std::vector<std::string>> paths = FindSpecs(names);
  if (!paths.ok()) {
    return Fail(console, arguments.command,
                {executor::ExitCode::kSpecWrong, paths.error().message, false, ""});
  }
  FmtReport report(arguments, console);
  for (const std::string& path : *paths) {
    FormatFile(path, arguments.is_check, &report);
  }
  return report.Finish();
}

}  // namespace upgraph::cli
