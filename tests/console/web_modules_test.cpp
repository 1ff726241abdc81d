// The tests of the console's modules that need no browser, run by Node.js where it is installed.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/process.hpp"

using namespace feedctl;

namespace {

namespace fs = std::filesystem;

bool has_node() {
  const std::string script =
      "command -v node && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)'";
  return support::run({"sh", "-c", script}).exit_code == 0;
}

std::vector<fs::path> test_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(SOURCE_ROOT) / "tests/console/web")) {
    if (entry.path().extension() == ".mjs") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("the console's modules pass their own tests") {
  if (!has_node()) {
    WARN("not tested: there is no Node.js of version 18 or newer");
    SUCCEED();
    return;
  }
  const auto files = test_files();
  CHECK(files.size() >= 4);
  for (const auto& file : files) {
    const auto result = support::run({"node", file.string()});
    INFO(file << '\n' << result.out << result.err);
    CHECK(result.exit_code == 0);
  }
}
