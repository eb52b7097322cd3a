#pragma once

// Specs for tests of the compiler: the frame that every spec needs around the lines a test is
// about.

#include <string>

#include "compiler/diagnostics/renderer.h"
#include "compiler/driver/pipeline.h"

namespace upgraph::support {

inline std::string SpecText(const std::string& top, const std::string& upgrade_body) {
  return "import std.config\nimport std.files\nimport std.http\nimport std.sql\nimport "
         "std.systemd\n"
         "product box {\n"
         "  installed files.first_line(\"/etc/box/release\")\n"
         "  releases v1.0.0, v2.0.0\n"
         "}\n" +
         top + "\nupgrade v1.0 ..< v2.0 -> v2.0.0 {\n  downtime 1d\n" + upgrade_body + "}\n";
}

inline driver::Compilation CompileSpec(const std::string& top, const std::string& upgrade_body,
                                       driver::Dump dump = driver::Dump::kNothing) {
  driver::Options options;
  options.check_payload = false;
  options.dump = dump;
  return driver::CompileText("box.upg", SpecText(top, upgrade_body), "", options);
}

inline std::string Messages(const driver::Compilation& compilation) {
  return diagnostics::RenderHuman(compilation.diagnostics, *compilation.sources, false);
}

}  // namespace upgraph::support
