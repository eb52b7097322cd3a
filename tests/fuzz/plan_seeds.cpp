// PROGRAM FOLDER SPEC…: the plan of each spec that has one, without its digest, as a file of
// FOLDER: what the plan target begins with. Made each time, so that it is of the format at hand.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "compiler/driver/pipeline.h"
#include "plan/codec.h"

int main(int argument_count, char** arguments) {
  using namespace upgraph;
  constexpr size_t kDigestBytes = 32;
  if (argument_count < 3) {
    return 2;
  }
  std::filesystem::create_directories(arguments[1]);
  int written = 0;
  for (int i = 2; i < argument_count; ++i) {
    driver::Options options;
    options.check_payload = false;
    const driver::Compilation compilation = driver::Compile(arguments[i], options);
    if (!compilation.plan) {
      continue;
    }
    const std::string bytes = plan::Encode(*compilation.plan);
    std::ofstream file(std::filesystem::path(arguments[1]) / ("plan" + std::to_string(++written)),
                       std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size() - kDigestBytes));
  }
  std::fprintf(stderr, "%d plans\n", written);
  return written == 0 ? 1 : 0;
}
