// Where a secret may come from: a variable, a file that a variable or the configuration names, a
// credential of systemd.
#include <filesystem>

#include "e2e/hostile_tokens/canaries.hpp"
#include "e2e/hostile_tokens/token_server.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::hostile;

namespace {

struct SecretKey {
  const char* key;
  const char* variable;
  std::string (*value)(const std::string& secret);
};

const SecretKey secret_keys[] = {
    {"database.url", "FEEDCTL_DATABASE_URL",
     [](const std::string& secret) { return "postgresql://u:" + secret + "@127.0.0.1/x"; }},
    {"redis.url", "FEEDCTL_REDIS_URL",
     [](const std::string& secret) { return "redis://:" + secret + "@127.0.0.1/0"; }},
    {"bus.rabbitmq_url", "FEEDCTL_BUS_RABBITMQ_URL",
     [](const std::string& secret) { return "amqp://u:" + secret + "@127.0.0.1/"; }},
    {"server.secret_key", "FEEDCTL_SERVER_SECRET_KEY",
     [](const std::string& secret) { return secret; }},
    {"oidc.google.client_secret", "FEEDCTL_OIDC_GOOGLE_CLIENT_SECRET",
     [](const std::string& secret) { return secret; }},
};

// A file that only its owner reads.
std::string write_secret(const support::TempFolder& folder, const std::string& name,
                         const std::string& text) {
  const auto path = folder.write(name, text + "\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  return path.string();
}

// What serve would run with: the key's shown value and its origin. A provider needs more than a
// secret.
void check_shown(const SecretKey& key, const support::RunOptions& run, const char* origin,
                 const Canaries& canaries) {
  const auto result = support::run_feedctl(
      {"config", "show", key.key, "--origin", "-o", "json", "--set", "oidc.google.client_id=us",
       "--set", "oidc.google.issuer=https://accounts.google.com", "--set",
       "auth.public_url=https://feed.example.org"},
      run);
  INFO(key.key << " by " << origin << ": " << result.err);
  REQUIRE(result.exit_code == 0);
  const auto rows = json::parse(result.out);
  REQUIRE(support::items_of(rows).size() == 1);
  const auto& row = support::items_of(rows).front();
  CHECK(api::text_member(row, "value").find("****") != std::string::npos);
  CHECK(api::text_member(row, "origin") == origin);
  CHECK(canaries.found_in(result.out + result.err) == "");
}

}  // namespace

TEST_CASE("every secret may come from the environment, a file or a credential, and is not shown") {
  for (const auto& key : secret_keys) {
    const support::TempFolder folder;
    Canaries canaries;
    const auto value = [&](const char* place) { return key.value(canaries.plant(place)); };

    support::RunOptions by_variable;
    by_variable.environment = {std::string(key.variable) + "=" + value("variable"),
                               "FEEDCTL_CONFIG"};
    check_shown(key, by_variable, "environment", canaries);

    support::RunOptions by_file;
    by_file.environment = {
        std::string(key.variable) + "_FILE=" + write_secret(folder, "secret", value("file")),
        "FEEDCTL_CONFIG"};
    check_shown(key, by_file, "environment", canaries);

    write_secret(folder, key.key, value("credential"));
    support::RunOptions by_credential;
    by_credential.environment = {"CREDENTIALS_DIRECTORY=" + folder.path().string(),
                                 "FEEDCTL_CONFIG"};
    check_shown(key, by_credential, "credential", canaries);
  }
}

TEST_CASE("a file of a secret that others may read is refused by name, not by content") {
  for (const auto& key : secret_keys) {
    const support::TempFolder folder;
    Canaries canaries;
    const auto path = write_secret(folder, "secret", key.value(canaries.plant("file")));
    std::filesystem::permissions(path, std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    support::RunOptions run;
    run.environment = {std::string(key.variable) + "_FILE=" + path, "FEEDCTL_CONFIG"};
    const auto result = support::run_feedctl({"config", "check"}, run);
    INFO(key.key);
    CHECK(result.exit_code == 78);
    CHECK(result.err.find("chmod o-r " + path) != std::string::npos);
    CHECK(canaries.found_in(result.out + result.err) == "");
  }
}
