#pragma once

// Secrets, read at the moment of use. A value lives as long as its object; it goes into no error,
// no record and no text that anybody is shown.

#include <string>
#include <vector>

#include "runtime/steps/native_step.h"

namespace upgraph::steps {

// The secret that `value` (a plan::ValueKind::kSecret) names, without line ends at its end. An
// error says which one, never what: kNotFound, or kInvalid where others than its owner can read the
// file, where it is empty, longer than 64 KiB or holds a zero byte.
Result<std::string> ReadSecret(env::Files& files, const plan::Value& value);

// That all secrets among the arguments of the step can be read: what preflight asks.
Status CheckSecrets(const StepContext& context);

// `text` with every occurrence of a secret replaced.
std::string WithoutSecrets(std::string text, const std::vector<std::string>& secrets);

}  // namespace upgraph::steps
