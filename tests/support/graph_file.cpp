#include "support/graph_file.hpp"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

namespace feedctl::support {

std::string graph_file(const TempFolder& folder) {
  if (const char* named = std::getenv("FEEDCTL_GRAPH")) return named;
  const auto beside =
      std::filesystem::path(std::getenv("FEEDCTL_SOURCE")) / "../shared/data/socfb-Reed98.edges";
  if (std::filesystem::exists(beside)) return beside.string();
  std::cerr << "the graph of 962 people is not here (set FEEDCTL_GRAPH to its path): made-up edges "
               "are used\n";
  std::mt19937 random(1);
  std::string text;
  for (int i = 0; i < 4000; ++i) {
    text += std::to_string(random() % 300) + " ";
    text += std::to_string(random() % (i % 4 == 0 ? 300 : 30)) + "\n";
  }
  return folder.write("made-up.edges", text).string();
}

}  // namespace feedctl::support
