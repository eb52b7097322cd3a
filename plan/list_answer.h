#pragma once

// What a fact answers that asks for a list: its elements as one text, and as the names by which the
// copies of a loop's body know them.

#include <string>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"
#include "plan/template.h"

namespace upgraph::plan {

// The elements, each on a line of its own in which "\n" stands for a newline and "\\" for a
// backslash. An element that comes again is left out: a list names each thing once.
std::string JoinElements(const std::vector<std::string>& elements);
// An error when it is no text that JoinElements() gives.
Result<std::vector<std::string>> SplitElements(const std::string& answer);

// The text of a template that stands for an element, counted from 1: ${jobs.3}; and for how many
// there are: ${jobs.count}.
std::string ElementHole(const std::string& fact, uint32_t number);
std::string CountHole(const std::string& fact);

// What the names of a list fact stand for on a host that gave that answer. The names of elements
// that are not there stand for themselves, and so do all where the answer is not known, `${jobs}`
// for jobs. An error when there are more elements than the fact may have, with both numbers.
Status NameElements(const Fact& fact, const std::string& answer, TemplateNames* names);

}  // namespace upgraph::plan
