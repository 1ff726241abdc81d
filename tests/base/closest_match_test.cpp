#include "base/closest_match.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace feedctl;

TEST_CASE("a misspelt word yields the closest known word") {
  const std::vector<std::string> words{"migrate", "serve", "seed"};
  CHECK(closest_match("migrat", words) == "migrate");
  CHECK(closest_match("sreve", words) == "serve");
  CHECK(closest_match("frobnicate", words) == "");
}
