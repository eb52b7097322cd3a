#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/sema/spec_head.h"
#include "plan/version.h"

namespace upgraph::sema {

std::optional<std::string> VersionOf(Context* context, const ast::Expr& expr,
                                     const std::string& what) {
  Expressions expressions(context, 0, &context->modules[0].scope);
  auto value = expressions.Constant(expr, {Type::Of(TypeKind::kVersion), what, {}});
  if (!value || !CheckVersion(context, expr.range, value->text)) {
    return std::nullopt;
  }
  return value->text;
}

std::vector<std::string> WithV(std::vector<std::string> versions) {
  for (std::string& version : versions) {
    version = "v" + version;
  }
  return versions;
}

bool IsSameVersion(const plan::Product& product, const std::string& a, const std::string& b) {
  auto left = plan::ReadVersion(product, a);
  auto right = plan::ReadVersion(product, b);
  return left.ok() && right.ok() && left.value() == right.value();
}

namespace {

// `versions semver ignoring "-ee", "-ce"`: a scheme, then suffixes that count for nothing.
void ReadScheme(Context* context, const ast::Property& property) {
  const auto malformed = [&](SourceRange range, const std::string& what) {
    context->Error(Kind::kBadProperty, range, what)
        .SetHint("write `versions semver`, or `versions semver ignoring \"-ee\", \"-ce\"`");
  };
  plan::Product& product = context->program.product;
  const ast::List<ast::Expr>* head = property.groups.empty() ? nullptr : &property.groups[0];
  const bool is_plain = head != nullptr && head->size() == 1 && property.groups.size() == 1;
  const bool is_ignoring = head != nullptr && head->size() == 3 && WordOf((*head)[1]) == "ignoring";
  if (!is_plain && !is_ignoring) {
    malformed(property.range, "`versions` does not read as it must");
    return;
  }
  const std::string name(WordOf((*head)[0]));
  if (!plan::FindVersionScheme(name)) {
    context
        ->Error(Kind::kUnknownName, (*head)[0].range,
                fmt::format("there is no scheme of versions `{}`; the schemes are `semver`, "
                            "`debian`, `calendar` and `numeric`",
                            name))
        .Suggest(name, {"semver", "debian", "calendar", "numeric"});
    return;
  }
  product.scheme = name;
  for (size_t i = 0; is_ignoring && i < property.groups.size(); ++i) {
    const ast::List<ast::Expr>& group = property.groups[i];
    auto suffix = i > 0 && group.size() != 1 ? std::nullopt : PlainText(group.back());
    if (!suffix || suffix->empty()) {
      malformed(group.back().range, "`ignoring` names suffixes of versions, each a text");
      return;
    }
    product.ignored_suffixes.push_back(*suffix);
  }
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
                fmt::format("`{}` is {}, but a version is read from a `String`", call->title,
                            WithArticle(TypeName(declaration.result))))
        .AddNote(declaration.range, "declared here");
    return;
  }
  context->program.fact_declarations.push_back(call->declaration_id);
  context->program.facts.push_back({"installed", declaration.native, std::move(call->arguments),
                                    context->Position(expr->range)});
}

// False, with an error, when a list of versions has too many.
bool MayBeRead(Context* context, const ast::Property& property) {
  if (property.groups.size() <= kProductVersionsMax) {
    return true;
  }
  const ast::List<ast::Expr>& first = property.groups[kProductVersionsMax];
  context->Error(Kind::kTooLarge, first.empty() ? property.name.range : first[0].range,
                 fmt::format("found {} versions in `{}`, there are {} at most",
                             property.groups.size(), property.name.text, kProductVersionsMax));
  return false;
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
  if (!MayBeRead(context, *property)) {
    return;
  }
  std::vector<std::string>& releases = context->program.product.releases;
  std::set<plan::Version> known;
  for (const ast::List<ast::Expr>& group : property->groups) {
    if (group.size() != 1) {
      properties->Malformed(*property, "releases v1.0.0, v2.0.0");
      return;
    }
    auto version = VersionOf(context, group[0], "a release");
    if (!version) {
      continue;
    }
    if (!known.insert(plan::ReadVersion(context->program.product, *version).value()).second) {
      context->Error(Kind::kDuplicateName, group[0].range,
                     fmt::format("release {} is listed twice", plan::FormatVersion(*version)));
      continue;
    }
    releases.push_back(*version);
  }
}

// `withdrawn v4.7.0 "why"` and `stops v4.8.3 "why"` read alike.
template <typename Item>
void ReadMarked(Context* context, Properties* properties, const std::string& word,
                std::vector<Item>* items) {
  const ast::Property* property = properties->Find(word);
  if (property == nullptr || !MayBeRead(context, *property)) {
    return;
  }
  std::set<plan::Version> known;
  for (const ast::List<ast::Expr>& group : property->groups) {
    auto reason = group.size() == 2 ? PlainText(group[1]) : std::nullopt;
    if (!reason) {
      properties->Malformed(*property, word + " v4.7.0 \"why\"");
      return;
    }
    auto version = VersionOf(context, group[0], "a release in `" + word + "`");
    if (!version) {
      continue;
    }
    const plan::Product& product = context->program.product;
    if (!known.insert(plan::ReadVersion(product, *version).value()).second) {
      context->Error(Kind::kDuplicateName, group[0].range,
                     fmt::format("`{}` names {} twice", word, plan::FormatVersion(*version)));
      continue;
    }
    items->push_back({*version, *reason, context->Position(group[0].range)});
  }
}

size_t StopCount(const Properties& properties) {
  const ast::Property* property = properties.Find("stops");
  return property == nullptr ? 0 : property->groups.size();
}

// A run can only end at a release that a host can have.
void CheckStops(Context* context, const Properties& properties) {
  const plan::Product& product = context->program.product;
  const ast::Property* property = properties.Find("stops");
  for (size_t i = 0; i < product.stops.size(); ++i) {
    const plan::Stop& stop = product.stops[i];
    const auto is_stop = [&](const std::string& version) {
      return IsSameVersion(product, version, stop.version);
    };
    const bool is_listed = std::any_of(product.releases.begin(), product.releases.end(), is_stop);
    const bool is_withdrawn =
        std::any_of(product.withdrawn.begin(), product.withdrawn.end(),
                    [&](const plan::Withdrawn& withdrawn) { return is_stop(withdrawn.version); });
    if ((!is_listed && !product.releases.empty()) || is_withdrawn) {
      context
          ->Error(Kind::kUnknownRelease, property->groups[i][0].range,
                  fmt::format("`stops` names {}, which {}; a run can only end at a release that "
                              "is there",
                              plan::FormatVersion(stop.version),
                              is_withdrawn ? "is withdrawn" : "is not among the `releases`"))
          .SetHint(is_withdrawn ? "" : context->Suggest("v" + stop.version, [&] {
            return WithV(product.releases);
          }));
    }
  }
}

}  // namespace

void AnalyzeScheme(Context* context) {
  const ast::Tree& tree = *context->modules[0].tree;
  if (tree.products.empty()) {
    return;
  }
  for (const ast::Property& property : tree.products[0].properties) {
    if (property.name.text == "versions") {
      ReadScheme(context, property);
      return;
    }
  }
}

void AnalyzePeople(Context* context) {
  std::map<std::string, SourceRange, std::less<>> given;
  for (const ast::People& people : context->modules[0].tree->people) {
    for (const ast::Name& name : people.names) {
      auto [first, is_new] = given.try_emplace(name.text, name.range);
      if (is_new) {
        context->program.people.push_back(name.text);
        continue;
      }
      context
          ->Error(Kind::kDuplicateName, name.range,
                  fmt::format("`{}` stands twice among the people", name.text))
          .AddNote(first->second, "first given here");
    }
  }
}

void AnalyzeProduct(Context* context) {
  const ast::Tree& tree = *context->modules[0].tree;
  if (tree.products.empty()) {
    context->Error(Kind::kMissingDeclaration, StartOf(*context),
                   "the spec has no `product`, it needs one");
    return;
  }
  const ast::Product* product = tree.products.data();
  for (size_t i = 1; i < tree.products.size(); ++i) {
    context
        ->Error(Kind::kDuplicateName, tree.products[i].range,
                "`product` is given twice, a spec has one")
        .AddNote(product->range, "first given here");
  }
  context->program.product.name = product->name.text;
  context->program.product.position = context->Position(product->name.range);
  context->program.purpose = tree.doc.empty() ? product->doc : tree.doc;
  Properties properties(context, product->properties,
                        {"versions", "installed", "releases", "withdrawn", "stops"}, "a product");
  ReadInstalled(context, &properties, product->name.range);
  ReadReleases(context, &properties, product->name.range);
  plan::Product& read = context->program.product;
  ReadMarked(context, &properties, "withdrawn", &read.withdrawn);
  ReadMarked(context, &properties, "stops", &read.stops);
  if (read.stops.size() == StopCount(properties)) {
    CheckStops(context, properties);
  }
}

}  // namespace upgraph::sema
