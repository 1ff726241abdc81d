#include "support/failpoint_hits.hpp"

#include <fstream>
#include <istream>
#include <sstream>

#include "support/process.hpp"

namespace feedctl::support {

namespace {

std::set<std::string> lines_of(std::istream& text) {
  std::set<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.insert(line);
  return lines;
}

}  // namespace

std::set<std::string> declared_failpoints() {
  const auto listed = run_feedctl({"failpoints"});
  std::istringstream names(listed.exit_code == 0 ? listed.out : "");
  return lines_of(names);
}

std::set<std::string> FailpointHits::read() const {
  std::ifstream file(path());
  return lines_of(file);
}

}  // namespace feedctl::support
