// Lines that are read by hand come to the same tree as by the grammar, places and messages
// included.

#include <rapidcheck/catch.h>

#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "compiler/ast/dump.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/read_ahead.h"
#include "tests/support/catch.h"
#include "tests/unit/compiler/syntax/spec_files.h"

namespace upgraph::syntax {
namespace {

// The places of what the dump of a tree shows without them.
class Places {
 public:
  std::string Of(const ast::Tree& tree) {
    for (const ast::Config& config : tree.configs) {
      for (const ast::ConfigKey& key : config.keys) {
        Add(key);
      }
    }
    for (const ast::Upgrade& upgrade : tree.upgrades) {
      Add(upgrade.phases);
    }
    for (const ast::Declaration& declaration : tree.declarations) {
      Add(declaration.blocks);
    }
    return text_;
  }

 private:
  void Add(source::SourceRange range) {
    text_ += std::to_string(range.begin) + "-" + std::to_string(range.end) + " ";
  }
  void Add(const ast::Name& name) { Add(name.range); }
  void Add(const ast::DottedName& name) {
    Add(name.range);
    Add(name.parts);
  }
  void Add(const ast::TypeRef& type) {
    Add(type.range);
    Add(type.name);
  }
  void Add(const ast::TextPart& part) { Add(part.name); }
  void Add(const ast::Argument& argument) {
    Add(argument.name);
    Add(argument.value);
  }
  void Add(const ast::Expr& expr) {
    Add(expr.range);
    Add(expr.name);
    Add(expr.parts);
    Add(expr.operands);
    Add(expr.arguments);
  }
  void Add(const ast::Let& let) {
    Add(let.name);
    Add(let.type);
    Add(let.value);
  }
  void Add(const ast::ConfigKey& key) {
    text_ += "\nkey " + key.doc + " ";
    Add(key.name);
    Add(key.type);
    Add(key.unit);
    Add(key.default_value);
    Add(key.attributes);
  }
  void Add(const ast::Statement& statement) {
    text_ += "\nstatement ";
    Add(statement.range);
    Add(statement.label);
    Add(statement.call);
    Add(statement.after);
    Add(statement.let);
    Add(statement.locks);
    Add(statement.within);
    Add(statement.hold);
    Add(statement.variable);
    Add(statement.type);
    Add(statement.list);
    Add(statement.children);
  }
  void Add(const ast::ItemBlock& block) { Add(block.statements); }
  template <typename T>
  void Add(const std::optional<T>& item) {
    if (item) {
      Add(*item);
    }
  }
  template <typename T>
  void Add(const ast::Boxed<T>& item) {
    if (item) {
      Add(*item);
    }
  }
  template <typename T>
  void Add(const std::vector<T>& items) {
    AddAll(items);
  }
  template <typename T>
  void Add(const ast::List<T>& items) {
    AddAll(items);
  }
  template <typename Items>
  void AddAll(const Items& items) {
    for (const auto& item : items) {
      Add(item);
    }
  }

  std::string text_;
};

std::string Read(const std::string& text, Reader reader) {
  source::SourceManager sources;
  diagnostics::Emitter emitter;
  const ast::Tree tree = Parse(sources.Add("a.upg", text), sources, emitter, reader);
  std::string all = ast::Dump(tree) + Places().Of(tree) + "\n";
  for (const diagnostics::Diagnostic& diagnostic : emitter.Take()) {
    all += std::to_string(diagnostic.range.begin) + " " + diagnostic.name + " " +
           diagnostic.message + " " + diagnostic.hint + "\n";
  }
  return all;
}

std::vector<std::string> Split(const std::string& line) {
  std::istringstream words(line);
  return {std::istream_iterator<std::string>(words), {}};
}

// Below `end`, each as likely: a range of rapidcheck alone grows with the run.
size_t AnyBelow(size_t end) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<size_t>(0, end));
}

// Some of the lines, most with one mistake: a token is left out, told twice, moved, or another.
std::string AnyLines(const std::vector<std::string>& lines) {
  std::string text;
  for (size_t left = 1 + AnyBelow(5); left > 0; --left) {
    std::vector<std::string> tokens = Split(lines[AnyBelow(lines.size())]);
    const size_t at = AnyBelow(tokens.size());
    const auto place = tokens.begin() + static_cast<ptrdiff_t>(at);
    const std::vector<std::string> others = Split(lines[AnyBelow(lines.size())]);
    switch (AnyBelow(6)) {
      case 0:
        tokens.erase(place);
        break;
      case 1:
        tokens.insert(place, *place);
        break;
      case 2:
        std::swap(tokens[at], tokens[AnyBelow(tokens.size())]);
        break;
      case 3:
        *place = others[AnyBelow(others.size())];
        break;
      case 4:
        tokens.insert(place, others[AnyBelow(others.size())]);
        break;
      default:
        break;
    }
    for (const std::string& token : tokens) {
      text += token + " ";
    }
    text += "\n";
  }
  return text;
}

TEST_CASE("specs, whole and damaged, are read alike") {
  for (const std::string& text : SpecTexts()) {
    INFO(text);
    CHECK(Read(text, Reader::kLinesFirst) == Read(text, Reader::kGrammarOnly));
  }
}

TEST_CASE("any statements are read alike") {
  const std::vector<std::string> lines = {
      "files . remove ( \"/a\" )",
      "f ( 1s , x : \"t ${from}\" , 'raw' , on , [ 1 , v1.2 , ] , g ( h . end ) , )",
      "b : config . set ( s . a . b , 250ms ) after c , d",
      "parallel { f ( ) }",
      "b : block { a : f ( ) ; g ( a ) } after a",
      "lock l . m ( \"/a\" ) , db within 1s hold 2m { f ( ) }",
      "lock l ( ) hold 2m { lock m ( ) within 3s { f ( 1 + 2 ) } }",
      "lock l ( ) within 1s within 2s { f ( ) }",
      "let x = v\"1:2\"",
      "let y : Path = f ( x , 5zz )",
      "for x : Path in [ a ] { f ( x ) }",
      "x * ( 1 - -2 ) . true 1% end keep when"};
  const auto in_phase = [](const std::string& body) {
    return "upgrade v1 -> v2 {\n switch {\n" + body + "\n}\n}\n";
  };
  for (const std::string& line : lines) {
    INFO(line);
    CHECK(Read(in_phase(line), Reader::kLinesFirst) == Read(in_phase(line), Reader::kGrammarOnly));
  }
  rc::prop("statements", [&] {
    const std::string text = in_phase(AnyLines(lines));
    RC_ASSERT(Read(text, Reader::kLinesFirst) == Read(text, Reader::kGrammarOnly));
  });
}

TEST_CASE("a large block is read alike, with mistakes and comments anywhere in it") {
  const std::vector<std::string> lines = {
      "f(1s, x: \"t ${from}\")",
      "lock l(\"/a\") within 1s {\n g(1)\n parallel {\n a: f()\n h() after a\n }\n}",
      "parallel {\n f(99999999999999999999s)\n}",  // a mistake of a value
      "f(\"\\q\")",
      "block {\n /// what it is\n let y: Path = \"/a\"\n f(y)\n}",
      "/// what it is\nlet x = v1.2",
      "/// stray\ng(x)",
      "when from < v1 {\n f()\n} else {\n g()\n}",
      "f(",  // a mistake of its shape
      "block {\n f(1\n}",
      ""};
  for (const size_t count : {kLinesForThreads - 1, kLinesForThreads, 3 * kLinesForThreads}) {
    for (size_t odd = 0; odd < lines.size(); ++odd) {
      std::string body;
      for (size_t i = 0; i < count; ++i) {
        // Mostly what is read ahead, and at some places the line at hand.
        body += i % 97 == 50 || i + 1 == count ? lines[odd] : lines[i % 2];
        body += "\n";
      }
      const std::string text = "upgrade v1 -> v2 {\n switch {\n" + body + "}\n}\n";
      INFO(count << " lines, " << lines[odd]);
      CHECK((Read(text, Reader::kLinesFirst) == Read(text, Reader::kGrammarOnly)));
    }
  }
}

TEST_CASE("any keys are read alike") {
  const std::vector<std::string> lines = {"/// doc",
                                          "a . b : String",
                                          "f : Int since v1 ,",
                                          "c : Duration in ms = 1s",
                                          "end . of : Int = f ( 1 ) since v5.0",
                                          "d : Path removed v1 \"why\" , becomes x . y",
                                          "e : Size = [ 1 , 2 ] deprecated v1 , since v0.1",
                                          "\"q\" : [ Path ] in s = 1 + 2",
                                          "v2 : temporary T = true * -1 }"};
  const auto in_config = [](const std::string& body) {
    return "config s = c.ini(\"/a\") {\n" + body + "\n}\n";
  };
  for (const std::string& line : lines) {
    INFO(line);
    CHECK(Read(in_config(line), Reader::kLinesFirst) ==
          Read(in_config(line), Reader::kGrammarOnly));
  }
  rc::prop("keys", [&] {
    const std::string text = in_config(AnyLines(lines));
    RC_ASSERT(Read(text, Reader::kLinesFirst) == Read(text, Reader::kGrammarOnly));
  });
}

}  // namespace
}  // namespace upgraph::syntax
