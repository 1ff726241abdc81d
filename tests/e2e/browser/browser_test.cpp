// Sign-in in a real browser: Chromium, driven by playwright-core (sign_in.mjs).
#include <string>
#include <vector>

#include "base/json_writer.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/github_like_server.hpp"
#include "support/migrate.hpp"
#include "support/openid_provider_process.hpp"
#include "support/process.hpp"
#include "support/server_process.hpp"
#include "support/sign_in_provider.hpp"
#include "support/temp_folder.hpp"
#include "support/third_party_tools.hpp"

namespace feedctl {
namespace {

namespace fs = std::filesystem;

std::string script_options(const fs::path& chromium, int port,
                           const std::vector<std::string>& providers, const fs::path& screenshots) {
  std::string text;
  json::Writer out(text);
  out.open_object().text("chromium", chromium.string());
  out.text("server", "http://127.0.0.1:" + std::to_string(port));
  out.key("providers").open_array();
  for (const auto& provider : providers) out.text(provider);
  out.close_array().text("screenshots", screenshots.string()).close_object();
  return text;
}

support::OpenIdProviderOptions provider_options(int server_port) {
  support::OpenIdProviderOptions options;
  options.redirect_uris = {support::callback_url(server_port, "dev")};
  options.people = {"ada", "linus"};
  return options;
}

support::Settings server_settings(int port) {
  return {{"server.port", std::to_string(port)},
          {"auth.mode", "required"},
          {"auth.public_url", "http://127.0.0.1:" + std::to_string(port)}};
}

}  // namespace

TEST_CASE(
    "people sign in with a browser at each provider, and tokens live and die as they should") {
  const auto browser = support::chromium();
  const auto packages = support::node_packages();
  if (!browser || !packages) {
    WARN("not tested with a browser: " << browser.why_not << " " << packages.why_not);
    SUCCEED();
    return;
  }
  const int port = support::free_port();
  const support::OpenIdProviderProcess dev(provider_options(port));
  support::GithubLikeServer github(support::callback_url(port, "hub"));
  const support::TempFolder folder;
  const auto npm = support::start_npm_provider(port);
  const auto zitadel = support::start_zitadel_provider(port, {"grace"}, folder.path());

  auto settings = server_settings(port);
  settings.merge(dev.server_settings("dev"));
  settings.merge(github.server_settings("hub"));
  std::vector<std::string> providers{"dev", "hub"};
  for (const auto* provider : {&npm, &zitadel}) {
    if (!provider->why_not.empty()) {
      WARN("not tested with the provider " << provider->name << ": " << provider->why_not);
      continue;
    }
    settings.insert(provider->settings.begin(), provider->settings.end());
    providers.push_back(provider->name);
  }
  const support::FreshDatabase database;
  support::migrate_up(database);
  const support::ServerProcess server(database, settings);

  const auto screenshots = support::build_subfolder("screenshots");
  fs::remove_all(screenshots);
  fs::create_directories(screenshots);
  support::RunOptions options;
  options.timeout = std::chrono::minutes{20};
  const auto result = support::run({"node", (packages.path / "sign_in.mjs").string(),
                                    script_options(browser.path, port, providers, screenshots)},
                                   options);
  INFO(result.out << result.err << "\nscreenshots: " << screenshots << "\n" << server.output());
  CHECK(result.exit_code == 0);
  for (const auto& provider : providers)
    CHECK(result.out.find("ok: " + provider + "\n") != std::string::npos);
}

}  // namespace feedctl
