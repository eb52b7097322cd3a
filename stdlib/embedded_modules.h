#pragma once

// Between library.cpp and the file that the build writes from the .upg files of this folder.

#include <span>

#include "stdlib/library.h"

namespace upgraph::stdlib {

std::span<const Module> EmbeddedModules();

}  // namespace upgraph::stdlib
