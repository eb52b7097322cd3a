#include "runtime/steps/arguments.h"

#include <fmt/format.h>

namespace upgraph::steps {

Result<const plan::Value*> Argument(const plan::Step& step, const char* name) {
  const plan::Value* value = plan::FindField(step.arguments, name);
  if (value == nullptr) {
    return Error{ErrorKind::kInvalid, fmt::format("`{}` lacks its argument `{}`", step.name, name)};
  }
  return value;
}

Result<std::string> TextArgument(const plan::Step& step, const char* name) {
  UPGRAPH_ASSIGN(const plan::Value* value, Argument(step, name));
  return value->text;
}

Result<int64_t> NumberArgument(const plan::Step& step, const char* name) {
  UPGRAPH_ASSIGN(const plan::Value* value, Argument(step, name));
  return value->number;
}

}  // namespace upgraph::steps
