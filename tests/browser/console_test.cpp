// The console and the pages of API documentation in a real browser: Chromium, driven by
// playwright-core (run.mjs). Each line that it prints is a step of a scenario.
#include <string>
#include <vector>

#include "base/json_writer.hpp"
#include "browser/console_fixture.hpp"
#include "support/catch.hpp"
#include "support/long_mode.hpp"
#include "support/process.hpp"
#include "support/third_party_tools.hpp"

namespace feedctl {
namespace {

namespace fs = std::filesystem;

// Long mode has all of them, and every screen in the dark theme, too.
std::vector<std::string> scenarios(const ConsoleFixture& world) {
  std::vector<std::string> names{"first_page",    "collision",  "roles", "session",
                                 "dead_letters",  "moderation", "audit", "screens",
                                 "transfer_size", "api_docs"};
  // dev suggests an upload where this build has the image libraries.
  if (world.output().find("/photo.jpg") != std::string::npos) names.emplace_back("media");
  if (support::long_mode())
    names.insert(names.end(), {"offline", "operations", "keyboard", "lighthouse"});
  return names;
}

void add_people(json::Writer& out, const ConsoleFixture& world) {
  out.key("people").open_object();
  out.text("editor", world.editor).text("other_editor", world.other_editor);
  out.text("admin", world.admin).text("newcomer", world.newcomer).close_object();
}

std::string script_options(const ConsoleFixture& world, const fs::path& chromium,
                           const fs::path& screenshots) {
  std::string text;
  json::Writer out(text);
  out.open_object().text("chromium", chromium.string()).text("server", world.url(""));
  out.text("screenshots", screenshots.string());
  out.integer("debugging_port", support::free_port());
  add_people(out, world);
  out.key("dead_letter_errors").open_array();
  for (const auto& error : world.dead_letter_errors) out.text(error);
  out.close_array().key("scenarios").open_array();
  for (const auto& scenario : scenarios(world)) out.text(scenario);
  out.close_array().boolean("dark", support::long_mode()).close_object();
  return text;
}

fs::path empty_screenshot_folder() {
  const auto folder = support::build_subfolder("console-screenshots");
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

}  // namespace

TEST_CASE("people work with the console and read the API's documentation in a browser") {
  const auto browser = support::chromium();
  const auto packages = support::node_packages("tests/browser");
  if (!browser || !packages) {
    WARN("not tested with a browser: " << browser.why_not << " " << packages.why_not);
    SUCCEED();
    return;
  }
  const ConsoleFixture world;
  const auto screenshots = empty_screenshot_folder();
  support::RunOptions options;
  options.timeout = std::chrono::minutes{50};
  const auto result = support::run({"node", (packages.path / "run.mjs").string(),
                                    script_options(world, browser.path, screenshots)},
                                   options);
  INFO(result.out << result.err << "\nscreenshots: " << screenshots << "\n" << world.output());
  CHECK(result.exit_code == 0);
  for (const auto& scenario : scenarios(world)) {
    INFO(scenario);
    CHECK(result.out.find("passed: " + scenario + "\n") != std::string::npos);
  }
}

}  // namespace feedctl
