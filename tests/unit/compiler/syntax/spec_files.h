#pragma once

// Every text of the project with spec in it, whole and damaged, for tests that compare two readers.

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace upgraph::syntax {

inline std::vector<std::string> TextsBelow(const std::filesystem::path& folder) {
  std::vector<std::string> texts;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const bool is_spec = entry.path().extension() == ".upg" || entry.path().extension() == ".md";
    if (!is_spec || !entry.is_regular_file()) {
      continue;
    }
    std::ifstream file(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    texts.push_back(text.str());
  }
  return texts;
}

// Each text is followed by two of it that lack bytes here and there.
inline std::vector<std::string> SpecTexts() {
  std::vector<std::string> texts;
  for (const char* folder : {"stdlib", "examples", "docs", "tests/golden"}) {
    for (std::string& text : TextsBelow(std::filesystem::path(UPGRAPH_SOURCE) / folder)) {
      const size_t seed = texts.size();
      texts.push_back(text);
      for (size_t step : {11 + seed % 5, 211 + seed % 17}) {
        std::string damaged = text;
        for (size_t at = seed % 7; at < damaged.size(); at += step) {
          damaged.erase(at, 1);
        }
        texts.push_back(std::move(damaged));
      }
    }
  }
  return texts;
}

}  // namespace upgraph::syntax
