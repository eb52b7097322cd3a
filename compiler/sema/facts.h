#pragma once

// Questions to the host as values: what they answer is known there alone. Internal to sema.

#include <string>

#include "compiler/sema/context.h"

namespace upgraph::sema {

// Whether a value of the type can wait for the host as an argument of a step: what is a text in the
// plan. Other values that wait stand in conditions of `when` alone.
bool CanWait(TypeKind kind);

// The fact's answer as a value. A question that is asked already keeps its name; another gets
// `name`, or one of its own where that is empty.
plan::Value AskFact(Context* context, const Declaration& declaration, Call call,
                    const std::string& name);

// Facts are asked for before it is read which code of the runtime answers them.
void NameFacts(Context* context);

}  // namespace upgraph::sema
