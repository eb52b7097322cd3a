#include "cli/commands.h"
#include "cli/graph_svg.h"
#include "cli/graph_text.h"
#include "cli/input.h"
#include "cli/way.h"
#include "cli/written_output.h"

namespace upgraph::cli {

int RunGraph(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<Input> input = ReadInput(arguments, false, console, &exit_code);
  if (!input.has_value()) {
    return exit_code;
  }
  const auto plans = ChoosePlans(input->plan, arguments, console, &exit_code);
  if (!plans.has_value()) {
    return exit_code;
  }
  const GraphDirection direction =
      arguments.is_back ? GraphDirection::kBack : GraphDirection::kForward;
  std::string text;
  if (arguments.graph_form == GraphForm::kSvg) {
    text = RenderSvg(*plans, direction);
  } else {
    for (const plan::Plan& plan : *plans) {
      text += RenderGraph(plan, arguments.graph_form, direction);
    }
  }
  return WriteOutput(arguments, text, console);
}

}  // namespace upgraph::cli
