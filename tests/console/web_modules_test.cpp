// What the console computes without a browser: the tests of tests/console/web, run by Node.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/third_party_tools.hpp"

using namespace feedctl;

namespace {

namespace fs = std::filesystem;

// Node takes a folder in some versions and a pattern in others, but files in all.
std::vector<std::string> test_files() {
  const fs::path root(SOURCE_ROOT);
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(root / "tests/console/web")) {
    if (entry.path().extension() == ".mjs") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("the console's modules compute charts, warnings and merges as their tests say") {
  const auto node = support::node();
  if (!node) {
    WARN("not tested with Node: " << node.why_not);
    SUCCEED();
    return;
  }
  const auto files = test_files();
  REQUIRE(files.size() >= 4);
  std::vector<std::string> argv{node.path.string(), "--test"};
  argv.insert(argv.end(), files.begin(), files.end());
  support::RunOptions options;
  options.timeout = std::chrono::minutes{10};
  const auto result = support::run(argv, options);
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
}
