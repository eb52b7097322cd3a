#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/sema/gates.h"
#include "compiler/sema/spec_head.h"
#include "compiler/sema/statement_reader.h"
#include "plan/checks/check.h"
#include "plan/version.h"

namespace upgraph::sema {
namespace {

// Where nobody says how long: a working week goes by, and somebody is there when it ends.
constexpr int64_t kRetainMs = 7ll * 24 * 3600 * 1000;

constexpr const char* kUpWhenForm = "downtime 5m up when http.code(\"http://localhost/\") == 200";

// Versions of the product, read once for all upgrades; what does not read was said with the
// product.
class Releases {
 public:
  explicit Releases(const plan::Product& product) {
    for (const std::string& release : product.releases) {
      Add(product, release, &listed_);
    }
    for (const plan::Withdrawn& withdrawn : product.withdrawn) {
      Add(product, withdrawn.version, &withdrawn_);
    }
  }

  struct Release {
    std::string text;
    plan::Version version;
  };
  const std::vector<Release>& listed() const { return listed_; }
  const std::vector<Release>& withdrawn() const { return withdrawn_; }

 private:
  static void Add(const plan::Product& product, const std::string& text,
                  std::vector<Release>* releases) {
    auto version = plan::ReadVersion(product, text);
    if (version.ok()) {
      releases->push_back({text, std::move(version.value())});
    }
  }

  std::vector<Release> listed_;
  std::vector<Release> withdrawn_;
};

bool Holds(const std::vector<Releases::Release>& releases, const plan::Version& version) {
  return std::any_of(releases.begin(), releases.end(),
                     [&](const Releases::Release& release) { return release.version == version; });
}

class UpgradeReader {
 public:
  UpgradeReader(Context* context, const ast::Upgrade& tree, const Releases& releases,
                plan::Upgrade* upgrade)
      : context_(*context), tree_(tree), releases_(releases), upgrade_(*upgrade) {}
  void Read();

 private:
  void ReadTarget();
  void ReadOrigin(const ast::Origin& origin);
  void CheckReach(const ast::Origin& origin, SourceRange range, const plan::VersionRange& versions);
  // Of one release in the range; false when it was told that the edge does not lead on from it.
  bool CheckDirection(const Releases::Release& release, SourceRange range,
                      const plan::VersionRange& versions);
  const char* Word() const { return upgrade_.is_downgrade ? "a downgrade" : "an upgrade"; }
  int64_t ReadWindow(Properties* properties);
  void ReadDowntime(Properties* properties);
  void ReadRetain(Properties* properties);
  int64_t ReadDuration(const ast::Expr& expr, const char* name);
  void ReadApprovals(Properties* properties);
  void ReadAccepts(Properties* properties);
  void ReadAllows(Properties* properties);

  Context& context_;
  const ast::Upgrade& tree_;
  const Releases& releases_;
  plan::Upgrade& upgrade_;
};

void UpgradeReader::Read() {
  upgrade_.position = context_.Position(tree_.range);
  upgrade_.is_downgrade = tree_.is_downgrade;
  ReadTarget();
  context_.target = upgrade_.to;
  for (const ast::Origin& origin : tree_.origins) {
    ReadOrigin(origin);
  }
  Properties properties(&context_, tree_.properties,
                        {"ticket", "window", "downtime", "retain", "approvals", "accepts", "allow"},
                        Word());
  if (const ast::Property* ticket = properties.Find("ticket")) {
    const ast::Expr* expr = properties.Single(*ticket, "ticket \"MNT-2041\"");
    auto text = expr == nullptr ? std::nullopt : PlainText(*expr);
    if (expr != nullptr && !text) {
      properties.Malformed(*ticket, "ticket \"MNT-2041\"");
    }
    upgrade_.ticket = text.value_or("");
  }
  upgrade_.window_ms = ReadWindow(&properties);
  ReadDowntime(&properties);
  ReadRetain(&properties);
  ReadApprovals(&properties);
  ReadAccepts(&properties);
  ReadAllows(&properties);
}

void UpgradeReader::ReadTarget() {
  auto target = VersionOf(&context_, tree_.target, fmt::format("the target of {}", Word()));
  if (!target) {
    return;
  }
  upgrade_.to = *target;
  const plan::Product& product = context_.program.product;
  auto version = plan::ReadVersion(product, *target);
  // To a withdrawn release no run takes the edge; who is cut off by that is a check's matter.
  if (!version.ok() || product.releases.empty() || Holds(releases_.withdrawn(), *version) ||
      Holds(releases_.listed(), *version)) {
    return;
  }
  context_
      .Error(
          Kind::kUnknownRelease, tree_.target.range,
          fmt::format("v{} is not among the product's `releases`, {} ends at one", *target, Word()))
      .Suggest("v" + *target, context_.Candidates([&] { return WithV(product.releases); }));
}

void UpgradeReader::ReadOrigin(const ast::Origin& origin) {
  auto lower = VersionOf(&context_, origin.lower, fmt::format("the origin of {}", Word()));
  if (!lower) {
    return;
  }
  plan::VersionRange versions{*lower, ""};
  SourceRange range = origin.lower.range;
  if (origin.upper) {
    auto upper = VersionOf(&context_, *origin.upper, "the end of a range");
    if (!upper) {
      return;
    }
    versions.upper = *upper;
    range = Cover(range, origin.upper->range);
  }
  CheckReach(origin, range, versions);
  upgrade_.from.push_back(std::move(versions));
}

// The range holds a release, and the edge leads on from it in its direction. A withdrawn release is
// left only by an edge that names it.
void UpgradeReader::CheckReach(const ast::Origin& origin, SourceRange range,
                               const plan::VersionRange& versions) {
  auto read = plan::ReadVersionRange(context_.program.product, versions);
  if (!read.ok()) {
    return;  // said already
  }
  if (origin.upper && !(read->lower < *read->upper)) {
    context_.Error(Kind::kEmptyRange, range,
                   fmt::format("no version lies in `{}`: `A ..< B` needs a B above A",
                               plan::FormatRange(versions)));
    return;
  }
  if (!origin.upper && Holds(releases_.withdrawn(), read->lower)) {
    CheckDirection({versions.lower, read->lower}, range, versions);
    return;
  }
  bool has_release = false;
  for (const Releases::Release& release : releases_.listed()) {
    if (read->Holds(release.version)) {
      has_release = true;
      if (!CheckDirection(release, range, versions)) {
        return;
      }
    }
  }
  if (has_release || releases_.listed().empty()) {
    return;
  }
  auto& diagnostic = context_.Error(
      Kind::kEmptyRange, range,
      fmt::format("none of the product's `releases` lies in `{}`", plan::FormatRange(versions)));
  for (const Releases::Release& withdrawn : releases_.withdrawn()) {
    if (read->Holds(withdrawn.version)) {
      const std::string name = plan::FormatVersion(withdrawn.text);
      diagnostic.SetHint(
          fmt::format("{} was withdrawn; `{} -> …` leads from it, a range does not", name, name));
    }
  }
}

bool UpgradeReader::CheckDirection(const Releases::Release& release, SourceRange range,
                                   const plan::VersionRange& versions) {
  auto target = plan::ReadVersion(context_.program.product, upgrade_.to);
  if (upgrade_.to.empty() || !target.ok()) {
    return true;  // said already
  }
  if (upgrade_.is_downgrade ? release.version > *target : release.version < *target) {
    return true;
  }
  const std::string found = fmt::format("release v{} lies in `{}`, but v{} is not", release.text,
                                        plan::FormatRange(versions), upgrade_.to);
  auto& diagnostic =
      upgrade_.is_downgrade
          ? context_.Error(Kind::kDowngradeGoesDown, range,
                           found + " below it; a downgrade goes down")
          : context_.Error(Kind::kUpgradeGoesUp, range, found + " above it; an upgrade goes up");
  if (release.version != *target) {
    diagnostic.SetHint(fmt::format("write `{}` when it is meant to lead there",
                                   upgrade_.is_downgrade ? "upgrade" : "downgrade"));
  }
  return false;
}

int64_t UpgradeReader::ReadWindow(Properties* properties) {
  const ast::Property* property = properties->Find("window");
  if (property == nullptr) {
    return 0;
  }
  upgrade_.window_position = context_.Position(property->range);
  const ast::Expr* expr = properties->Single(*property, "window 5m");
  return expr == nullptr ? 0 : ReadDuration(*expr, "window");
}

// `downtime 5m`, `downtime 5m up when http.code(url) == 200`
void UpgradeReader::ReadDowntime(Properties* properties) {
  const ast::Property* property = properties->Find("downtime");
  if (property == nullptr) {
    return;
  }
  upgrade_.downtime_position = context_.Position(property->range);
  if (!property->when) {
    const bool has_up = property->groups.size() == 1 && property->groups[0].size() == 2 &&
                        WordOf(property->groups[0][1]) == "up";
    if (has_up) {
      properties->Malformed(*property, kUpWhenForm);
    } else if (const ast::Expr* expr = properties->Single(*property, "downtime 5m")) {
      upgrade_.downtime_ms = ReadDuration(*expr, "downtime");
    }
    return;
  }
  if (property->groups.size() != 1 || property->groups[0].size() != 2 ||
      WordOf(property->groups[0][1]) != "up") {
    properties->Malformed(*property, kUpWhenForm);
    return;
  }
  upgrade_.downtime_ms = ReadDuration(property->groups[0][0], "downtime");
  Scope scope(&context_.modules[0].scope);
  AddHop(context_, &scope);
  auto condition = GateReader(&context_, 0, &scope).ReadCondition(*property->when, "`up when`");
  if (condition && condition->baseline_factor != 0) {
    context_
        .Error(Kind::kBadProperty, property->when->range,
               "`up when` compares with `baseline`, and that the service serves again is not a "
               "matter of what was usual")
        .SetHint("compare with a value: `http.code(\"http://localhost/\") == 200`");
  } else if (condition) {
    upgrade_.up_when.push_back(std::move(*condition));
  }
}

// `retain 7d`; `retain 0s`: the commit ends the way back.
void UpgradeReader::ReadRetain(Properties* properties) {
  upgrade_.retain_ms = kRetainMs;
  const ast::Property* property = properties->Find("retain");
  if (property == nullptr) {
    return;
  }
  upgrade_.retain_position = context_.Position(property->range);
  const ast::Expr* expr = properties->Single(*property, "retain 7d");
  if (expr == nullptr) {
    return;
  }
  Expressions expressions(&context_, 0, &context_.modules[0].scope);
  auto value = expressions.Constant(*expr, {Type::Of(TypeKind::kDuration), "`retain`", {}});
  if (value && (value->number < 0 || value->number > plan::kTimeMsMax)) {
    context_
        .Error(Kind::kBadProperty, expr->range,
               fmt::format("an upgrade is retained for 0s to {}, from the commit on",
                           plan::FormatDuration(plan::kTimeMsMax)))
        .SetHint("`retain 0s`: nothing is kept, and nobody turns it back after the commit");
  } else if (value) {
    upgrade_.retain_ms = value->number;
  }
}

int64_t UpgradeReader::ReadDuration(const ast::Expr& expr, const char* name) {
  Expressions expressions(&context_, 0, &context_.modules[0].scope);
  auto value = expressions.Constant(
      expr, {Type::Of(TypeKind::kDuration), "`" + std::string(name) + "`", {}});
  if (value && value->number <= 0) {
    context_.Error(
        Kind::kBadProperty, expr.range,
        fmt::format("{} of nothing holds no upgrade, it is longer than `0s`", WithArticle(name)));
  }
  return value ? value->number : 0;
}

void UpgradeReader::ReadApprovals(Properties* properties) {
  const ast::Property* property = properties->Find("approvals");
  if (property == nullptr) {
    return;
  }
  upgrade_.approvals_position = context_.Position(property->range);
  for (const ast::List<ast::Expr>& group : property->groups) {
    std::string_view word = group.size() == 1 ? WordOf(group[0]) : "";
    if (word.empty()) {
      properties->Malformed(*property, "approvals product, support");
      return;
    }
    upgrade_.approvals.emplace_back(word);
  }
}

void UpgradeReader::ReadAccepts(Properties* properties) {
  const ast::Property* property = properties->Find("accepts");
  if (property == nullptr) {
    return;
  }
  for (const ast::List<ast::Expr>& group : property->groups) {
    auto reason = group.size() == 2 ? PlainText(group[1]) : std::nullopt;
    if (!reason || WordOf(group[0]) != "loss") {
      properties->Malformed(*property, "accepts loss \"why\"");
      return;
    }
    upgrade_.accepts_loss.push_back(*reason);
  }
}

// `allow lock-bounded because "why", no-estimate because "why"`
void UpgradeReader::ReadAllows(Properties* properties) {
  const ast::Property* property = properties->Find("allow");
  if (property == nullptr) {
    return;
  }
  for (const ast::List<ast::Expr>& group : property->groups) {
    auto reason = group.size() == 3 ? PlainText(group[2]) : std::nullopt;
    if (!reason || reason->empty() || WordOf(group[1]) != "because") {
      context_
          .Error(Kind::kBadProperty, Cover(group.front().range, group.back().range),
                 "`allow` does not read as it must")
          .SetHint("write `allow no-estimate because \"why\"`");
      continue;
    }
    std::string name = PlainText(group[0]).value_or("");
    const plan::Check* check = plan::FindCheck(name);
    if (check == nullptr) {
      std::vector<std::string> known;
      for (const plan::Check& other : plan::AllChecks()) {
        known.emplace_back(other.name);
      }
      context_
          .Error(Kind::kUnknownName, group[0].range, fmt::format("there is no check `{}`", name))
          .Suggest(name, known);
      continue;
    }
    if (check->allowable == plan::Check::Allowable::kNo) {
      context_.Error(
          Kind::kBadProperty, group[0].range,
          fmt::format("`{}` cannot be allowed: nothing makes up for what it proves", name));
      continue;
    }
    upgrade_.allows.push_back({name, *reason, context_.Position(group[0].range)});
  }
}

}  // namespace

void AnalyzeUpgrades(Context* context) {
  const ast::Tree& tree = *context->modules[0].tree;
  if (tree.upgrades.empty()) {
    context->Error(Kind::kMissingDeclaration, StartOf(*context),
                   "the spec has no `upgrade`, it needs one");
  }
  // Before anything is done with them: much of that is done for each two.
  if (tree.upgrades.size() > kPlanEdgesMax) {
    context->Error(Kind::kTooLarge, tree.upgrades[kPlanEdgesMax].target.range,
                   fmt::format("found {} upgrades and downgrades, a spec has {} at most",
                               tree.upgrades.size(), kPlanEdgesMax));
    return;
  }
  const Releases releases(context->program.product);
  for (const ast::Upgrade& upgrade : tree.upgrades) {
    Edge edge;
    UpgradeReader(context, upgrade, releases, &edge.upgrade).Read();
    edge.upgrade.purpose = upgrade.doc;
    AnalyzePhases(context, upgrade, &edge);
    context->program.edges.push_back(std::move(edge));
  }
}

}  // namespace upgraph::sema
