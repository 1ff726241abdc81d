#pragma once
// Programs of others that tests use where they can be had: packages of npm and PyPI, Go programs.
// The first test that asks installs them into the build folder, bounded in time; later runs find
// them there. Processes that ask at the same time wait for one another.
#include <filesystem>
#include <string>

namespace feedctl::support {

struct Tool {
  std::filesystem::path path;
  std::string why_not;  // "" where it is there; else what a skipped test says

  explicit operator bool() const { return why_not.empty(); }
};

// A folder with the packages of SOURCE/package-lock.json, and with the scripts of that folder and
// of those below it.
Tool node_packages(const std::filesystem::path& source = "tests/e2e/browser");
// Node with its test runner.
Tool node();
// The program of tests/support/zitadel_provider.
Tool zitadel_provider();
// The S3 servers of tests/support/s3_servers.hpp: SeaweedFS from PyPI, versitygw in Go.
Tool seaweedfs();
Tool versitygw();
// Debian's Chromium, or another one in the PATH.
Tool chromium();

// "build/release/NAME" of this build.
std::filesystem::path build_subfolder(const std::string& name);

}  // namespace feedctl::support
