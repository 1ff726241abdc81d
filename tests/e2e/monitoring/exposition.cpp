#include "e2e/monitoring/exposition.hpp"

#include <regex>
#include <sstream>

namespace feedctl::test {

namespace {

void add_labels(const std::string& line, std::set<std::string>& labels) {
  static const std::regex label(R"re([{,]([a-z_]+)="(?:[^"\\]|\\.)*")re");
  for (std::sregex_iterator at(line.begin(), line.end(), label), end; at != end; ++at) {
    if ((*at)[1] != "le") labels.insert((*at)[1]);
  }
}

}  // namespace

std::map<std::string, ExposedFamily> exposed_families(const std::string& text) {
  std::map<std::string, ExposedFamily> families;
  std::istringstream lines(text);
  std::string word, name;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    if (line.rfind("# TYPE ", 0) == 0) {
      words >> word >> word >> name;
      words >> families[name].type;
    } else if (line.rfind("#", 0) != 0 && !name.empty()) {
      add_labels(line, families[name].labels);
    }
  }
  return families;
}

double value_of(const std::string& text, const std::string& series) {
  const auto at = ("\n" + text).find("\n" + series + " ");
  if (at == std::string::npos) return -1;
  return std::stod(text.substr(at + series.size() + 1));
}

}  // namespace feedctl::test
