#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "compiler/sema/properties.h"
#include "plan/checks/check.h"
#include "plan/version.h"

namespace upgraph::sema {
namespace {

SourceRange StartOf(const Context& context) { return {context.modules[0].tree->buffer_id, 0, 0}; }

// Exactly one of a kind of declaration; null, with an error, when there is none.
template <typename Tree>
const Tree* OnlyOne(Context* context, const std::vector<Tree>& trees, const std::string& word) {
  if (trees.empty()) {
    context->Error(Kind::kMissingDeclaration, StartOf(*context),
                   fmt::format("the spec has no `{}`, it needs one", word));
    return nullptr;
  }
  for (size_t i = 1; i < trees.size(); ++i) {
    context
        ->Error(Kind::kDuplicateName, trees[i].range,
                fmt::format("`{}` is given twice, a spec has one", word))
        .AddNote(trees[0].range, "first given here");
  }
  return &trees[0];
}

std::optional<std::string> VersionOf(Context* context, const ast::Expr& expr,
                                     const std::string& what) {
  Expressions expressions(context, 0, &context->modules[0].scope);
  auto value = expressions.Constant(expr, {Type::Of(TypeKind::kVersion), what, {}});
  if (!value || !CheckVersion(context, expr.range, value->text)) {
    return std::nullopt;
  }
  return value->text;
}

bool IsSameVersion(const std::string& a, const std::string& b) {
  auto left = plan::Version::Parse(a);
  auto right = plan::Version::Parse(b);
  return left.ok() && right.ok() && left.value() == right.value();
}

std::vector<std::string> WithV(std::vector<std::string> versions) {
  for (std::string& version : versions) {
    version = "v" + version;
  }
  return versions;
}

// ---- product ----

void ReadScheme(Context* context, Properties* properties) {
  const ast::Property* property = properties->Find("versions");
  if (property == nullptr) {
    return;
  }
  if (property->groups.size() != 1 || !IsWords(property->groups[0], {"semver"})) {
    properties->Malformed(*property, "versions semver");
  }
  context->program.product.scheme = "semver";
}

void ReadInstalled(Context* context, Properties* properties, SourceRange product_range) {
  const ast::Property* property = properties->Find("installed");
  if (property == nullptr && properties->IsMisspelled("installed")) {
    return;
  }
  if (property == nullptr) {
    context
        ->Error(Kind::kMissingProperty, product_range,
                "the product does not say how to see which version is installed")
        .SetHint("add `installed files.first_line(\"/etc/NAME/release\")`");
    return;
  }
  const ast::Expr* expr = properties->Single(*property, "installed files.first_line(\"/path\")");
  if (expr == nullptr) {
    return;
  }
  Expressions expressions(context, 0, &context->modules[0].scope);
  auto call = expressions.AnalyzeCall(*expr, DeclarationKind::kFact, "`installed` reads a fact");
  if (!call) {
    return;
  }
  const Declaration& declaration = context->declaration(call->declaration_id);
  if (declaration.result.kind != TypeKind::kString &&
      declaration.result.kind != TypeKind::kVersion) {
    context
        ->Error(Kind::kWrongType, expr->range,
                fmt::format("`{}` is a `{}`, but a version is read from a `String`", call->title,
                            TypeName(declaration.result)))
        .AddNote(declaration.range, "declared here");
    return;
  }
  context->program.facts.push_back({"installed", declaration.native, std::move(call->arguments),
                                    context->Position(expr->range)});
}

void ReadReleases(Context* context, Properties* properties, SourceRange product_range) {
  const ast::Property* property = properties->Find("releases");
  if (property == nullptr && properties->IsMisspelled("releases")) {
    return;
  }
  if (property == nullptr) {
    context
        ->Error(Kind::kMissingProperty, product_range,
                "the product does not list its releases; versions that are not listed are refused")
        .SetHint("add `releases v1.0.0, v2.0.0`");
    return;
  }
  std::vector<std::string>& releases = context->program.product.releases;
  std::set<plan::Version> known;
  for (const std::vector<ast::Expr>& group : property->groups) {
    if (group.size() != 1) {
      properties->Malformed(*property, "releases v1.0.0, v2.0.0");
      return;
    }
    auto version = VersionOf(context, group[0], "a release");
    if (!version) {
      continue;
    }
    if (!known.insert(plan::Version::Parse(*version).value()).second) {
      context->Error(Kind::kDuplicateName, group[0].range,
                     fmt::format("release v{} is listed twice", *version));
      continue;
    }
    releases.push_back(*version);
  }
}

void ReadWithdrawn(Context* context, Properties* properties) {
  const ast::Property* property = properties->Find("withdrawn");
  if (property == nullptr) {
    return;
  }
  for (const std::vector<ast::Expr>& group : property->groups) {
    auto reason = group.size() == 2 ? PlainText(group[1]) : std::nullopt;
    if (!reason) {
      properties->Malformed(*property, "withdrawn v4.7.0 \"why\"");
      return;
    }
    if (auto version = VersionOf(context, group[0], "a withdrawn release")) {
      context->program.product.withdrawn.push_back({*version, *reason});
    }
  }
}

// ---- upgrade ----

class UpgradeReader {
 public:
  UpgradeReader(Context* context, const ast::Upgrade& tree)
      : context_(*context), tree_(tree), upgrade_(context->program.upgrade) {}
  void Read();

 private:
  void ReadTarget();
  void ReadOrigin(const ast::Origin& origin);
  void CheckReach(const ast::Origin& origin, SourceRange range, const plan::VersionRange& versions);
  int64_t ReadDuration(Properties* properties, std::string_view name,
                       plan::SourcePosition* position);
  void ReadApprovals(Properties* properties);
  void ReadAccepts(Properties* properties);
  void ReadAllows(Properties* properties);

  Context& context_;
  const ast::Upgrade& tree_;
  plan::Upgrade& upgrade_;
};

void UpgradeReader::Read() {
  upgrade_.position = context_.Position(tree_.range);
  ReadTarget();
  for (const ast::Origin& origin : tree_.origins) {
    ReadOrigin(origin);
  }
  Properties properties(&context_, tree_.properties,
                        {"ticket", "window", "downtime", "approvals", "accepts", "allow"},
                        "an upgrade");
  if (const ast::Property* ticket = properties.Find("ticket")) {
    const ast::Expr* expr = properties.Single(*ticket, "ticket \"MNT-2041\"");
    auto text = expr == nullptr ? std::nullopt : PlainText(*expr);
    if (expr != nullptr && !text) {
      properties.Malformed(*ticket, "ticket \"MNT-2041\"");
    }
    upgrade_.ticket = text.value_or("");
  }
  upgrade_.window_ms = ReadDuration(&properties, "window", &upgrade_.window_position);
  upgrade_.downtime_ms = ReadDuration(&properties, "downtime", &upgrade_.downtime_position);
  ReadApprovals(&properties);
  ReadAccepts(&properties);
  ReadAllows(&properties);
}

void UpgradeReader::ReadTarget() {
  auto target = VersionOf(&context_, tree_.target, "the target of an upgrade");
  if (!target) {
    return;
  }
  upgrade_.to = *target;
  const plan::Product& product = context_.program.product;
  for (const plan::Withdrawn& withdrawn : product.withdrawn) {
    if (IsSameVersion(withdrawn.version, *target)) {
      context_.Error(Kind::kUnknownRelease, tree_.target.range,
                     fmt::format("v{} is withdrawn: {}", *target, withdrawn.reason));
      return;
    }
  }
  bool is_listed =
      std::any_of(product.releases.begin(), product.releases.end(),
                  [&](const std::string& release) { return IsSameVersion(release, *target); });
  if (!is_listed && !product.releases.empty()) {
    context_
        .Error(Kind::kUnknownRelease, tree_.target.range,
               fmt::format("v{} is not among the product's `releases`, an upgrade ends at one",
                           *target))
        .SetHint(SuggestHint("v" + *target, WithV(product.releases)));
  }
}

void UpgradeReader::ReadOrigin(const ast::Origin& origin) {
  auto lower = VersionOf(&context_, origin.lower, "the origin of an upgrade");
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

// The range holds a release, and the edge goes up from it.
void UpgradeReader::CheckReach(const ast::Origin& origin, SourceRange range,
                               const plan::VersionRange& versions) {
  auto lower = plan::Version::Parse(versions.lower);
  auto target = plan::Version::Parse(upgrade_.to);
  if (origin.upper) {
    auto upper = plan::Version::Parse(versions.upper);
    if (!(lower.value() < upper.value())) {
      context_.Error(Kind::kEmptyRange, range,
                     fmt::format("no version lies in `{}`: `A ..< B` needs a B above A",
                                 plan::FormatRange(versions)));
      return;
    }
  }
  const std::vector<std::string>& releases = context_.program.product.releases;
  bool has_release = false;
  for (const std::string& release : releases) {
    auto inside = plan::IsInRange(release, versions);
    if (!inside.ok() || !inside.value()) {
      continue;
    }
    has_release = true;
    auto version = plan::Version::Parse(release);
    if (!upgrade_.to.empty() && target.ok() && !(version.value() < target.value())) {
      context_.Error(Kind::kUpgradeGoesUp, range,
                     fmt::format("release v{} lies in `{}`, but v{} is not above it; an upgrade "
                                 "goes up",
                                 release, plan::FormatRange(versions), upgrade_.to));
      return;
    }
  }
  if (!has_release && !releases.empty()) {
    context_.Error(
        Kind::kEmptyRange, range,
        fmt::format("none of the product's `releases` lies in `{}`", plan::FormatRange(versions)));
  }
}

int64_t UpgradeReader::ReadDuration(Properties* properties, std::string_view name,
                                    plan::SourcePosition* position) {
  const ast::Property* property = properties->Find(name);
  if (property == nullptr) {
    return 0;
  }
  *position = context_.Position(property->range);
  const ast::Expr* expr = properties->Single(*property, std::string(name) + " 5m");
  if (expr == nullptr) {
    return 0;
  }
  Expressions expressions(&context_, 0, &context_.modules[0].scope);
  auto value = expressions.Constant(
      *expr, {Type::Of(TypeKind::kDuration), "`" + std::string(name) + "`", {}});
  if (value && value->number <= 0) {
    context_.Error(Kind::kBadProperty, expr->range,
                   fmt::format("a `{}` of nothing holds no upgrade, it is longer than `0s`", name));
  }
  return value ? value->number : 0;
}

void UpgradeReader::ReadApprovals(Properties* properties) {
  const ast::Property* property = properties->Find("approvals");
  if (property == nullptr) {
    return;
  }
  for (const std::vector<ast::Expr>& group : property->groups) {
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
  for (const std::vector<ast::Expr>& group : property->groups) {
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
  for (const std::vector<ast::Expr>& group : property->groups) {
    auto reason = group.size() == 3 ? PlainText(group[2]) : std::nullopt;
    if (!reason || reason->empty() || WordOf(group[1]) != "because") {
      properties->Malformed(*property, "allow no-estimate because \"why\"");
      return;
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
          .SetHint(SuggestHint(name, known));
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

void AnalyzeProduct(Context* context) {
  const ast::Tree& tree = *context->modules[0].tree;
  const ast::Product* product = OnlyOne(context, tree.products, "product");
  if (product == nullptr) {
    return;
  }
  context->program.product.name = product->name.text;
  context->program.product.position = context->Position(product->name.range);
  Properties properties(context, product->properties,
                        {"versions", "installed", "releases", "withdrawn"}, "a product");
  ReadScheme(context, &properties);
  ReadInstalled(context, &properties, product->name.range);
  ReadReleases(context, &properties, product->name.range);
  ReadWithdrawn(context, &properties);
}

void AnalyzeUpgrade(Context* context) {
  const ast::Upgrade* upgrade = OnlyOne(context, context->modules[0].tree->upgrades, "upgrade");
  if (upgrade == nullptr) {
    return;
  }
  UpgradeReader(context, *upgrade).Read();
  AnalyzePhases(context, *upgrade);
}

}  // namespace upgraph::sema
