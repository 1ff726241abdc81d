#pragma once
// The administration routes over a fresh database with one admin, root, and without a server.
#include <string>
#include <vector>

#include "accounts/accounts.hpp"
#include "admin/routes.hpp"
#include "auth/auth.hpp"
#include "base/json.hpp"
#include "oidc/registry.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"
#include "support/in_process.hpp"
#include "support/json.hpp"
#include "users/routes.hpp"

namespace feedctl::test {

struct AdminFixture {
  using Headers = support::InProcessClient::Headers;

  AdminFixture() {
    auth::ensure_signing_key(owner);
    users::add_routes(router, {users, auth, cursors});
    admin::add_routes(router, {database, users, accounts, auth, cursors});
    root = add("root", users::Role::admin);
    as_root = token_of(root);
  }
  Id add(const std::string& handle, users::Role role = users::Role::user,
         const std::string& name = "") {
    return users.create({handle, name, role}).id;
  }
  Headers token_of(Id user) {
    return {{"authorization", "Bearer " + auth.issue(user, std::chrono::seconds{600})}};
  }
  std::string sql(const std::string& text) const { return fresh.execute(text); }
  // The id of a session that is in use.
  std::string add_session(Id user) const {
    return sql(
        "INSERT INTO sessions (id, user_id, client, scopes, current_hash, expires_at) VALUES "
        "(gen_random_uuid(), " +
        std::to_string(user) +
        ", 'browser', '{read}', sha256('x'), now() + interval '1 day') RETURNING id");
  }
  // The id of a dead job, or of a dead event where `payload` is one.
  Id add_dead_event(const std::string& kind = "fan_out", const std::string& payload = "{}",
                    const std::string& error = "it failed") const {
    return std::stoll(
        sql("INSERT INTO dead_events (kind, lane, subject, payload, attempts, "
            "crashes, error, created_at) VALUES ('" +
            kind + "', 1, 42, '" + payload + "', 8, 0, '" + error + "', now()) RETURNING id"));
  }
  // "root user.role user:7", with the oldest first.
  std::string entries() const {
    return sql(
        "SELECT coalesce(string_agg(actor_name || ' ' || action || ' ' || object, ', ' "
        "ORDER BY id), '') FROM audit_log");
  }

  http::Response get(const std::string& path) {
    return server.get("/api/v1/admin/" + path, as_root);
  }
  http::Response post(const std::string& path, const std::string& body = "") {
    return server.post("/api/v1/admin/" + path, body, as_root);
  }
  http::Response patch(const std::string& path, const std::string& body) {
    return server.patch("/api/v1/admin/" + path, body, as_root);
  }
  http::Response del(const std::string& path) {
    return server.del("/api/v1/admin/" + path, as_root);
  }

  support::FreshDatabase fresh;
  store::Database owner{database_options(fresh.owner_url())};
  store::Database database{database_options(fresh.url())};
  auth::Auth auth{{}, database};
  users::Users users{database};
  oidc::Registry providers{config::OidcConfig{}, ""};
  accounts::Accounts accounts{{}, database, auth, users, providers};
  CursorSigner cursors{Secret<std::string>("a key for tokens in tests")};
  http::Router router;
  support::InProcessClient server{router, auth};
  Id root = 0;
  Headers as_root;

 private:
  // Limits that no busy machine comes to.
  static store::Options database_options(Secret<std::string> url) {
    auto made = support::long_timeouts();
    made.url = std::move(url);
    made.pool_size = 20;
    return made;
  }
};

// The handles of GET users, in its order.
inline std::vector<std::string> handles_in(const http::Response& response) {
  std::vector<std::string> handles;
  for (const auto& user : support::list_in(response, "users"))
    handles.push_back(support::text_in(user, "handle"));
  return handles;
}

}  // namespace feedctl::test
