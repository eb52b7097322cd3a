#pragma once

// sql.migrate on each kind of database.

#include "runtime/steps/native_step.h"

namespace upgraph::steps {

const NativeStep& SqliteMigration();
const NativeStep& PostgresMigration();

}  // namespace upgraph::steps
