#pragma once

// The allocator of the program, and of what measures it: see allocator.cpp.

namespace upgraph::cli {

// From here on what is freed goes back to the kernel soon. A run lasts, its host needs the memory
// for something else, and what opens a run is no measure for what carries it.
void GiveBackFreedMemory();

}  // namespace upgraph::cli
