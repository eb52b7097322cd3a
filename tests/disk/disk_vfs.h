#pragma once

// SQLite on a simulated disk: paths below disk::kRealRoot are on it, all others on the real one.

#include "tests/disk/disk.h"

namespace upgraph::disk {

// Makes it the way by which SQLite opens files from here on.
void InstallVfs();

// The disk that files are opened on from now on; files that are open stay on theirs.
void SetCurrentDisk(SimulatedDisk* disk);
SimulatedDisk* CurrentDisk();

}  // namespace upgraph::disk
