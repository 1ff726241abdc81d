#include "support/sign_in_provider.hpp"

#include <fstream>

#include "base/json_writer.hpp"
#include "support/third_party_tools.hpp"

namespace feedctl::support {
namespace {

constexpr const char* client_id = "feedctl";
constexpr const char* client_secret = "the-client-secret";

Settings provider_settings(const std::string& name, const std::string& issuer) {
  const auto prefix = "oidc." + name + ".";
  return {{prefix + "kind", "openid"},
          {prefix + "issuer", issuer},
          {prefix + "client_id", client_id},
          {prefix + "client_secret", client_secret}};
}

// Starts it, or leaves `why_not`.
void start(SignInProvider& provider, const std::vector<std::string>& argv) {
  provider.process = std::make_unique<BackgroundProcess>(argv);
  if (provider.process->wait_for_line("provider ready at", std::chrono::minutes{2})) return;
  provider.why_not = "it did not start: " + provider.process->output();
}

std::string users_file(const std::vector<std::string>& people) {
  std::string text;
  json::Writer out(text);
  out.open_object();
  for (const auto& person : people) {
    out.key(person).open_object().text("ID", person).text("Username", person);
    out.text("Password", provider_password).text("FirstName", person).text("LastName", "Person");
    out.text("Email", person + "@example.test").boolean("EmailVerified", true);
    out.text("PreferredLanguage", "en").close_object();
  }
  out.close_object();
  return text;
}

}  // namespace

std::string callback_url(int server_port, const std::string& provider) {
  return "http://127.0.0.1:" + std::to_string(server_port) + "/auth/callback/" + provider;
}

SignInProvider start_npm_provider(int server_port) {
  SignInProvider provider{"npm", {}, nullptr, ""};
  const auto packages = node_packages();
  provider.why_not = packages.why_not;
  if (!packages) return provider;
  const auto port = std::to_string(free_port());
  provider.settings = provider_settings(provider.name, "http://127.0.0.1:" + port);
  start(provider, {"node", (packages.path / "oidc_provider.mjs").string(), port, client_id,
                   client_secret, callback_url(server_port, provider.name)});
  return provider;
}

SignInProvider start_zitadel_provider(int server_port, const std::vector<std::string>& people,
                                      const std::filesystem::path& folder) {
  SignInProvider provider{"zitadel", {}, nullptr, ""};
  const auto program = zitadel_provider();
  provider.why_not = program.why_not;
  if (!program) return provider;
  const auto users = folder / "users.json";
  std::ofstream(users) << users_file(people);
  const auto port = std::to_string(free_port());
  provider.settings = provider_settings(provider.name, "http://127.0.0.1:" + port + "/");
  start(provider, {program.path.string(), port, client_id, client_secret,
                   callback_url(server_port, provider.name), users.string()});
  return provider;
}

}  // namespace feedctl::support
