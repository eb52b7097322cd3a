#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "compiler/sema/properties.h"
#include "plan/version.h"

namespace upgraph::sema {
namespace {

bool CanBeKey(TypeKind kind) {
  return kind != TypeKind::kPayload && kind != TypeKind::kKey && kind != TypeKind::kKeyValue &&
         kind != TypeKind::kConfig && kind != TypeKind::kHandle && kind != TypeKind::kOpaque &&
         kind != TypeKind::kSecret && kind != TypeKind::kList && kind != TypeKind::kMap &&
         kind != TypeKind::kVersionRange;
}

bool IsUnitOf(TypeKind kind, const std::string& unit) {
  constexpr std::array<std::string_view, 5> kDurations = {"ms", "s", "m", "h", "d"};
  constexpr std::array<std::string_view, 5> kSizes = {"B", "KiB", "MiB", "GiB", "TiB"};
  const auto& units = kind == TypeKind::kDuration ? kDurations : kSizes;
  return (kind == TypeKind::kDuration || kind == TypeKind::kSize) &&
         std::find(units.begin(), units.end(), unit) != units.end();
}

// Reads one `config` block into the program.
class ConfigReader {
 public:
  ConfigReader(Context* context, const ast::Config& tree)
      : context_(*context), tree_(tree), module_(context->modules[0]) {}

  void Read();

 private:
  bool ReadHandle();
  void ReadKey(const ast::ConfigKey& tree);
  void ReadAttribute(const ast::List<ast::Expr>& group, plan::ConfigKey* key);
  void ReadVersion(const ast::Expr& expr, std::string_view word, std::string* version);
  void CheckLife(const ast::ConfigKey& tree, const plan::ConfigKey& key);
  void CheckBecomes();

  Context& context_;
  const ast::Config& tree_;
  Module& module_;
  plan::Config config_;
  std::map<std::string, size_t, std::less<>> positions_;  // of the keys, by name
};

void ConfigReader::Read() {
  config_.name = tree_.name.text;
  config_.position = context_.Position(tree_.name.range);
  bool has_handle = ReadHandle();
  for (const ast::ConfigKey& key : tree_.keys) {
    ReadKey(key);
  }
  CheckBecomes();
  // Of two configurations of one name the first counts.
  context_.keys.try_emplace(config_.name, std::move(positions_));
  context_.program.configs.push_back(std::move(config_));
  Symbol symbol;
  symbol.type = has_handle ? Type::Of(TypeKind::kConfig) : Type{};
  symbol.value.kind = plan::ValueKind::kConfig;
  symbol.value.text = tree_.name.text;
  context_.Declare(&module_.scope, tree_.name, std::move(symbol));
}

bool ConfigReader::ReadHandle() {
  Expressions expressions(&context_, 0, &module_.scope);
  std::optional<Call> call =
      expressions.AnalyzeCall(tree_.handle, DeclarationKind::kHandle,
                              "a `config` is made by a handle such as `config.ini`");
  if (!call) {
    return false;
  }
  const Declaration& declaration = context_.declaration(call->declaration_id);
  if (declaration.result.kind != TypeKind::kConfig) {
    context_
        .Error(Kind::kWrongType, tree_.handle.range,
               fmt::format("`{}` is {}, but a `config` is made of a `Config`", call->title,
                           WithArticle(TypeName(declaration.result))))
        .AddNote(declaration.range, "declared here");
    return false;
  }
  config_.handle.kind = plan::ValueKind::kHandle;
  config_.handle.text = declaration.name;
  config_.handle.fields = std::move(call->arguments);
  return true;
}

void ConfigReader::ReadKey(const ast::ConfigKey& tree) {
  plan::ConfigKey key;
  key.name = tree.name.Text();
  key.position = context_.Position(tree.name.range);
  auto [first, is_new] = positions_.try_emplace(key.name, config_.keys.size());
  if (!is_new) {
    context_
        .Error(Kind::kDuplicateName, tree.name.range,
               fmt::format("key `{}` is declared twice, nothing shadows", key.name))
        .AddNote(tree_.keys[first->second].name.range, "first declared here");
  }
  Type type = ResolveType(&context_, module_, tree.type);
  if (!type.is_error() && !CanBeKey(type.kind)) {
    context_.Error(Kind::kWrongType, tree.type.range,
                   fmt::format("a key cannot be {}: a file has no way to spell it",
                               WithArticle(TypeName(type))));
    type = {};
  }
  key.type = ValueKindOf(type.kind);
  if (tree.unit) {
    key.unit = tree.unit->text;
    if (!type.is_error() && !IsUnitOf(type.kind, key.unit)) {
      context_
          .Error(Kind::kBadProperty, tree.unit->range,
                 fmt::format("{} is not spelled in `{}`", WithArticle(TypeName(type)), key.unit))
          .SetHint(
              "a `Duration` is spelled in `ms`, `s`, `m`, `h` or `d`, a `Size` in `B`, `KiB`, "
              "`MiB`, `GiB` or `TiB`");
    }
  }
  if (tree.default_value) {
    Expressions expressions(&context_, 0, &module_.scope);
    auto value = expressions.Constant(*tree.default_value,
                                      {type, "key `" + key.name + "`", tree.type.range});
    key.default_value = value.value_or(plan::Value{});
  }
  for (const ast::List<ast::Expr>& group : tree.attributes) {
    ReadAttribute(group, &key);
  }
  CheckLife(tree, key);
  config_.keys.push_back(std::move(key));
}

void ConfigReader::ReadAttribute(const ast::List<ast::Expr>& group, plan::ConfigKey* key) {
  std::string_view word = group.empty() ? "" : WordOf(group[0]);
  bool has_reason = group.size() == 3 && PlainText(group[2]) && word != "becomes";
  if ((group.size() == 2 || has_reason) &&
      (word == "since" || word == "deprecated" || word == "removed")) {
    std::string* version = word == "since"        ? &key->since
                           : word == "deprecated" ? &key->deprecated
                                                  : &key->removed;
    ReadVersion(group[1], word, version);
    if (has_reason) {
      key->reason = *PlainText(group[2]);
    }
    return;
  }
  if (word == "becomes" && group.size() == 2 && group[1].kind == ast::ExprKind::kName) {
    key->becomes = group[1].name.Text();
    return;
  }
  SourceRange range = group.empty() ? tree_.range : Cover(group.front().range, group.back().range);
  context_
      .Error(Kind::kBadProperty, range,
             fmt::format("`{}` says nothing about a key", context_.Text(range)))
      .SetHint(
          "a key's life is `since v5.0`, `deprecated v4.8`, `removed v5.0 \"why\"`, "
          "`becomes other.key`");
}

void ConfigReader::ReadVersion(const ast::Expr& expr, std::string_view word, std::string* version) {
  Expressions expressions(&context_, 0, &module_.scope);
  const std::string what = fmt::format("`{}`", word);
  if (auto value = expressions.Constant(expr, {Type::Of(TypeKind::kVersion), what, {}})) {
    CheckVersion(&context_, expr.range, value->text);
    *version = value->text;
  }
}

// A key lives from `since` to `removed`.
void ConfigReader::CheckLife(const ast::ConfigKey& tree, const plan::ConfigKey& key) {
  if (key.since.empty() || key.removed.empty()) {
    return;
  }
  auto since = plan::ReadVersion(context_.program.product, key.since);
  auto removed = plan::ReadVersion(context_.program.product, key.removed);
  if (since.ok() && removed.ok() && !(since.value() < removed.value())) {
    context_.Error(Kind::kEmptyRange, tree.name.range,
                   fmt::format("key `{}` is removed in v{}, before it comes in v{}", key.name,
                               key.removed, key.since));
  }
}

void ConfigReader::CheckBecomes() {
  std::vector<std::string> known;
  for (const auto& [name, position] : positions_) {
    known.push_back(name);
  }
  for (size_t i = 0; i < config_.keys.size(); ++i) {
    const plan::ConfigKey& key = config_.keys[i];
    if (key.becomes.empty()) {
      continue;
    }
    auto target = positions_.find(key.becomes);
    SourceRange range = tree_.keys[i].name.range;
    if (target == positions_.end() || key.becomes == key.name) {
      context_
          .Error(Kind::kUnknownMember, range,
                 fmt::format("key `{}` becomes `{}`, which is no other key of `{}`", key.name,
                             key.becomes, config_.name))
          .SetHint(context_.Suggest(key.becomes, [&] { return known; }));
      continue;
    }
    const plan::ConfigKey& becomes = config_.keys[target->second];
    if (becomes.type != key.type) {
      context_
          .Error(Kind::kWrongType, range,
                 fmt::format("key `{}` is {}, but becomes `{}`, which is {}; values never "
                             "convert",
                             key.name, WithArticle(plan::ValueKindName(key.type)), becomes.name,
                             WithArticle(plan::ValueKindName(becomes.type))))
          .AddNote(tree_.keys[target->second].name.range, "declared here");
    }
  }
}

// One of the three.
struct Constant {
  uint32_t begin = 0;  // of its name
  const ast::Let* let = nullptr;
  const ast::HostInput* input = nullptr;
  const ast::Config* config = nullptr;
};

// In the order of the text: a name is declared before it is used. In modules inputs and
// configurations are refused.
std::vector<Constant> ConstantsOf(const ast::Tree& tree, bool is_spec) {
  std::vector<Constant> constants;
  for (const ast::Let& let : tree.lets) {
    constants.push_back({let.name.range.begin, &let, nullptr, nullptr});
  }
  if (is_spec) {
    for (const ast::HostInput& input : tree.inputs) {
      constants.push_back({input.name.range.begin, nullptr, &input, nullptr});
    }
    for (const ast::Config& config : tree.configs) {
      constants.push_back({config.name.range.begin, nullptr, nullptr, &config});
    }
  }
  std::sort(constants.begin(), constants.end(),
            [](const Constant& a, const Constant& b) { return a.begin < b.begin; });
  return constants;
}

}  // namespace

bool CheckVersion(Context* context, SourceRange range, const std::string& text) {
  auto version = plan::ReadVersion(context->program.product, text);
  if (!version.ok()) {
    context->Error(Kind::kBadLiteral, range, version.error().message);
  }
  return version.ok();
}

void AnalyzeLet(Context* context, uint32_t module, const ast::Let& let, Expressions* expressions,
                Scope* scope) {
  const std::string what = "`" + let.name.text + "`";
  Expectation expected{{}, what, {}};
  if (let.type) {
    expected.type = ResolveType(context, context->modules[module], *let.type);
    expected.declared = let.type->range;
  }
  expressions->AllowWaiting();
  expressions->NameFact(let.name.text);
  Formula formula = expressions->Analyze(let.value, expected);
  Symbol symbol;
  if (!formula.is_constant()) {
    symbol.kind = SymbolKind::kParameter;
  }
  // After a wrong type nothing is said about the value's uses.
  symbol.type = let.type && expected.type.is_error() ? Type{} : formula.type;
  symbol.value = std::move(formula.constant);
  context->Declare(scope, let.name, std::move(symbol));
}

void AnalyzeConstants(Context* context) {
  for (uint32_t module : context->order) {
    for (const Constant& constant : ConstantsOf(*context->modules[module].tree, module == 0)) {
      if (constant.config != nullptr) {
        ConfigReader(context, *constant.config).Read();
      } else if (constant.input != nullptr) {
        AnalyzeInput(context, *constant.input);
      } else {
        Scope* scope = &context->modules[module].scope;
        Expressions expressions(context, module, scope);
        AnalyzeLet(context, module, *constant.let, &expressions, scope);
      }
    }
  }
}

}  // namespace upgraph::sema
