#include "runtime/steps/last_line.h"

namespace upgraph::steps {

std::string LastLine(std::string output, size_t bytes_max) {
  output.erase(output.find_last_not_of(" \n") + 1);
  return output.substr(output.find_last_of('\n') + 1).substr(0, bytes_max);
}

}  // namespace upgraph::steps
