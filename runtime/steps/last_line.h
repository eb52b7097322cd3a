#pragma once

#include <cstddef>
#include <string>

namespace upgraph::steps {

// The last line of what a command printed that says something, cut at `bytes_max`.
std::string LastLine(std::string output, size_t bytes_max);

}  // namespace upgraph::steps
