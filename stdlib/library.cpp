#include "stdlib/library.h"

#include "base/digest.h"
#include "stdlib/embedded_modules.h"

namespace upgraph::stdlib {

std::span<const Module> Modules() { return EmbeddedModules(); }

const Module* FindModule(std::string_view name) {
  for (const Module& module : Modules()) {
    if (module.name == name) {
      return &module;
    }
  }
  return nullptr;
}

std::string LibraryDigest() {
  DigestBuilder builder;
  for (const Module& module : Modules()) {
    builder.AddField(module.name);
    builder.AddField(module.text);
  }
  return builder.Finish().Hex();
}

}  // namespace upgraph::stdlib
