#pragma once

// The properties of one declaration, read into the program. Internal to sema.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/sema/properties.h"

namespace upgraph::sema {

// Reads the properties of one declaration into the program.
class DeclarationReader {
 public:
  DeclarationReader(Context* context, uint32_t module, const ast::Declaration& tree,
                    DeclarationId id)
      : context_(*context),
        module_index_(module),
        module_(context->modules[module]),
        tree_(tree),
        id_(id),
        declaration_(context->declaration(id)),
        scope_(&module_.scope) {
    AddParameters();
  }

  void Read();

 private:
  void AddParameters();
  bool ReadBlocks(const std::string& owner);
  void ReadFunction();
  void ReadNative(Properties* properties);
  void ReadOverlap(Properties* properties);
  void ReadWithin(Properties* properties);
  void ReadStep(Properties* properties);
  void ReadPhases(Properties* properties);
  bool ReadFlag(Properties* properties, std::string_view name);  // a word without a value
  void ReadEffects(Properties* properties, std::string_view name, plan::EffectKind kind);
  void ReadEffect(const ast::Expr& expr, plan::EffectKind kind);
  void ReadReverses(Properties* properties);
  void ReadTimes(Properties* properties);
  void ReadRetry(Properties* properties);
  void ReadRepeat(Properties* properties);
  void ReadSignal(Properties* properties);
  void ReadCommands(Properties* properties);
  void ReadCommand(Properties* properties, const ast::Property& property,
                   std::vector<Formula>* command);
  void CheckCommandStep(Properties* properties);
  void ReadEnd(Properties* properties);
  std::optional<Formula> DurationOf(Properties* properties, std::string_view name);
  Formula Analyze(const ast::Expr& expr, const Expectation& expected) {
    return Expressions(&context_, module_index_, &scope_).Analyze(expr, expected);
  }

  Context& context_;
  uint32_t module_index_;
  const Module& module_;
  const ast::Declaration& tree_;
  DeclarationId id_;
  Declaration& declaration_;
  Scope scope_;
  bool reverses_is_known_ = true;
};

}  // namespace upgraph::sema
