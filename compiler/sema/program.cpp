#include "compiler/sema/program.h"

namespace upgraph::sema {

const char* DeclarationKindName(DeclarationKind kind) {
  switch (kind) {
    case DeclarationKind::kStep:
      return "step";
    case DeclarationKind::kFact:
      return "fact";
    case DeclarationKind::kHandle:
      return "handle";
    case DeclarationKind::kLock:
      return "lock";
    case DeclarationKind::kResource:
      return "resource";
    case DeclarationKind::kSignal:
      return "signal";
    case DeclarationKind::kFunction:
      return "function";
  }
  UPGRAPH_UNREACHABLE("declaration kind");
}

std::optional<std::string> FindTextFault(const Program& program, TypeKind kind,
                                         const std::string& text) {
  for (size_t i = 0; text.starts_with("${") && i < program.facts.size(); ++i) {
    const Type& given = program.declaration(program.fact_declarations[i]).result;
    const bool is_list = given.kind == TypeKind::kList;
    if ((is_list ? given.element : given.kind) == TypeKind::kPath &&
        text.starts_with("${" + program.facts[i].name + (is_list ? "." : "}"))) {
      return FindTextFault(kind, "/" + text);
    }
  }
  return FindTextFault(kind, text);
}

std::string LockName(const Declaration& declaration, const Call& call) {
  plan::Value handle;
  handle.kind = plan::ValueKind::kHandle;
  handle.text = declaration.name;
  handle.fields = call.arguments;
  return CanonicalText(handle);
}

}  // namespace upgraph::sema
