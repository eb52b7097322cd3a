#pragma once

// What each fuzz target is: any bytes in, and no answer out. A target ends the program, by a CHECK
// or a sanitizer, when something does not hold. libFuzzer calls it, or replay_main.cpp.

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace upgraph::fuzz {

inline std::string TextOf(const uint8_t* data, size_t size) {
  return size == 0 ? std::string() : std::string(reinterpret_cast<const char*>(data), size);
}

}  // namespace upgraph::fuzz
