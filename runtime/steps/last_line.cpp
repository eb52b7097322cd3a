#include "runtime/steps/last_line.h"

#include <algorithm>

namespace upgraph::steps {

std::string LastLine(std::string output, size_t bytes_max) {
  output.erase(output.find_last_not_of(" \t\n") + 1);
  output.erase(0, output.find_last_of('\n') + 1);
  output.erase(0, std::min(output.find_first_not_of(" \t"), output.size()));  // it may be set in
  return output.substr(0, bytes_max);
}

}  // namespace upgraph::steps
