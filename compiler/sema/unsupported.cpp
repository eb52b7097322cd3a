// What the grammar reads and the analysis does not know: one error for each, so that nothing that
// was written is passed over in silence.

#include <fmt/format.h>

#include "compiler/sema/context.h"

namespace upgraph::sema {
namespace {

class UnsupportedFinder {
 public:
  explicit UnsupportedFinder(Context* context) : context_(*context) {}

  void Find(const ast::Tree& tree) {
    for (const ast::Declaration& declaration : tree.declarations) {
      Find(declaration.blocks);
    }
    for (const ast::Upgrade& upgrade : tree.upgrades) {
      Find(upgrade.phases);
    }
  }

 private:
  void Find(const std::vector<ast::ItemBlock>& blocks) {
    for (const ast::ItemBlock& block : blocks) {
      if (block.name.text == "watch") {
        Find(block.else_statements);
      } else if (block.name.text != "announce") {
        Find(block.statements);
      }
    }
  }

  void Find(const std::vector<ast::Statement>& statements) {
    for (const ast::Statement& statement : statements) {
      switch (statement.kind) {
        case ast::StatementKind::kWhen:
          for (const ast::WhenArm& arm : statement.arms) {
            Find(arm.children);
          }
          break;
        case ast::StatementKind::kGate:
        case ast::StatementKind::kCommit:
          break;
        case ast::StatementKind::kKeep:  // its text is the reason
          break;
        default:
          if (statement.text) {
            context_.Error(Kind::kUnsupported, statement.text->range,
                           "found a text behind a call, only announcements have one");
          }
          Find(statement.children);
      }
    }
  }

  Context& context_;
};

}  // namespace

void ReportUnsupported(Context* context) {
  for (const Module& module : context->modules) {
    UnsupportedFinder(context).Find(*module.tree);
  }
}

}  // namespace upgraph::sema
