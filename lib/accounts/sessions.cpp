#include "accounts/sessions.hpp"

#include <algorithm>

#include "accounts/first_login.hpp"
#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "metrics/metrics.hpp"
#include "sql/accounts.hpp"
#include "store/server_keys.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::accounts {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Servers' clocks differ a little.
constexpr seconds clock_leeway{60};
constexpr std::size_t max_user_agent_size = 256;

std::int64_t count_ms(milliseconds duration) {
  return duration.count();
}

// The user agent as it is stored and compared.
std::string cut_user_agent(const std::string& text) {
  std::string cut;
  for (const char c : text.substr(0, max_user_agent_size)) cut += c >= 0x20 && c < 0x7f ? c : '?';
  return cut;
}

Error invalid_refresh_token() {
  return Error(ErrorCode::unauthenticated, "the refresh token is not valid: sign in again");
}

Error refresh_again() {
  return Error(ErrorCode::conflict, "this refresh token is in use right now, try again")
      .with_retry_after(seconds{1});
}

void count_refresh(const std::string& outcome) {
  metrics::counter("feedctl_token_refreshes_total", "Uses of refresh tokens, by outcome",
                   {{"outcome", outcome}})
      .add();
}

audit::Entry ended_entry(Id user, const std::string& session) {
  std::string before;
  json::Writer(before).open_object().text("session", session).close_object();
  return {"user.end_session", "user:" + std::to_string(user), before, std::nullopt};
}

http::Scopes parse_stored_scopes(std::string_view text) {
  return http::parse_scopes(text).value_or(http::Scopes{});
}

}  // namespace

ClientInfo client_of(const http::Request& request) {
  const auto* agent = request.header("user-agent");
  return {agent == nullptr ? "" : *agent, request.client_address};
}

struct Sessions::Outcome {
  std::string name = "unknown";
  Id user_id = 0;
  Time expires_at = {};
};

// What a client gets beside its refresh token. Made before the session changes: whatever fails
// until then leaves the client its old token.
struct Sessions::Prepared {
  users::User user;
  Secret<std::string> access_token;
  http::Scopes scopes;
};

Secret<std::string> Sessions::pepper() {
  const std::lock_guard lock(mutex_);
  if (!pepper_.empty()) return pepper_;
  auto stored = store::load_key(database_, store::refresh_pepper_name);
  if (!stored) {
    throw Error(ErrorCode::unavailable, "sign-ins are not set up yet")
        .with_detail("the database has no refresh_pepper: run feedctl migrate up");
  }
  return pepper_ = *std::move(stored);
}

Time Sessions::access_tokens_end() const {
  return options_.clock() + options_.access_token_ttl + clock_leeway;
}

Sessions::Prepared Sessions::prepare(Id user, http::Scopes scopes, const RefreshToken& token) {
  auto found = users_.get(user);
  auto text = auth_.issue({user, scopes, token.session_id(), options_.access_token_ttl});
  const auto granted = auth_.verify(text).scopes;
  return {std::move(found), Secret(std::move(text)), granted};
}

// nullopt: the token is not valid any more, of which rotate() tells why.
std::optional<Sessions::Prepared> Sessions::prepare_refresh(const RefreshToken& token) {
  const auto rows =
      database_.read(sql::accounts::refreshable_session,
                     store::params(token.session_id(), token.digest(), options_.clock()));
  if (rows.empty()) return std::nullopt;
  try {
    return prepare(rows[0].integer(0), parse_stored_scopes(rows[0].text(1)), token);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found && error.code() != ErrorCode::unauthenticated) throw;
    return std::nullopt;
  }
}

Tokens Sessions::to_tokens(Prepared prepared, const RefreshToken& token, Time expires_at) const {
  const auto left = std::chrono::floor<seconds>(expires_at - options_.clock());
  return {std::move(prepared.user),   std::move(prepared.access_token),
          options_.access_token_ttl,  token.text(),
          std::max(left, seconds{0}), prepared.scopes};
}

void Sessions::insert(Id user, const RefreshToken& token, const std::string& client,
                      http::Scopes scopes, const ClientInfo& info) {
  const auto now = options_.clock();
  std::vector<auth::Revocation> revoked;
  auto transaction = database_.write();
  const auto account = transaction.query(sql::accounts::lock_user, store::params(user));
  if (account.empty()) throw Error(ErrorCode::not_found, "the account was deleted");
  if (account[0].boolean(0)) throw suspended_error();
  const auto oldest = transaction.query(sql::accounts::end_oldest_sessions,
                                        store::params(user, max_sessions_per_user - 1, now));
  for (const auto row : oldest)
    revoked.push_back(auth::revoke_session(transaction, row.text(0), access_tokens_end()));
  transaction.query(
      sql::accounts::open_session,
      store::params(token.session_id(), user, client, http::names_of(scopes), token.digest(),
                    cut_user_agent(info.user_agent), info.address, now, now + session_idle_limit));
  transaction.commit();
  for (const auto& revocation : revoked) auth_.apply(revocation);
}

Tokens Sessions::open(Id user, const std::string& client, http::Scopes scopes,
                      const ClientInfo& info) {
  pepper();
  users::require_active(database_, user);
  const auto token = RefreshToken::make();
  auto prepared = prepare(user, scopes, token);
  insert(user, token, client, scopes, info);
  return to_tokens(std::move(prepared), token, options_.clock() + session_idle_limit);
}

// A lock that is held for long belongs to another use of the token.
store::Result Sessions::run_refresh(const store::Params& params) {
  try {
    return database_.execute(sql::accounts::refresh, params);
  } catch (const store::SqlError& error) {
    if (error.sqlstate() != store::sqlstate::lock_not_available) throw;
    throw refresh_again();
  }
}

Sessions::Outcome Sessions::rotate(const RefreshToken& token, const RefreshToken& next,
                                   const ClientInfo& info) {
  const auto rows = run_refresh(store::params(token.session_id(), token.digest(), next.digest(),
                                              cut_user_agent(info.user_agent), info.address,
                                              options_.clock(), count_ms(session_idle_limit),
                                              count_ms(session_max_age), count_ms(refresh_grace)));
  if (rows.empty()) return {};
  const auto row = rows[0];
  return {std::string(row.text(0)), row.integer(1), row.time(2)};
}

Tokens Sessions::refresh(std::string_view refresh_token, const ClientInfo& info) {
  const auto token = RefreshToken::parse(refresh_token);
  if (!token) throw invalid_refresh_token();
  const auto next = token->successor(pepper());
  auto prepared = prepare_refresh(*token);
  const auto outcome = rotate(*token, next, info);
  if (outcome.name == "reused") {
    log::warning("refresh token reused",
                 {{"user", outcome.user_id}, {"session", token->session_id()}});
    end_session(token->session_id(), std::nullopt, "reuse");
  }
  count_refresh(outcome.name);
  if (outcome.name == "suspended") throw suspended_error();
  if (outcome.name != "rotated" && outcome.name != "repeated") throw invalid_refresh_token();
  if (!prepared) throw refresh_again();
  return to_tokens(*std::move(prepared), next, outcome.expires_at);
}

std::optional<users::User> Sessions::find_user(std::string_view refresh_token) {
  const auto token = RefreshToken::parse(refresh_token);
  if (!token) return std::nullopt;
  const auto rows =
      database_.read(sql::accounts::refreshable_session,
                     store::params(token->session_id(), token->digest(), options_.clock()));
  if (rows.empty()) return std::nullopt;
  try {
    return users_.get(rows[0].integer(0));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    return std::nullopt;
  }
}

bool Sessions::end_session(const std::string& id, std::optional<Id> user, const std::string& reason,
                           const std::optional<audit::Actor>& by) {
  auto transaction = database_.write();
  const auto ended = transaction.query(sql::accounts::end_session,
                                       store::params(id, user, reason, options_.clock()));
  if (ended.empty()) return false;
  const auto revocation = auth::revoke_session(transaction, id, access_tokens_end());
  if (by) audit::append(transaction, *by, ended_entry(ended[0].integer(0), id));
  transaction.commit();
  auth_.apply(revocation);
  return true;
}

void Sessions::end_by_token(std::string_view refresh_token) {
  const auto token = RefreshToken::parse(refresh_token);
  if (!token) throw invalid_refresh_token();
  const auto rows = database_.read(sql::accounts::is_token_of_session,
                                   store::params(token->session_id(), token->digest()));
  if (rows.empty()) return;
  end_session(token->session_id(), std::nullopt, rows[0].boolean(0) ? "logout" : "reuse");
}

bool Sessions::end(Id user, const std::string& session_id) {
  return end_session(session_id, user, "logout");
}

bool Sessions::end(Id user, const std::string& session_id, const audit::Actor& by) {
  return end_session(session_id, user, "admin", by);
}

void Sessions::end_all(Id user, const std::string& reason) {
  const auto now = options_.clock();
  auto transaction = database_.write();
  // First the user's row, as a sign-in does: its lock makes a sign-in that is under way visible.
  const auto version = auth::revoke_tokens_of(transaction, user, options_.max_access_token_ttl);
  transaction.query(sql::accounts::end_sessions_of, store::params(user, reason, now));
  transaction.commit();
  auth::Revocation revocation;
  revocation.user_id = user;
  revocation.token_version = version;
  revocation.until = now + options_.max_access_token_ttl + clock_leeway;
  auth_.apply(revocation);
}

std::vector<Session> Sessions::list(Id user) {
  const auto rows =
      database_.read(sql::accounts::sessions_of, store::params(user, options_.clock()));
  std::vector<Session> sessions;
  for (const auto row : rows) {
    sessions.push_back({std::string(row.text(0)), std::string(row.text(1)),
                        std::string(row.text(2)), std::string(row.text(3)),
                        parse_stored_scopes(row.text(4)), row.time(5), row.time(6), row.time(7)});
  }
  return sessions;
}

}  // namespace feedctl::accounts
