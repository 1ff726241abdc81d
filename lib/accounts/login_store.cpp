#include "accounts/login_store.hpp"

#include "accounts/secret_digest.hpp"
#include "sql/accounts.hpp"

namespace feedctl::accounts {

namespace {

// Nobody but this server writes them.
http::Scopes scopes_in(const store::Row& row, int column) {
  return http::parse_scopes(row.text(column)).value_or(http::Scopes{});
}

}  // namespace

void store_login(store::Database& database, const LoginAttempt& attempt) {
  const auto& target = attempt.target;
  database.execute(
      sql::accounts::start_login,
      store::params(digest(attempt.state), attempt.cookie_digest, attempt.provider, attempt.nonce,
                    attempt.code_verifier, target.return_to, target.client_redirect,
                    target.client_challenge, target.client_state, http::names_of(target.scopes),
                    attempt.created_at));
}

std::optional<LoginAttempt> take_login(store::Database& database, const std::string& state) {
  const auto rows = database.execute(sql::accounts::take_login, store::params(digest(state)));
  if (rows.empty()) return std::nullopt;
  const auto row = rows[0];
  LoginAttempt attempt;
  attempt.cookie_digest = row.text(0);
  attempt.provider = row.text(1);
  attempt.nonce = row.text(2);
  attempt.code_verifier = row.text(3);
  attempt.target = {row.maybe_text(4), row.maybe_text(5), row.maybe_text(6), row.maybe_text(7),
                    scopes_in(row, 8)};
  attempt.created_at = row.time(9);
  return attempt;
}

void store_code(store::Database& database, const std::string& code, const LoginCode& granted) {
  database.execute(
      sql::accounts::add_code,
      store::params(digest(code), granted.user_id, granted.client_redirect,
                    granted.client_challenge, http::names_of(granted.scopes), granted.created_at));
}

std::optional<LoginCode> take_code(store::Database& database, const std::string& code) {
  const auto rows = database.execute(sql::accounts::take_code, store::params(digest(code)));
  if (rows.empty()) return std::nullopt;
  const auto row = rows[0];
  return LoginCode{row.integer(0), row.maybe_text(1), std::string(row.text(2)), scopes_in(row, 3),
                   row.time(4)};
}

}  // namespace feedctl::accounts
