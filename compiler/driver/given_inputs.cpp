#include "compiler/driver/given_inputs.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/driver/read_spec.h"
#include "compiler/sema/type.h"
#include "compiler/syntax/parse.h"
#include "plan/value.h"

namespace upgraph::driver {
namespace {

using diagnostics::Kind;

bool IsWrittenInQuotes(const ast::Tree& spec, const std::string& name) {
  const auto input =
      std::find_if(spec.inputs.begin(), spec.inputs.end(),
                   [&](const ast::HostInput& candidate) { return candidate.name.text == name; });
  if (input == spec.inputs.end()) {
    return true;  // what is wrong is the name, and its value shall not be a second mistake
  }
  if (input->type.is_list || input->type.key) {
    return false;
  }
  const auto kind = sema::FindBuiltinType(input->type.name.text);
  return kind && sema::IsTextType(*kind);
}

class GivenReader {
 public:
  GivenReader(uint64_t total_bytes_max, source::SourceManager* sources,
              diagnostics::Emitter* emitter)
      : total_bytes_max_(total_bytes_max), sources_(*sources), emitter_(*emitter) {}

  void ReadFile(const std::string& path) {
    Result<std::string> text = ReadSpec(path);
    if (!text.ok()) {
      emitter_.Emit(Kind::kUnreadableSpec, {}, "the inputs: " + text.error().message);
      return;
    }
    // One byte too many is enough for the parser to refuse it.
    text->resize(std::min<size_t>(text->size(), kSourceFileBytesMax + 1));
    Read(path, *std::move(text));
  }

  void ReadValue(const ast::Tree& spec, const GivenValue& value) {
    const std::string text =
        IsWrittenInQuotes(spec, value.input)
            ? plan::FormatValue({plan::ValueKind::kString, false, 0, 0, value.text, {}})
            : value.text;
    Read("--set", fmt::format("let {} = {}\n", value.input, text));
    // The text of a value could go on with another line.
    if (!emitter_.has_errors() && trees_.back().lets.size() != 1) {
      emitter_
          .Emit(Kind::kSyntaxError, {},
                fmt::format("what was given for `{}` is no value alone", value.input))
          .SetHint("a value stands on one line");
    }
  }

  std::deque<ast::Tree> Take() { return std::move(trees_); }

 private:
  void Read(const std::string& name, std::string text) {
    if (sources_.total_bytes() + text.size() > total_bytes_max_) {
      emitter_.Emit(Kind::kTooLarge, {},
                    fmt::format("with `{}` all files together have {} bytes, {} at most", name,
                                sources_.total_bytes() + text.size(), total_bytes_max_));
      return;
    }
    trees_.push_back(syntax::Parse(sources_.Add(name, std::move(text)), sources_, emitter_));
  }

  const uint64_t total_bytes_max_;
  source::SourceManager& sources_;
  diagnostics::Emitter& emitter_;
  std::deque<ast::Tree> trees_;
};

}  // namespace

ast::Tree GivenByTest(const ast::Test& test, source::BufferId buffer_id) {
  const auto word = [](const ast::Expr& expr) {
    const bool is_word = expr.kind == ast::ExprKind::kName && expr.name.parts.size() == 1;
    return is_word ? expr.name.parts[0].text : std::string();
  };
  ast::Tree tree;
  tree.buffer_id = buffer_id;
  std::set<std::string> known;
  for (const ast::Property& line : test.lines) {
    for (const ast::List<ast::Expr>& group : line.groups) {
      if (line.name.text == "given" && group.size() == 3 && word(group[0]) == "input" &&
          !word(group[1]).empty() && known.insert(word(group[1])).second) {
        tree.lets.push_back({group[1].name.parts[0], std::nullopt, group[2], ""});
      }
    }
  }
  return tree;
}

std::deque<ast::Tree> ReadGiven(const GivenInputs& given, const ast::Tree& spec,
                                uint64_t total_bytes_max, source::SourceManager& sources,
                                diagnostics::Emitter& emitter) {
  GivenReader reader(total_bytes_max, &sources, &emitter);
  for (const std::string& path : given.files) {
    reader.ReadFile(path);
  }
  for (const GivenValue& value : given.values) {
    reader.ReadValue(spec, value);
  }
  return reader.Take();
}

}  // namespace upgraph::driver
