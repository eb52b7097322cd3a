#pragma once

// The tree of one .upg file: what was written, with ranges, and nothing judged. Names are not
// resolved, literals are decoded. Plain data that owns its texts.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ast/boxed.h"
#include "compiler/ast/list.h"
#include "compiler/source/source_range.h"

namespace upgraph::ast {

using source::SourceRange;

struct Name {
  std::string text;
  SourceRange range;
};

// `a.b.c`; parts may be quoted where the grammar allows it (settings."max-conn").
struct DottedName {
  List<Name> parts;
  SourceRange range;

  std::string Text() const;  // "a.b.c"
};

enum class ExprKind : uint8_t {
  kError,       // a mistake that has been reported
  kName,        // `name`
  kText,        // `text`, decoded; or `parts`, where it holds a ${name}
  kBool,        // `number`: 0 or 1
  kInt,         // `number`
  kFloat,       // `real`
  kDuration,    // `number`: milliseconds
  kSize,        // `number`: bytes
  kPercent,     // `real`: 1% is 1.0
  kVersion,     // `text`, without the leading v and without quotes
  kList,        // `operands`
  kCall,        // `name`, `arguments`
  kSum,         // `operands`: left, right
  kDifference,  // `operands`: left, right
  kProduct,     // `operands`: left, right
  kAnything,    // `*`
  kRange,       // `operands`: lower, upper
  kMap,         // `operands`: key, value in turn
  kEqual,       // `operands`: left, right; the comparisons
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,   // `operands`: left, right
  kAnd,  // `operands`: left, right
  kOr,   // `operands`: left, right
  kNot,  // `operands`: one
};
const char* ExprKindName(ExprKind kind);

struct Argument;

// A text with names in it is literal pieces and ${names} in turn.
struct TextPart {
  std::string text;  // decoded; of a literal piece
  DottedName name;   // of an interpolation; else without parts
};

struct Expr {
  ExprKind kind = ExprKind::kError;
  SourceRange range;
  DottedName name;
  List<TextPart> parts;
  union {
    int64_t number = 0;
    double real;
  };
  std::string text;
  List<Expr> operands;
  List<Argument> arguments;
};

struct Argument {
  Boxed<Name> name;
  Expr value;
};

// `writes file(a), key(c, *)`: a word, then groups between commas, each of expressions side by
// side (`by compensation`, `v4.7.0 "why"`). What the word means is judged in sema.
struct Property {
  Name name;
  List<List<Expr>> groups;
  SourceRange range;
  Boxed<Expr> when;  // `downtime 5m up when CONDITION`
};

// `Path`, `[Path]`, `[String: Path]` or `temporary Token`.
struct TypeRef {
  Name name;  // of a list or a map: of its elements
  bool is_list = false;
  SourceRange range;
  std::optional<Name> key;  // of a map: its keys
  bool is_temporary = false;
};

struct Parameter {
  Name name;
  TypeRef type;
  std::optional<Expr> default_value;
  std::string doc;
};

enum class DeclarationKind : uint8_t {
  kStep,
  kFact,
  kHandle,
  kLock,
  kResource,
  kSignal,
  kFunction
};

struct Import {
  DottedName name;
};

struct Product {
  Name name;
  List<Property> properties;
  SourceRange range;  // of the head
  std::string doc;
};

// `tls.ca_file : Path in ms = 100ms  removed v5.0 "why", becomes tls.chain`
struct ConfigKey {
  DottedName name;
  TypeRef type;
  std::optional<Name> unit;
  std::optional<Expr> default_value;
  List<List<Expr>> attributes;
  std::string doc;
};

struct Config {
  Name name;
  Expr handle;
  std::vector<ConfigKey> keys;
  SourceRange range;  // of the head
  std::string doc;
};

struct Let {
  Name name;
  std::optional<TypeRef> type;
  Expr value;
  std::string doc;
};

// `people product, support`
struct People {
  List<Name> names;
  std::string doc;
};

// `input domain : Url = "https://example.com"`
struct HostInput {
  Name name;
  TypeRef type;
  std::optional<Expr> default_value;
  std::string doc;
};

// `type Database`
struct TypeDeclaration {
  Name name;
  std::string doc;
};

// `test "a failing gate" { given installed v4.8.3 … }`: a line is a property named given, when or
// then.
struct Test {
  Expr name;  // a text
  List<Property> lines;
  SourceRange range;  // of the head
  std::string doc;
};

enum class StatementKind : uint8_t {
  kCall,
  kLet,
  kParallel,
  kBlock,
  kLock,
  kFor,
  kWhen,
  kGate,
  kEnd,
  kKeep,
  kCommit,
};

struct Statement;

// One arm of a `when`; the last may have no condition: `else`.
struct WhenArm {
  std::optional<Expr> condition;
  List<Statement> children;
};

struct Statement {
  StatementKind kind = StatementKind::kCall;
  Boxed<Name> label;
  Expr call;         // of kCall; any expression, judged in sema
  Boxed<Expr> text;  // behind the call, of kKeep and of kCommit
  Boxed<Name> name;  // of kGate: its own; of kEnd and kKeep: what ends or stays
  List<Name> after;  // `after a, b`
  Boxed<Let> let;
  List<Expr> locks;        // of kLock
  Boxed<Expr> within;      // of kLock
  Boxed<Expr> hold;        // of kLock
  Boxed<Name> variable;    // of kFor
  Boxed<TypeRef> type;     // of kFor: of the variable
  Boxed<Expr> list;        // of kFor
  Boxed<Expr> max;         // of kFor: `max 64`
  List<Property> clauses;  // of kGate: `every 15s`; one group each
  List<WhenArm> arms;      // of kWhen
  List<Statement> children;
  SourceRange range;  // of the first line: the call, or the words before `{`
};

// `prepare { … }`, `cleanup after 7d { … }`, `announce to page { … }`, `watch 3d { … } else { … }`
struct ItemBlock {
  Name name;  // the first word; judged in sema
  List<Statement> statements;
  List<List<Expr>> groups;  // what stands between the name and `{`
  List<Statement> else_statements;
  bool has_else = false;
  SourceRange range;  // from the name up to the groups
};

struct Declaration {
  DeclarationKind kind = DeclarationKind::kStep;
  std::string doc;  // the text of the `///` lines before it
  Name name;
  std::vector<Parameter> parameters;
  std::optional<TypeRef> result;
  List<Property> properties;      // of the line of the head first, then of the block
  std::vector<ItemBlock> blocks;  // `steps { … }`
  std::optional<Expr> value;      // of a function
  SourceRange range;              // of the head, up to the parameters' `)`
};

// `A ..< B`, or one version.
struct Origin {
  Expr lower;
  std::optional<Expr> upper;
};

struct Upgrade {
  std::vector<Origin> origins;
  Expr target;
  List<Property> properties;
  std::vector<ItemBlock> phases;
  SourceRange range;  // of the head
  std::string doc;
  bool is_downgrade = false;
};

struct Tree {
  source::BufferId buffer_id;
  std::string doc;
  std::vector<Import> imports;
  std::vector<Product> products;
  std::vector<Config> configs;
  std::vector<Let> lets;
  std::vector<Declaration> declarations;
  std::vector<Upgrade> upgrades;
  std::vector<People> people;
  std::vector<HostInput> inputs;
  std::vector<TypeDeclaration> types;
  std::vector<Test> tests;
};

}  // namespace upgraph::ast
