#pragma once

// The one door to the world: what the runtime does outside its own memory goes through here
// (SQLite, libcurl and Augeas keep their own doors, each behind the folder that owns it).

#include "runtime/env/clock.h"
#include "runtime/env/files.h"
#include "runtime/env/process.h"

namespace upgraph::env {

// Borrowed parts; the owner outlives all users.
struct Env {
  Files& files;
  Processes& processes;
  Clock& clock;
};

}  // namespace upgraph::env
