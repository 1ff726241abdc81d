#include "feedctl/dev/sign_in.hpp"

#include <fstream>
#include <iterator>

#include "base/encoding.hpp"
#include "feedctl/cli/private_file.hpp"
#include "sql/dev.hpp"
#include "store/database.hpp"
#include "users/users.hpp"

namespace feedctl::cli {

namespace {

namespace fs = std::filesystem;

constexpr int max_people = 8;
constexpr std::size_t secret_bytes = 24;

store::Options database_options(const dev_servers::DevServers& servers) {
  store::Options options;
  options.url = Secret<std::string>(servers.postgres().url());
  options.application_name = "feedctl.dev";
  return options;
}

void add_account(users::Users& users, const std::string& handle, const std::string& name,
                 users::Role role) {
  const auto account = users.find_account(handle);
  if (!account)
    users.create({handle, name, role});
  else if (account->user.role != role)
    users.set_role(account->user.id, role);
}

fs::path settings_file(const fs::path& data_dir) {
  return data_dir / "openid.json";
}

}  // namespace

dev_openid::Options make_provider_options(int port, int provider_port) {
  dev_openid::Options options;
  options.port = provider_port;
  options.client_id = "feedctl-dev";
  options.client_secret = Secret<std::string>(base64url(random_bytes(secret_bytes)));
  options.redirect_uris = {"http://127.0.0.1:" + std::to_string(port) + "/auth/callback/dev"};
  return options;
}

void add_console_accounts(const dev_servers::DevServers& servers) {
  store::Database database(database_options(servers));
  users::Users users(database);
  add_account(users, "admin", "Ada Admin", users::Role::admin);
  add_account(users, "editor", "Eddie Editor", users::Role::editor);
}

void add_people(dev_openid::Options& options, const dev_servers::DevServers& servers) {
  store::Database database(database_options(servers));
  const auto people =
      database.execute(sql::dev::sign_in_people,
                       store::params(dev_openid::issuer_of(options), std::int64_t{max_people}));
  for (const auto& row : people) {
    options.people.push_back({std::string(row.text(0)), std::string(row.text(1)), ""});
  }
}

void write_provider_settings(const fs::path& data_dir, const dev_openid::Options& options) {
  replace_private_file(settings_file(data_dir), dev_openid::to_json(options) + "\n");
}

dev_openid::Options read_provider_settings(const fs::path& data_dir) {
  std::ifstream file(settings_file(data_dir));
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  return dev_openid::parse_options(text);
}

}  // namespace feedctl::cli
