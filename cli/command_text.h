#pragma once

// What `--help` says of each command.

#include "cli/arguments.h"

namespace upgraph::cli {

struct CommandText {
  const char* summary;  // one sentence
  const char* footer;   // what else there is to know, and examples
};
CommandText TextOf(CommandKind kind);

}  // namespace upgraph::cli
