#include "cli/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/json.h"
#include "cli/logind_inhibitor.h"
#include "cli/run_folder.h"
#include "cli/signals.h"
#include "runtime/env/files.h"
#include "runtime/env/process.h"
#include "runtime/executor/boot_unit.h"
#include "runtime/executor/tick_timer.h"
#include "runtime/package/archive_reader.h"
#include "runtime/package/extract_policy.h"
#include "runtime/package/signature.h"

namespace upgraph::cli {
namespace {

constexpr const char* kSessionsFolder = "/run/upgraph";
constexpr const char* kRequestFile = "request.json";
constexpr const char* kPackageFile = "package.zip";
constexpr const char* kChannelFile = "channel.jsonl";
constexpr uint64_t kRequestBytesMax = 16 << 20;
constexpr int64_t kServiceStartMsMax = 30'000;

executor::Outcome Execute(RunnerRequest request, const executor::RunOptions& options) {
  switch (request.command) {
    case CommandKind::kApply:
      return executor::Apply(options, *std::move(request.package));
    case CommandKind::kResume:
      return executor::Resume(options);
    case CommandKind::kRollback:
      return executor::Rollback(options);
    case CommandKind::kResolve:
      return executor::Settle(options, request.settlement);
    case CommandKind::kTick:
      return executor::Tick(options);
    case CommandKind::kRecover:
      return executor::Recover(options);
    case CommandKind::kCheck:
    case CommandKind::kPlan:
    case CommandKind::kPack:
    case CommandKind::kSign:
    case CommandKind::kVerify:
    case CommandKind::kApprove:
    case CommandKind::kStatus:
    case CommandKind::kHistory:
    case CommandKind::kReport:
    case CommandKind::kRunbook:
    case CommandKind::kGraph:
    case CommandKind::kMatrix:
    case CommandKind::kPaths:
    case CommandKind::kDocs:
    case CommandKind::kExplain:
    case CommandKind::kFmt:
    case CommandKind::kTest:
    case CommandKind::kRunner:
      break;
  }
  UPGRAPH_UNREACHABLE("no command of a runner");
}

// The child's side of a fork: nothing of the terminal or of the caller is kept.
[[noreturn]] void BecomeRunner(RunnerRequest request, int channel_fd, int log_fd) {
  setsid();
  // A Ctrl-C that reached the group before the new session was for the watcher: it is forgotten.
  // The caller has it blocked, and so it stays until CarryRun listens.
  signal(SIGINT, SIG_IGN);
  signal(SIGINT, SIG_DFL);
  (void)!chdir("/");
  const int null_fd = open("/dev/null", O_RDONLY);
  dup2(null_fd, STDIN_FILENO);
  dup2(log_fd, STDOUT_FILENO);
  dup2(log_fd, STDERR_FILENO);
  // Whatever else the caller had open would be held open for as long as the run lasts.
  const int channel = fcntl(channel_fd, F_DUPFD_CLOEXEC, 100);
  const int log = fcntl(log_fd, F_DUPFD_CLOEXEC, 100);
  const int first = std::min(channel, log);
  const int last = std::max(channel, log);
  syscall(SYS_close_range, 3, first - 1, 0);
  syscall(SYS_close_range, first + 1, last - 1, 0);
  syscall(SYS_close_range, last + 1, ~0u, 0);
  int code = 0;
  {
    EventWriter events({request.root, channel, log, nullptr});
    code = static_cast<int>(CarryRun(std::move(request), events, nullptr).exit_code);
  }
  _exit(code);
}

Result<StartedRunner> StartProcess(RunnerRequest request) {
  StartedRunner runner;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return SystemError(errno, "cannot start the runner");
  }
  runner.log_fd = memfd_create("upgraph-log", MFD_CLOEXEC);
  runner.channel_fd = ends[0];
  const pid_t pid = runner.log_fd < 0 ? -1 : fork();
  if (pid < 0) {
    const int error = errno;
    close(ends[0]);
    close(ends[1]);
    if (runner.log_fd >= 0) {
      close(runner.log_fd);
    }
    return SystemError(error, "cannot start the runner");
  }
  if (pid == 0) {
    BecomeRunner(std::move(request), ends[1], runner.log_fd);
  }
  close(ends[1]);
  fcntl(runner.channel_fd, F_SETFL, O_NONBLOCK);
  runner.child_pid = pid;
  return runner;
}

std::string RequestText(const RunnerRequest& request) {
  Json json = Json::object();
  json["command"] = CommandName(request.command);
  json["root"] = request.root;
  json["jobs"] = request.jobs;
  json["person_asked"] = request.person_asked;
  json["target"] = request.target;
  json["window_begin_ms"] = request.window_begin_wall_ms;
  json["until_prepare"] = request.until_prepare;
  json["accepts_not_durable"] = request.accepts_not_durable;
  json["may_reboot"] = request.may_reboot;
  json["approvals"] = Json::array();
  for (const executor::Approval& approval : request.approvals) {
    json["approvals"].push_back({{"role", approval.role}, {"by", approval.by}});
  }
  json["signed_approvals"] = Json::array();
  for (const executor::SignedApproval& approval : request.signed_approvals) {
    json["signed_approvals"].push_back(
        {{"text", approval.text}, {"signature", approval.signature}});
  }
  return PrettyJson(json);
}

bool HasText(const Json& json, const char* name) {
  return json.is_object() && json.contains(name) && json[name].is_string();
}

Result<RunnerRequest> ParseRequest(std::string_view text) {
  const Error wrong{ErrorKind::kInvalid, "the request of the runner cannot be read"};
  UPGRAPH_ASSIGN(const Json json, ParseJson(text));
  RunnerRequest request;
  if (!json.is_object() || !json.contains("command") || !json["command"].is_string() ||
      !json.contains("root") || !json["root"].is_string() || !json.contains("jobs") ||
      !json["jobs"].is_number_integer() || !json.contains("person_asked") ||
      !json["person_asked"].is_boolean() || !json.contains("target") ||
      !json["target"].is_string() || !json.contains("window_begin_ms") ||
      !json["window_begin_ms"].is_number_integer() || !json.contains("until_prepare") ||
      !json["until_prepare"].is_boolean() || !json.contains("accepts_not_durable") ||
      !json["accepts_not_durable"].is_boolean() || !json.contains("may_reboot") ||
      !json["may_reboot"].is_boolean() || !json.contains("approvals") ||
      !json["approvals"].is_array() || !json.contains("signed_approvals") ||
      !json["signed_approvals"].is_array()) {
    return wrong;
  }
  for (const Json& approval : json["approvals"]) {
    if (!HasText(approval, "role") || !HasText(approval, "by")) {
      return wrong;
    }
    request.approvals.push_back(
        {approval["role"].get<std::string>(), approval["by"].get<std::string>()});
  }
  for (const Json& approval : json["signed_approvals"]) {
    if (!HasText(approval, "text") || !HasText(approval, "signature")) {
      return wrong;
    }
    request.signed_approvals.push_back(
        {approval["text"].get<std::string>(), approval["signature"].get<std::string>()});
  }
  bool is_known = false;
  for (const CommandKind kind :
       {CommandKind::kApply, CommandKind::kResume, CommandKind::kRollback}) {
    if (json["command"].get<std::string>() == CommandName(kind)) {
      request.command = kind;
      is_known = true;
    }
  }
  request.root = json["root"].get<std::string>();
  request.jobs = json["jobs"].get<int>();
  request.person_asked = json["person_asked"].get<bool>();
  request.target = json["target"].get<std::string>();
  request.window_begin_wall_ms = json["window_begin_ms"].get<int64_t>();
  request.until_prepare = json["until_prepare"].get<bool>();
  request.accepts_not_durable = json["accepts_not_durable"].get<bool>();
  request.may_reboot = json["may_reboot"].get<bool>();
  if (!is_known || request.jobs < 1 || request.jobs > executor::kJobsMax) {
    return wrong;
  }
  return request;
}

// The folder of one start, root-only, in memory; the service empties it.
Result<std::string> MakeSession(const RunnerRequest& request) {
  if (mkdir(kSessionsFolder, 0700) != 0 && errno != EEXIST) {
    return SystemError(errno, kSessionsFolder);
  }
  std::string folder = std::string(kSessionsFolder) + "/session-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    return SystemError(errno, folder);
  }
  UPGRAPH_ASSIGN(const std::unique_ptr<env::Files> files, env::OpenFiles(folder));
  UPGRAPH_TRY(files->WriteNew(std::string("/") + kRequestFile, RequestText(request), 0600));
  if (request.package.has_value()) {
    UPGRAPH_TRY(
        package::WriteNewPackage(*files, std::string("/") + kPackageFile, *request.package, 0600));
  }
  UPGRAPH_TRY(files->WriteNew(std::string("/") + kChannelFile, "", 0600));
  return folder;
}

void RemoveSession(const std::string& folder) {
  for (const char* name : {kRequestFile, kPackageFile, kChannelFile}) {
    unlink((folder + "/" + name).c_str());
  }
  rmdir(folder.c_str());
}

Result<std::string> ProgramPath() {
  char program[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", program, sizeof(program));
  if (size <= 0) {
    return SystemError(errno, "/proc/self/exe");
  }
  return std::string(program, static_cast<size_t>(size));
}

Result<StartedRunner> StartServiceIn(const std::string& folder) {
  StartedRunner runner;
  runner.channel_fd =
      open((folder + "/" + kChannelFile).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (runner.channel_fd < 0) {
    return SystemError(errno, folder);
  }
  const Result<std::string> program = ProgramPath();
  if (!program.ok()) {
    close(runner.channel_fd);
    return program.error();
  }
  runner.unit = "upgraph-run-" + ToHex(RandomBytes(4)) + ".service";
  env::Command command;
  // KillMode=mixed: a stop asks the runner alone, which turns back and ends its steps itself.
  command.arguments = {"systemd-run",
                       "--quiet",
                       "--collect",
                       "--unit=" + runner.unit,
                       "--description=Upgraph run",
                       "--property=Type=exec",
                       "--property=KillMode=mixed",
                       "--property=TimeoutStopSec=infinity",
                       "--property=OOMScoreAdjust=-900",
                       "--",
                       *program,
                       CommandName(CommandKind::kRunner),
                       "--session",
                       folder};
  command.timeout_ms = kServiceStartMsMax;
  const Result<env::CommandResult> result = env::SystemProcesses().Run(command);
  if (result.ok() && result->exit_code == 0 && result->signal == 0) {
    return runner;
  }
  close(runner.channel_fd);
  return Error{ErrorKind::kFailed,
               fmt::format("systemd did not start the runner: {}",
                           result.ok() ? result->output : result.error().message)};
}

Result<StartedRunner> StartService(const RunnerRequest& request) {
  UPGRAPH_ASSIGN(const std::string folder, MakeSession(request));
  Result<StartedRunner> runner = StartServiceIn(folder);
  if (!runner.ok()) {
    RemoveSession(folder);
  }
  return runner;
}

bool HasSystemd() { return access("/run/systemd/system", F_OK) == 0 && geteuid() == 0; }

// The units of this system for the run, where a systemd boots it.
class SystemUnits {
 public:
  explicit SystemUnits(const RunnerRequest& request) {
    Result<std::unique_ptr<env::Files>> files = env::OpenFiles("/");
    const Result<std::string> program = ProgramPath();
    if (!HasSystemd() || !files.ok() || !program.ok()) {
      return;
    }
    files_ = std::move(*files);
    const bool is_run = request.command == CommandKind::kApply ||
                        request.command == CommandKind::kResume ||
                        request.command == CommandKind::kRollback;
    const RunnerKind kind = request.is_service ? RunnerKind::kService : RunnerKind::kProcess;
    const bool installs = is_run && IsRecoveredAtBoot(kind, request.root);
    boot_unit_.emplace(*files_, env::SystemProcesses(),
                       executor::BootUnitOptions{request.root, *program, installs,
                                                 request.root == "/" || request.may_reboot});
    // A boot that goes on with a run that had its unit goes on with what comes later.
    const bool recovers = request.command == CommandKind::kRecover && boot_unit_->IsThere();
    tick_timer_.emplace(*files_, env::SystemProcesses(), request.root, *program,
                        installs || recovers);
  }
  // A unit of this system has to do with the run, or will.
  bool concern_run() const {
    return boot_unit_.has_value() &&
           (boot_unit_->installs() || boot_unit_->IsThere() || tick_timer_->IsThere());
  }
  void AddTo(executor::RunOptions* options) const {
    options->boot_unit = boot_unit_.has_value() ? &*boot_unit_ : nullptr;
    options->tick_timer = tick_timer_.has_value() ? &*tick_timer_ : nullptr;
  }

 private:
  std::unique_ptr<env::Files> files_;
  std::optional<executor::BootUnit> boot_unit_;
  std::optional<executor::TickTimer> tick_timer_;
};

Result<RunnerRequest> TakeRequest(const std::string& folder) {
  UPGRAPH_ASSIGN(const std::unique_ptr<env::Files> files, env::OpenFiles(folder));
  UPGRAPH_ASSIGN(const std::string text,
                 files->Read(std::string("/") + kRequestFile, kRequestBytesMax));
  UPGRAPH_ASSIGN(RunnerRequest request, ParseRequest(text));
  if (request.command == CommandKind::kApply) {
    UPGRAPH_ASSIGN(request.package, package::ReadPackage(*files, std::string("/") + kPackageFile));
  }
  request.is_service = true;
  return request;
}

}  // namespace

bool IsRecoveredAtBoot(RunnerKind kind, const std::string& root) {
  return HasSystemd() && (root == "/" || kind == RunnerKind::kService);
}

executor::Outcome CarryRun(RunnerRequest request, EventWriter& events,
                           void (*announce_stop)(int level)) {
  const StopSignals signals(announce_stop);
  executor::RunOptions options;
  const SystemUnits units(request);
  // An early recovery leaves them to the one that comes later, and no logind is there yet.
  if (!request.is_early) {
    units.AddTo(&options);
  }
  options.root = request.root;
  options.jobs = request.jobs;
  options.person_asked = request.person_asked;
  options.approvals = request.approvals;
  options.signed_approvals = request.signed_approvals;
  options.target = request.target;
  options.window_begin_wall_ms = request.window_begin_wall_ms;
  options.until_prepare = request.until_prepare;
  options.accepts_not_durable = request.accepts_not_durable;
  options.may_reboot = request.may_reboot;
  options.is_early = request.is_early;
  options.stop = signals.stop();
  LogindInhibitor inhibitor([&signals] { signals.StopAtOnce(); });
  if (!request.is_early && (request.root == "/" || units.concern_run())) {
    options.inhibitor = &inhibitor;
  }
  options.progress = &events;
  executor::Outcome outcome = Execute(std::move(request), options);
  events.Finish(outcome);
  return outcome;
}

Result<StartedRunner> StartRunner(RunnerRequest request, RunnerKind kind) {
  switch (kind) {
    case RunnerKind::kProcess:
      return StartProcess(std::move(request));
    case RunnerKind::kService:
      if (!HasSystemd()) {
        return Error{ErrorKind::kUnsupported,
                     "a service cannot carry the run: systemd does not run here, or we are not "
                     "root; `--runner process` does without"};
      }
      return StartService(request);
    case RunnerKind::kAuto: {
      const Result<RootStatus> root = LookAtRoot(request.root);
      if (root.ok() && root->is_system && HasSystemd()) {
        if (Result<StartedRunner> runner = StartService(request); runner.ok()) {
          return runner;
        }
      }
      return StartProcess(std::move(request));
    }
  }
  UPGRAPH_UNREACHABLE("runner kind");
}

int RunRunner(const Arguments& arguments) {
  const int channel_fd = open((arguments.session + "/" + kChannelFile).c_str(),
                              O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
  Result<RunnerRequest> request = TakeRequest(arguments.session);
  RemoveSession(arguments.session);
  EventWriter events({request.ok() ? request->root : "/", channel_fd, -1, nullptr});
  if (!request.ok()) {
    executor::Outcome outcome;
    outcome.exit_code = executor::ExitCode::kRefused;
    outcome.reason = request.error().message;
    events.Finish(outcome);
    return static_cast<int>(outcome.exit_code);
  }
  return static_cast<int>(CarryRun(*std::move(request), events, nullptr).exit_code);
}

}  // namespace upgraph::cli
