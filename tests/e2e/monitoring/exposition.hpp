#pragma once
// What feedctl's processes expose, for tests. Plain functions.
#include <map>
#include <set>
#include <string>

#include "support/http_client.hpp"

namespace feedctl::test {

struct ExposedFamily {
  std::string type;
  std::set<std::string> labels;  // without `le`
};

inline std::string read_metrics(int port) {
  const auto answer = support::HttpClient(port).get("/metrics");
  return answer.status == 200 ? answer.body : "";
}

// By name; samples of a histogram count to its family.
std::map<std::string, ExposedFamily> exposed_families(const std::string& text);

// The value of the series that begins so: "feedctl_degraded{dependency=\"redis\"}". -1: none.
double value_of(const std::string& text, const std::string& series);

}  // namespace feedctl::test
