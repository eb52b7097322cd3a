#pragma once

// What is given for the inputs of a spec, as text of the language: from files, and one by one.

#include <deque>
#include <string>
#include <vector>

#include "compiler/ast/tree.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/source/source_manager.h"

namespace upgraph::driver {

// `--set domain=https://edge.test`
struct GivenValue {
  std::string input;
  std::string text;
};

struct GivenInputs {
  std::vector<std::string> files;  // each holds `let NAME = VALUE` for some inputs
  std::vector<GivenValue> values;  // these win over the files
  // For several specs, of which this one need not have all: those are named in
  // Compilation::unknown_inputs.
  bool is_for_several = false;
};

// A tree of `let`s for each, in the order in which a later one wins. A value whose input is of a
// type that is written in quotes is taken as it is; of any other it is an expression. What is wrong
// is emitted, with its place in the file or in the value, and left out. `total_bytes_max` bounds
// all texts of `sources` together.
std::deque<ast::Tree> ReadGiven(const GivenInputs& given, const ast::Tree& spec,
                                uint64_t total_bytes_max, source::SourceManager& sources,
                                diagnostics::Emitter& emitter);

// What a test of the spec gives with `given input NAME VALUE`, as a tree of `let`s whose places are
// those in the spec.
ast::Tree GivenByTest(const ast::Test& test, source::BufferId buffer_id);

}  // namespace upgraph::driver
