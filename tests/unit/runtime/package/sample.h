#pragma once

// A small package and the parts to make broken ones from.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plan/codec.h"
#include "runtime/package/archive_reader.h"
#include "runtime/package/archive_writer.h"
#include "runtime/package/deflate.h"
#include "runtime/package/manifest.h"
#include "tests/support/catch.h"
#include "tests/support/memory_payload.h"
#include "tests/support/plan_builder.h"

namespace upgraph::test {

inline plan::Plan SamplePlan() {
  PlanBuilder builder;
  const plan::StepId id = builder.Write(plan::Phase::kPrepare, "install", "/opt/box");
  builder.step(id).arguments = {
      {"source", {plan::ValueKind::kPayload, false, 0, 0, "payload/opt/box", {}}}};
  builder.step(id).title = "files.install(\"payload/opt/box\", to: \"/opt/box\")";
  builder.plan().payload = {"payload/opt/box", "payload/release"};
  return builder.plan();
}

inline MemoryPayload SamplePayload() {
  MemoryPayload payload;
  payload.AddFolder("payload/opt/box");
  payload.AddFolder("payload/opt/box/bin");
  payload.AddFile("payload/opt/box/bin/boxd",
                  std::string("\x7f"
                              "ELF\0 run",
                              9),
                  0755);
  payload.AddFile("payload/opt/box/bin-list", "boxd\n");
  payload.AddLink("payload/opt/box/current", "bin/boxd");
  payload.AddFile("payload/opt/box/na\xc3\xafve.txt", "text with a name beyond ASCII\n");
  payload.AddFile("payload/opt/box/empty", "");
  payload.AddFile("payload/release", "2.0.0\n");
  payload.AddFile("payload/not-named", "no step names this file\n");
  return payload;
}

inline Result<std::string> PackSample(const plan::Plan& plan, const package::Payload& payload) {
  const std::string plan_bytes = plan::Encode(plan);
  return package::Pack({plan, plan_bytes, payload, "0.1.0"});
}

inline std::string SamplePackage() {
  Result<std::string> bytes = PackSample(SamplePlan(), SamplePayload());
  REQUIRE((bytes.ok() ? "" : bytes.error().message) == std::string());
  return *bytes;
}

inline std::string BuildZip(const std::vector<package::ZipItem>& items) {
  package::ZipBuilder builder;
  for (const package::ZipItem& item : items) {
    REQUIRE(builder.Add(item).ok());
  }
  return *builder.Finish();
}

// The error of a package that must be refused.
inline Error RefusalOf(const std::string& bytes) {
  Result<package::Package> package = package::OpenPackage(bytes);
  REQUIRE_FALSE(package.ok());
  return package.error();
}

inline std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace upgraph::test
