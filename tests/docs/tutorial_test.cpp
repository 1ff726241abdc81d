// The pages: what check_pages finds, and the tutorial's page in a browser against a real `feedctl dev`.
#include <cstdlib>
#include <string>

#include "base/json_writer.hpp"
#include "support/catch.hpp"
#include "support/dev_process.hpp"
#include "support/process.hpp"
#include "support/server_process.hpp"
#include "support/third_party_tools.hpp"

namespace feedctl {
namespace {

const std::string source = std::getenv("FEEDCTL_SOURCE");

std::string script_options(const std::string& chromium, int port, const std::string& mode) {
  std::string text;
  json::Writer out(text);
  out.open_object().text("chromium", chromium);
  out.text("server", "http://127.0.0.1:" + std::to_string(port));
  out.text("folder", source + "/docs/tutorial").text("mode", mode).close_object();
  return text;
}

void check_tutorial(const std::string& mode) {
  const auto browser = support::chromium();
  const auto packages = support::node_packages("tests/docs/browser");
  if (!browser || !packages) {
    WARN("not tested with a browser: " << browser.why_not << " " << packages.why_not);
    SUCCEED();
    return;
  }
  const support::StateFolder state;
  const int port = support::free_port();
  const auto dev =
      support::start_dev(state.path(), port,
                         {"--auth", mode, "--openid-port", std::to_string(support::free_port())});
  support::RunOptions options;
  options.timeout = std::chrono::minutes{15};
  const auto result = support::run({"node", (packages.path / "tutorial.mjs").string(),
                                    script_options(browser.path.string(), port, mode)},
                                   options);
  INFO(result.out << result.err << "\n" << dev->output());
  CHECK(result.exit_code == 0);
  CHECK(result.out.find("ok: the next page goes on where the first ended\n") != std::string::npos);
}

}  // namespace

TEST_CASE("snippets, routes, pictures and the names of tasks are what the pages say") {
  const auto python = support::run({"python3", "--version"});
  if (python.exit_code != 0) {
    WARN("not tested: python3 is not installed");
    SUCCEED();
    return;
  }
  support::RunOptions options;
  options.timeout = std::chrono::minutes{10};
  const auto result = support::run({source + "/tests/docs/check_pages"}, options);
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
}

TEST_CASE("the tutorial's page works where requests name their actor") {
  check_tutorial("open");
}

TEST_CASE("the tutorial's page signs people in where requests need a token") {
  check_tutorial("required");
}

}  // namespace feedctl
