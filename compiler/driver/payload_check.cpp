#include "compiler/driver/payload_check.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace upgraph::driver {
namespace {

namespace fs = std::filesystem;
using diagnostics::Kind;

// The step whose folder holds migrations, one file up and one file down.
constexpr std::string_view kMigrationStep = "sql.migrate";
constexpr std::string_view kUp = ".up.sql";
constexpr std::string_view kDown = ".down.sql";

class PayloadChecker {
 public:
  PayloadChecker(const sema::Program& program, std::string root, diagnostics::Emitter* emitter)
      : program_(program), root_(std::move(root)), emitter_(*emitter) {}

  void CheckAll(const std::vector<sema::Statement>& statements) {
    for (const sema::Statement& statement : statements) {
      if (statement.kind == sema::StatementKind::kStep) {
        CheckCall(statement.call);
      }
      CheckAll(statement.children);
    }
  }

  void CheckAll(const std::vector<sema::Announcement>& announcements) {
    for (const sema::Announcement& item : announcements) {
      CheckPath(item.announcement.text, item.range, false);
    }
  }

 private:
  std::string Place(const std::string& path) const {
    return root_.empty() ? path : (fs::path(root_) / path).string();
  }

  void CheckCall(const sema::Call& call) {
    const sema::Declaration& declaration = program_.declaration(call.declaration_id);
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      const plan::Value& value = call.arguments[i].value;
      if (value.kind == plan::ValueKind::kPayload) {
        CheckPath(value.text, call.argument_ranges[i], declaration.native == kMigrationStep);
      }
      for (const plan::Field& field : value.fields) {
        if (field.value.kind == plan::ValueKind::kPayload) {
          CheckPath(field.value.text, call.argument_ranges[i], false);
        }
      }
    }
  }

  void CheckPath(const std::string& path, source::SourceRange range, bool holds_migrations) {
    if (!holds_migrations && good_.count(path) != 0) {
      return;
    }
    std::string place = Place(path);
    std::error_code error;
    fs::file_status status = fs::symlink_status(place, error);
    if (!fs::exists(status)) {
      emitter_
          .Emit(Kind::kPayloadClosed, range,
                fmt::format("`{}` is not beside the spec: there is no `{}`", path, place))
          .SetHint("a package holds what its spec names; `payload/` stands in the spec's folder");
      return;
    }
    bool can_be_packed =
        fs::is_regular_file(status) || fs::is_directory(status) || fs::is_symlink(status);
    if (!can_be_packed) {
      emitter_.Emit(
          Kind::kPayloadClosed, range,
          fmt::format("`{}` is no file, no folder and no link, and cannot be packed", place));
      return;
    }
    if (holds_migrations) {
      CheckMigrations(path, range);
    } else {
      good_.insert(path);
    }
  }

  // The names in a folder, sorted; empty, with an error, when it cannot be read.
  std::vector<std::string> Names(const std::string& path, source::SourceRange range) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(Place(path), error), end; !error && entry != end;
         entry.increment(error)) {
      names.push_back(entry->path().filename().string());
    }
    if (error) {
      emitter_.Emit(Kind::kPayloadClosed, range,
                    fmt::format("`{}` holds migrations, but cannot be read as a folder: {}",
                                Place(path), error.message()));
      return {};
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  void CheckMigrations(const std::string& path, source::SourceRange range) {
    for (const std::string& name : Names(path, range)) {
      if (!std::string_view(name).ends_with(kUp)) {
        continue;
      }
      std::string down = name.substr(0, name.size() - kUp.size()) + std::string(kDown);
      std::error_code error;
      if (!fs::exists(fs::symlink_status(fs::path(Place(path)) / down, error))) {
        emitter_
            .Emit(Kind::kMigrationWithoutDown, range,
                  fmt::format("migration `{}` has no way back: there is no `{}` beside it", name,
                              down))
            .SetHint("write the down script; it keeps the rows that were written since");
      }
    }
  }

  const sema::Program& program_;
  std::string root_;
  diagnostics::Emitter& emitter_;
  std::set<std::string> good_;  // many steps name the same path
};

}  // namespace

void CheckPayload(const sema::Program& program, const std::string& root,
                  diagnostics::Emitter& emitter) {
  PayloadChecker checker(program, root, &emitter);
  for (const sema::Edge& edge : program.edges) {
    for (const auto& phase : edge.phases) {
      checker.CheckAll(phase);
    }
    checker.CheckAll(edge.announcements);
    for (const sema::DeferredCleanup& cleanup : edge.deferred) {
      checker.CheckAll(cleanup.statements);
    }
    for (const sema::Watch& watch : edge.watches) {
      checker.CheckAll(watch.otherwise);
    }
  }
}

}  // namespace upgraph::driver
