#include "cli/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "cli/command_text.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/driver/pipeline.h"
#include "runtime/executor/run.h"

namespace upgraph::cli {
namespace {

constexpr CommandKind kShownCommands[] = {
    CommandKind::kCheck,    CommandKind::kPlan,    CommandKind::kPack,    CommandKind::kSign,
    CommandKind::kVerify,   CommandKind::kApprove, CommandKind::kApply,   CommandKind::kResume,
    CommandKind::kRollback, CommandKind::kResolve, CommandKind::kStatus,  CommandKind::kHistory,
    CommandKind::kReport,   CommandKind::kRunbook, CommandKind::kGraph,   CommandKind::kMatrix,
    CommandKind::kPaths,    CommandKind::kDocs,    CommandKind::kExplain, CommandKind::kFmt,
    CommandKind::kTest,     CommandKind::kTick,    CommandKind::kRecover,
};

constexpr const char* kIntroduction =
    "Upgrades as checked, reversible graphs: a spec is checked and packed, a package is applied, "
    "and "
    "whatever fails is walked back.";

constexpr const char* kExitCodes =
    "exit codes:\n"
    "  0  done\n"
    "  1  the spec or the plan is wrong\n"
    "  2  the command line is wrong\n"
    "  3  failed, and rolled back: the host is as before, but for what a person accepted\n"
    "  4  the rollback is incomplete and needs a person: `upgraph status` names what is left "
    "over,\n"
    "     or what held before and does not any more\n"
    "  5  refused before anything was touched\n"
    "  6  interrupted: `upgraph resume` goes on; or only the watching ended, and the run goes on\n"
    "  7  committed, but something after it needs a person\n"
    "  8  the state of the runs is damaged; nothing was changed\n";

void AddFormats(CLI::App* app, Arguments* arguments,
                const std::map<std::string, OutputFormat>& formats, const char* help) {
  app->add_option_function<std::string>(
         "--format",
         [arguments, &formats](const std::string& name) { arguments->format = formats.at(name); },
         help)
      ->check(CLI::IsMember(formats))
      ->type_name("FORMAT");
}

void AddFormat(CLI::App* app, Arguments* arguments) {
  static const std::map<std::string, OutputFormat> kNames = {{"human", OutputFormat::kHuman},
                                                             {"json", OutputFormat::kJson}};
  AddFormats(app, arguments, kNames, "human or json");
}

// Where the answer is a list of diagnostics, the formats of other tools as well.
void AddReportFormat(CLI::App* app, Arguments* arguments) {
  static const std::map<std::string, OutputFormat> kNames = {{"human", OutputFormat::kHuman},
                                                             {"json", OutputFormat::kJson},
                                                             {"sarif", OutputFormat::kSarif},
                                                             {"github", OutputFormat::kGithub}};
  AddFormats(app, arguments, kNames, "human, json, sarif or github");
}

void AddLevels(CLI::App* app, Arguments* arguments) {
  app->add_option_function<std::vector<std::string>>(
         "-W,--warn",
         [arguments](const std::vector<std::string>& levels) {
           static const std::vector<std::string> kKnown = driver::DiagnosticNames();
           for (const std::string& level : levels) {
             if (auto fault = diagnostics::AddLevel(level, kKnown, &arguments->levels)) {
               throw CLI::ValidationError(*fault);
             }
           }
         },
         "error: warnings are errors; error=NAME: those of that name; no-NAME: not said at all")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("LEVEL");
}

void AddRoot(CLI::App* app, Arguments* arguments) {
  app->add_option_function<std::string>(
         "--root",
         [arguments](const std::string& root) {
           arguments->root = root;
           arguments->has_root = true;
         },
         "act on the host below this folder (default: /)")
      ->type_name("DIR");
}

void AddOutput(CLI::App* app, Arguments* arguments) {
  app->add_option("-o,--output", arguments->output, "the file to write, or - for standard output")
      ->type_name("FILE");
}

void AddPublicKey(CLI::App* app, Arguments* arguments, const char* help) {
  app->add_option("-p,--public-key", arguments->public_key, help)->type_name("FILE");
}

void AddWindow(CLI::App* app, Arguments* arguments, const char* help) {
  app->add_option("--window", arguments->window, help)->type_name("START");
}

void AddFrom(CLI::App* app, Arguments* arguments, const char* help) {
  app->add_option("--from", arguments->from, help)->type_name("VERSION");
}

void AddTo(CLI::App* app, Arguments* arguments) {
  app->add_option("--to", arguments->to, "to this version (default: as far as upgrades lead)")
      ->type_name("VERSION");
}

void AddApprovals(CLI::App* app, Arguments* arguments) {
  app->add_option_function<std::vector<std::string>>(
         "--approve",
         [arguments](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             const size_t equals = text.find('=');
             if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
               throw CLI::ValidationError("`" + text + "` is no approval: ROLE=NAME");
             }
             arguments->approvals.push_back({text.substr(0, equals), text.substr(equals + 1)});
           }
         },
         "who has approved, and as what: support=anna; kept in the journal")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("ROLE=NAME");
  app->add_option("--approval", arguments->approval_files,
                  "what `upgraph approve` wrote, with its signature beside it in FILE.minisig")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("FILE");
}

// For the inputs of a spec.
void AddGiven(CLI::App* app, Arguments* arguments) {
  app->add_option_function<std::vector<std::string>>(
         "--set",
         [arguments](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             const size_t equals = text.find('=');
             if (equals == std::string::npos || equals == 0) {
               throw CLI::ValidationError("`" + text + "` gives nothing to an input: INPUT=VALUE");
             }
             arguments->given.values.push_back({text.substr(0, equals), text.substr(equals + 1)});
           }
         },
         "what an input of the spec is here: domain=https://edge.test")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("INPUT=VALUE");
  app->add_option("--inputs", arguments->given.files,
                  "a file with `let INPUT = VALUE` for some inputs; `--set` wins over it")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("FILE");
}

void AddInput(CLI::App* app, Arguments* arguments, const char* name, const char* help) {
  app->add_option(name, arguments->input, help)->required();
}

// What all commands that start a run share.
void AddRunOptions(CLI::App* app, Arguments* arguments) {
  AddRoot(app, arguments);
  app->add_option("--jobs", arguments->jobs, "steps that run at the same time (default: 4)")
      ->check(CLI::Range(1, executor::kJobsMax))
      ->type_name("N");
  app->add_flag("--yes", arguments->is_yes, "do not ask");
  CLI::Option* foreground = app->add_flag("--foreground", arguments->is_foreground,
                                          "run in this process; Ctrl-C turns back");
  app->add_flag("--detach", arguments->is_detached, "start the run and do not watch it")
      ->excludes(foreground);
  static const std::map<std::string, RunnerKind> kNames = {{"auto", RunnerKind::kAuto},
                                                           {"service", RunnerKind::kService},
                                                           {"process", RunnerKind::kProcess}};
  app->add_option_function<std::string>(
         "--runner", [arguments](const std::string& name) { arguments->runner = kNames.at(name); },
         "what carries the run: service (a transient unit of systemd), process, or auto (default: "
         "a service when systemd runs and the root is /)")
      ->check(CLI::IsMember(kNames))
      ->excludes(foreground)
      ->type_name("KIND");
}

void AddSettlement(CLI::App* app, Arguments* arguments) {
  static const std::map<std::string, executor::SettledAs> kNames = {
      {"reverted", executor::SettledAs::kReverted}, {"accepted", executor::SettledAs::kAccepted}};
  app->add_option("STEP", arguments->inputs, "paths of steps that are stuck or blocked")
      ->required();
  app->add_option_function<std::string>(
         "--as", [arguments](const std::string& name) { arguments->settled_as = kNames.at(name); },
         "reverted: put back by hand; accepted: it stays as it is")
      ->required()
      ->check(CLI::IsMember(kNames))
      ->type_name("WHAT");
  app->add_option("--because", arguments->because, "why; kept in the journal, with who said it")
      ->required()
      ->check([](const std::string& why) { return why.empty() ? "there must be a reason" : ""; })
      ->type_name("WHY");
}

void AddFix(CLI::App* app, Arguments* arguments) {
  CLI::Option* fix = app->add_flag("--fix", arguments->is_fix,
                                   "mend what has one answer, in the file; then check again");
  app->add_flag("--dry-run", arguments->is_dry_run,
                "with --fix: show the difference, and change nothing")
      ->needs(fix);
}

void AddDump(CLI::App* app, Arguments* arguments) {
  static const std::map<std::string, DumpKind> kNames = {
      {"ast", DumpKind::kAst}, {"sema", DumpKind::kSema}, {"plan", DumpKind::kPlan}};
  // Hidden: for people who work on the compiler.
  app->add_option_function<std::string>(
         "--dump", [arguments](const std::string& name) { arguments->dump = kNames.at(name); }, "")
      ->check(CLI::IsMember(kNames))
      ->group("");
}

void AddOptions(CLI::App* app, CommandKind kind, Arguments* arguments) {
  switch (kind) {
    case CommandKind::kCheck:
      AddInput(app, arguments, "SPEC", "a .upg file, or - for standard input");
      AddGiven(app, arguments);
      AddFix(app, arguments);
      AddDump(app, arguments);
      AddLevels(app, arguments);
      AddReportFormat(app, arguments);
      return;
    case CommandKind::kPlan:
      AddInput(app, arguments, "SPEC|PACKAGE", "a .upg file, a package, or - for standard input");
      AddGiven(app, arguments);
      AddRoot(app, arguments);
      AddFrom(app, arguments, "the whole way of a host that has this version");
      app->get_option("--from")->excludes("--root");
      AddTo(app, arguments);
      AddFormat(app, arguments);
      return;
    case CommandKind::kPack:
      AddInput(app, arguments, "SPEC", "a .upg file; its payload lies beside it");
      AddGiven(app, arguments);
      app->add_option("-o,--output", arguments->output,
                      "the file to write, or - for standard output")
          ->type_name("FILE");
      AddLevels(app, arguments);
      AddFormat(app, arguments);
      return;
    case CommandKind::kSign:
      AddInput(app, arguments, "PACKAGE", "a package that `upgraph pack` wrote");
      app->add_option("--signature", arguments->signature,
                      "what minisign made of the package (default: PACKAGE.minisig)")
          ->type_name("FILE");
      AddPublicKey(app, arguments, "take the signature only if this key made it");
      app->add_flag("--remove", arguments->is_removed, "take its signature off the package")
          ->excludes("--signature")
          ->excludes("--public-key");
      app->add_option("-o,--output", arguments->output, "the file to write (default: PACKAGE)")
          ->type_name("FILE");
      AddFormat(app, arguments);
      return;
    case CommandKind::kVerify:
      AddInput(app, arguments, "PACKAGE", "a package");
      AddRoot(app, arguments);
      AddPublicKey(app, arguments, "by this key alone, not by those that the host trusts");
      app->get_option("--public-key")->excludes("--root");
      AddFormat(app, arguments);
      return;
    case CommandKind::kApprove:
      AddInput(app, arguments, "PACKAGE", "the package that is approved");
      app->add_option("--as", arguments->name, "as whom: one of the people of the spec")
          ->required()
          ->type_name("ROLE");
      app->add_option("--host", arguments->hosts, "for the host that /etc/hostname calls so")
          ->expected(1)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
          ->type_name("NAME");
      app->add_flag("--any-host", arguments->is_any_host, "for every host");
      AddWindow(app, arguments, "for a run in the window that begins then (default: at any time)");
      app->add_option("-o,--output", arguments->output,
                      "the file to write (default: ROLE.approval)")
          ->type_name("FILE");
      AddFormat(app, arguments);
      return;
    case CommandKind::kApply:
      AddInput(app, arguments, "PACKAGE|SPEC", "a package, a .upg file, or - for standard input");
      AddGiven(app, arguments);
      AddTo(app, arguments);
      AddApprovals(app, arguments);
      app->add_flag("--may-reboot", arguments->may_reboot,
                    "the root, a folder, stands for this system: a step may reboot it, and a boot "
                    "holds its units back");
      AddWindow(
          app, arguments,
          "when the window begins: 2026-11-30T02:00+01:00, or with a zone, "
          "\"2026-11-30T02:00 Europe/Berlin\" (default: as it is approved, else with the run)");
      app->add_option_function<std::string>(
             "--until", [arguments](const std::string&) { arguments->until_prepare = true; },
             "do what comes before the switch, days ahead; the run is parked then, and `upgraph "
             "resume` goes on with it")
          ->check(CLI::IsMember({"prepare"}))
          ->excludes("--window")
          ->type_name("PHASE");
      app->add_flag("--not-durable", arguments->accepts_not_durable,
                    "accept that a reboot or a power cut takes the run's state away, as in memory; "
                    "for tests, rehearsals, containers; the run says so");
      AddRunOptions(app, arguments);
      AddFormat(app, arguments);
      return;
    case CommandKind::kResume:
      AddWindow(app, arguments,
                "of a parked run: when its window begins (default: as it was approved, else now)");
      AddRunOptions(app, arguments);
      AddFormat(app, arguments);
      return;
    case CommandKind::kRollback:
      AddRunOptions(app, arguments);
      AddFormat(app, arguments);
      return;
    case CommandKind::kResolve:
      AddSettlement(app, arguments);
      AddRoot(app, arguments);
      app->add_flag("--yes", arguments->is_yes, "do not ask");
      AddFormat(app, arguments);
      return;
    case CommandKind::kRecover:
      app->add_flag("--early", arguments->is_early,
                    "only what needs nothing but files; the rest is left to a later call");
      [[fallthrough]];
    case CommandKind::kTick:
      AddRoot(app, arguments);
      AddFormat(app, arguments);
      return;
    case CommandKind::kStatus:
      AddRoot(app, arguments);
      app->add_flag("--follow", arguments->is_following, "watch until the run ends");
      AddFormat(app, arguments);
      return;
    case CommandKind::kHistory:
      app->add_option("RUN", arguments->name, "a run, or the beginning of its name");
      AddRoot(app, arguments);
      AddFormat(app, arguments);
      return;
    case CommandKind::kReport: {
      app->add_option("RUN", arguments->name,
                      "a run, or the beginning of its name (default: the unfinished one, else the "
                      "last)");
      AddRoot(app, arguments);
      static const std::map<std::string, OutputFormat> kNames = {{"html", OutputFormat::kHtml},
                                                                 {"json", OutputFormat::kJson}};
      AddFormats(app, arguments, kNames, "html or json (default: html)");
      AddOutput(app, arguments);
      return;
    }
    case CommandKind::kRunbook:
      AddInput(app, arguments, "SPEC|PACKAGE", "a .upg file, a package, or - for standard input");
      AddGiven(app, arguments);
      AddFrom(app, arguments, "the whole way of a host that has this version");
      AddTo(app, arguments);
      AddOutput(app, arguments);
      return;
    case CommandKind::kGraph: {
      AddInput(app, arguments, "SPEC|PACKAGE", "a .upg file, a package, or - for standard input");
      AddGiven(app, arguments);
      static const std::map<std::string, GraphForm> kForms = {
          {"dot", GraphForm::kDot}, {"mermaid", GraphForm::kMermaid}, {"svg", GraphForm::kSvg}};
      app->add_option_function<std::string>(
             "--as,--format",
             [arguments](const std::string& name) { arguments->graph_form = kForms.at(name); },
             "dot, mermaid or svg (default: dot)")
          ->check(CLI::IsMember(kForms))
          ->type_name("FORM");
      AddFrom(app, arguments, "the whole way of a host that has this version");
      AddTo(app, arguments);
      app->add_flag("--back", arguments->is_back, "the reverse graph: what is undone, mirrored");
      AddOutput(app, arguments);
      return;
    }
    case CommandKind::kMatrix:
      AddInput(app, arguments, "SPEC|PACKAGE", "a .upg file, a package, or - for standard input");
      AddGiven(app, arguments);
      AddFormat(app, arguments);
      return;
    case CommandKind::kPaths:
      AddInput(app, arguments, "SPEC|PACKAGE", "a .upg file, a package, or - for standard input");
      AddGiven(app, arguments);
      AddFrom(app, arguments, "only from this version");
      AddTo(app, arguments);
      AddFormat(app, arguments);
      return;
    case CommandKind::kDocs:
      app->add_option("MODULE", arguments->name,
                      "a module of the library, or a .upg file; else all of the library");
      return;
    case CommandKind::kExplain:
      app->add_option("CHECK", arguments->name, "the name of a check");
      AddFormat(app, arguments);
      return;
    case CommandKind::kFmt:
      app->add_option("FILE|FOLDER", arguments->inputs,
                      "specs, folders with specs (*.upg) anywhere in them, or - for standard input")
          ->required();
      app->add_flag("--check", arguments->is_check, "change nothing; exit code 1 when it would");
      AddFormat(app, arguments);
      return;
    case CommandKind::kTest:
      app->add_option("SPEC|FOLDER", arguments->inputs,
                      "specs, folders with specs (*.upg) anywhere in them, or - for standard input")
          ->required();
      AddGiven(app, arguments);
      app->add_option("--filter", arguments->filter, "only tests with this text in their names")
          ->type_name("TEXT");
      app->add_flag("--list", arguments->is_list, "name the tests and play none");
      app->add_flag("--steps", arguments->is_verbose,
                    "tell what happened to each step, also of tests that pass");
      app->add_option("--junit", arguments->junit, "write a report as JUnit's XML")
          ->type_name("FILE");
      AddFormat(app, arguments);
      return;
    case CommandKind::kRunner:
      app->add_option("--session", arguments->session)->required();
      app->group("");
      return;
  }
}

// The first word that is no option must be a command.
std::string UnknownCommand(const std::vector<std::string>& words) {
  const auto word = std::find_if(words.begin(), words.end(),
                                 [](const std::string& w) { return !w.starts_with("-"); });
  if (word == words.end() || *word == CommandName(CommandKind::kRunner)) {
    return "";
  }
  std::vector<std::string> names;
  for (const CommandKind kind : kShownCommands) {
    names.emplace_back(CommandName(kind));
  }
  if (std::find(names.begin(), names.end(), *word) != names.end()) {
    return "";
  }
  std::string hint = diagnostics::SuggestHint(*word, names);
  if (hint.empty()) {
    hint = "`upgraph --help` lists the commands";
  }
  return fmt::format("error: there is no command `{}`; {}\n", *word, hint);
}

ParsedArguments UsageError(const std::string& text) {
  return {std::nullopt, static_cast<int>(executor::ExitCode::kUsage), "", text};
}

}  // namespace

ParsedArguments ParseArguments(const std::vector<std::string>& words) {
  if (const std::string unknown = UnknownCommand(words); !unknown.empty()) {
    return UsageError(unknown);
  }
  Arguments arguments;
  CLI::App app(kIntroduction, "upgraph");
  app.set_version_flag("--version", std::string("upgraph ") + driver::ToolVersion());
  app.footer(kExitCodes);
  app.require_subcommand(1);
  std::map<const CLI::App*, CommandKind> commands;
  const auto add = [&](CommandKind kind) {
    CLI::App* command = app.add_subcommand(CommandName(kind), TextOf(kind).summary);
    command->footer(TextOf(kind).footer);
    AddOptions(command, kind, &arguments);
    commands[command] = kind;
  };
  for (const CommandKind kind : kShownCommands) {
    add(kind);
  }
  add(CommandKind::kRunner);
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return {std::nullopt, 0,
            app.get_subcommands().empty() ? app.help() : app.get_subcommands()[0]->help(), ""};
  } catch (const CLI::CallForVersion& version) {
    return {std::nullopt, 0, std::string(version.what()) + "\n", ""};
  } catch (const CLI::Error& error) {
    const std::string command =
        app.get_subcommands().empty() ? "" : app.get_subcommands()[0]->get_name() + " ";
    return UsageError(
        fmt::format("error: {}; `upgraph {}--help` shows how\n", error.what(), command));
  }
  arguments.command = commands.at(app.get_subcommands()[0]);
  return {std::move(arguments), 0, "", ""};
}

}  // namespace upgraph::cli
