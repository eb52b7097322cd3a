#pragma once

// Diagnostics for other tools: SARIF 2.1.0 for code scanning, and the workflow commands of GitHub
// Actions. Pure. Columns count characters (Unicode code points) in both.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source_manager.h"

namespace upgraph::diagnostics {

// What a name stands for, in Markdown or plain text; nothing when there is no more to say.
using Explain = std::function<std::string(std::string_view name)>;

// One run of the tool "upgraph" of that version. The order of the results is that of the
// diagnostics; each rule that one of them names is described once, in the order of the names.
std::string RenderSarif(const std::vector<Diagnostic>& diagnostics,
                        const source::SourceManager& sources, const std::string& tool_version,
                        const Explain& explain);

// One line each: ::error file=a.upg,line=3,col=5,…,title=wrong-type::message
std::string RenderGithub(const std::vector<Diagnostic>& diagnostics,
                         const source::SourceManager& sources);

}  // namespace upgraph::diagnostics
