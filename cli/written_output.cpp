#include "cli/written_output.h"

#include "cli/whole_file.h"

namespace upgraph::cli {

int WriteOutput(const Arguments& arguments, const std::string& text, Console& console) {
  if (arguments.output.empty() || arguments.output == "-") {
    console.Out(text);
    return 0;
  }
  const Status written = ReplaceFile(arguments.output, text);
  return written.ok() ? 0 : Fail(console, arguments.command, Refusal(written.error()));
}

}  // namespace upgraph::cli
