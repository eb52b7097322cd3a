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

std::string LockName(const Declaration& declaration, const Call& call) {
  plan::Value handle;
  handle.kind = plan::ValueKind::kHandle;
  handle.text = declaration.name;
  handle.fields = call.arguments;
  return CanonicalText(handle);
}

}  // namespace upgraph::sema
