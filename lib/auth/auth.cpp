#include "auth/auth.hpp"

#include <atomic>
#include <mutex>
#include <string_view>

#include "auth/account_query.hpp"
#include "auth/credentials.hpp"
#include "auth/key_ring.hpp"
#include "auth/revocation_list.hpp"
#include "auth/revocation_poller.hpp"
#include "auth/token.hpp"
#include "auth/token_cache.hpp"
#include "base/error.hpp"
#include "http/problem.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::auth {

namespace {

Error not_owner_error() {
  return Error(ErrorCode::permission_denied, "only an admin may act for another user");
}

http::ChallengeError insufficient_scope_error(Scope scope) {
  const std::string name(to_string(scope));
  return http::ChallengeError(
      Error(ErrorCode::permission_denied, "insufficient scope: the token needs the scope " + name),
      R"(Bearer error="insufficient_scope", scope=")" + name + '"');
}

// The actor of an open mode's request, as far as it is known without its body. The routes that have
// an actor report an invalid one.
std::optional<Id> named_actor(const http::Request& request) {
  for (const auto& [name, value] : request.query) {
    if (name == "user_id" || name == "author_id") return parse_id(value);
  }
  const auto* header = request.header("x-user-id");
  return header != nullptr ? parse_id(*header) : std::nullopt;
}

// A connection of its own: news of revocations must not wait for a free one.
store::Options with_own_connection(store::Options options) {
  options.pool_size = 1;
  return options;
}

std::optional<std::string> token_for(const http::Request& request, const http::Route& route) {
  if (!route.ignores_authorization) return bearer_token(request);
  refuse_token_in_query(request);
  return std::nullopt;
}

http::Identity identity_of(const Claims& claims) {
  return {.user_id = claims.user_id,
          .claims_admin = claims.admin && claims.scopes.has(Scope::admin),
          .scopes = claims.scopes,
          .session_id = claims.sid,
          .token_version = claims.token_version};
}

}  // namespace

class Auth::Impl {
 public:
  Impl(Options options, store::Database& database)
      : options_(std::move(options)),
        database_(database),
        keys_(database, {.clock = options_.clock, .on_end = [this] { token_cache_.clear(); }}),
        poll_database_(with_own_connection(database.options())),
        poller_(poll_database_, revocations_) {}

  Claims verify(const std::string& token) {
    const auto claims = valid_claims(token);
    load_revocations();
    if (revocations_.is_revoked(claims))
      throw Error(ErrorCode::unauthenticated, "the token has been revoked; sign in again");
    return claims;
  }

  std::optional<Claims> cached_claims(std::string_view token) const {
    if (!has_polled_.load(std::memory_order_acquire)) return std::nullopt;
    const auto claims = token_cache_.find(token, options_.clock());
    return claims && !revocations_.is_revoked(*claims) ? claims : std::nullopt;
  }

  void check_ttl(std::chrono::seconds ttl) const {
    if (ttl < std::chrono::seconds{1} || ttl > options_.max_token_ttl) {
      throw Error(ErrorCode::invalid_argument, "a token's ttl must lie between 1s and " +
                                                   std::to_string(options_.max_token_ttl.count()) +
                                                   "s");
    }
  }

  std::string issue(const IssueRequest& request) {
    check_ttl(request.ttl);
    const auto sid = request.session_id ? parse_uuid(*request.session_id) : std::nullopt;
    if (request.session_id && !sid)
      throw Error(ErrorCode::invalid_argument, "a session's id is a UUID");
    const auto account = load_account(database_, request.user_id);
    if (!account) {
      throw Error(ErrorCode::not_found,
                  "User with id " + std::to_string(request.user_id) + " not found");
    }
    auto scopes = request.scopes;
    if (account->role == "user") scopes.remove(Scope::admin);
    if (scopes.empty())
      throw Error(ErrorCode::invalid_argument,
                  "the role " + account->role + " allows none of these scopes");
    return keys_.signing_key()->sign(
        to_claims_json({options_.issuer, request.user_id, account->role, scopes, sid,
                        account->token_version, options_.clock(), request.ttl}));
  }

  // Throws where the role of the token is too low for the policy, in the token or in the database.
  // Returns whether the user is an admin now. For a moment a demoted user still has an admin's
  // token that this server does not know to be revoked.
  bool check_role(const Claims& claims, const http::Route& route) {
    const auto policy = route.policy;
    const bool has_scope = claims.scopes.has(Scope::admin);
    const bool may_edit = has_scope && (claims.admin || claims.editor);
    const bool is_asked =
        (has_scope && claims.admin) || (may_edit && policy == http::Policy::editor);
    const auto role = is_asked ? role_for(claims, route) : std::string();
    const bool is_admin = claims.admin && role == "admin";
    if (policy == http::Policy::admin && !is_admin)
      throw Error(ErrorCode::permission_denied, "only an admin may do this");
    if (policy == http::Policy::editor && role != "editor" && role != "admin")
      throw Error(ErrorCode::permission_denied, "only an editor or an admin may do this");
    return is_admin;
  }

  bool is_admin_in_database(const http::Identity& identity) {
    if (!identity.claims_admin) return false;
    const auto account = load_account(database_, identity.user_id);
    return account && account->token_version <= identity.token_version && account->role == "admin";
  }

  bool is_revoked(const http::Identity& identity) const {
    return revocations_.is_revoked({.user_id = identity.user_id,
                                    .sid = identity.session_id,
                                    .token_version = identity.token_version});
  }

  void apply(const Revocation& revocation) { revocations_.apply(revocation); }

  void refresh() {
    const std::lock_guard lock(poll_mutex_);
    poll();
  }

  std::string jwks_json() { return keys_.jwks_json(); }

  bool is_open() const { return options_.mode == Mode::open; }
  Mode mode() const { return options_.mode; }

 private:
  // Until the first poll no token is known to be valid.
  void load_revocations() {
    if (has_polled_.load(std::memory_order_acquire)) return;
    const std::lock_guard lock(poll_mutex_);
    if (!has_polled_.load(std::memory_order_relaxed)) poll();
  }

  // Under poll_mutex_.
  void poll() {
    auto state = poller_.poll(options_.clock());
    last_read_.set(static_cast<double>(unix_us(now())) / 1e6);
    has_polled_.store(true, std::memory_order_release);
    if (state == key_state_) return;
    keys_.reload();
    key_state_ = std::move(state);
  }

  Claims valid_claims(const std::string& token) {
    const auto now = options_.clock();
    if (const auto known = token_cache_.find(token, now)) return *known;
    const auto generation = token_cache_.generation();
    const auto parsed = parse_token(token);
    const auto key = keys_.find(parsed.kid);
    if (!key) throw invalid_token_error("unknown kid");
    if (!key->verify(token)) throw invalid_token_error("signature");
    const auto claims =
        validate_claims(parsed.payload, {options_.issuer, options_.max_token_ttl, now});
    token_cache_.insert(token, claims, now, generation);
    return claims;
  }

  // While the database is away, an admin reads as a user does.
  std::string role_for(const Claims& claims, const http::Route& route) {
    try {
      return current_role(claims);
    } catch (const Error& error) {
      const bool is_own_read = route.policy == http::Policy::user && route.scope == Scope::read;
      if (!is_own_read || error.code() != ErrorCode::unavailable) throw;
      return "";
    }
  }

  // "" for a token of an account that is gone, or that has revoked it.
  std::string current_role(const Claims& claims) {
    const auto account = load_account(database_, claims.user_id);
    return account && account->token_version <= claims.token_version ? account->role : "";
  }

  const Options options_;
  store::Database& database_;
  TokenCache token_cache_;
  KeyRing keys_;
  RevocationList revocations_;
  store::Database poll_database_;
  std::mutex poll_mutex_;  // guards poller_ and key_state_
  RevocationPoller poller_;
  std::string key_state_;
  std::atomic<bool> has_polled_{false};
  metrics::Gauge& last_read_ =
      metrics::gauge("feedctl_auth_revocations_last_read_timestamp_seconds",
                     "When revocations of tokens were last read, 0 before the first time.");
};

Auth::Auth(Options options, store::Database& database)
    : impl_(std::make_unique<Impl>(std::move(options), database)) {}
Auth::~Auth() = default;

void Auth::authenticate(http::Request& request, const http::Route& route) {
  request.identity.reset();
  const auto token = token_for(request, route);
  if (!token) {
    const bool is_open_route = route.policy == http::Policy::public_ ||
                               (route.policy == http::Policy::user && impl_->is_open());
    if (!is_open_route)
      throw Error(ErrorCode::unauthenticated, "a token is required: send Authorization: Bearer");
    if (impl_->is_open()) request.actor = named_actor(request);
    return;
  }
  const auto claims = verify_bearer(*token);
  request.identity = identity_of(claims);  // also for the log of a refusal
  if (!claims.scopes.has(route.scope)) throw insufficient_scope_error(route.scope);
  if (route.policy != http::Policy::public_)
    request.identity->is_admin = impl_->check_role(claims, route);
}

std::optional<http::Identity> Auth::identify(const http::Request& request) {
  const auto token = bearer_token(request);
  if (!token) return std::nullopt;
  const auto identity = identity_of(verify_bearer(*token));
  request.actor = identity.user_id;  // for the log
  return identity;
}

Claims Auth::verify_bearer(const std::string& token) {
  try {
    return impl_->verify(token);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unauthenticated) throw;
    throw http::ChallengeError(error, R"(Bearer error="invalid_token")");
  }
}

std::optional<Id> Auth::actor(const http::Request& request,
                              std::optional<Id> requested_actor) const {
  const auto header = impl_->is_open() ? user_id_header(request) : std::nullopt;
  const auto wanted = requested_actor ? requested_actor : header;
  if (!request.identity) return request.actor = impl_->is_open() ? wanted : std::nullopt;
  const auto& identity = *request.identity;
  if (identity.is_admin) return wanted.value_or(identity.user_id);
  const auto differs = [&](const std::optional<Id>& id) { return id && *id != identity.user_id; };
  if (!differs(requested_actor) && !differs(header)) return identity.user_id;
  if (!impl_->is_admin_in_database(identity)) throw not_owner_error();
  return wanted;
}

std::optional<Id> Auth::cached_actor(std::optional<std::string_view> authorization,
                                     std::optional<std::string_view> user_id) const {
  constexpr std::string_view scheme = "Bearer ";
  const auto requested = user_id && impl_->is_open() ? parse_id(*user_id) : std::nullopt;
  if (user_id && impl_->is_open() && !requested) return std::nullopt;
  if (!authorization) return requested;
  if (authorization->substr(0, scheme.size()) != scheme) return std::nullopt;
  const auto claims = impl_->cached_claims(authorization->substr(scheme.size()));
  if (!claims || !claims->scopes.has(Scope::read)) return std::nullopt;
  if (requested && *requested != claims->user_id) return std::nullopt;
  return claims->user_id;
}

Id Auth::require_actor(const http::Request& request, std::optional<Id> requested_actor) const {
  if (const auto id = actor(request, requested_actor)) return *id;
  throw Error(ErrorCode::invalid_argument, "user_id is required")
      .with_field("/user_id", "user_id is required");
}

Id Auth::require_owner_or_admin(const http::Request& request, Id path_user,
                                std::optional<Id> requested_actor) const {
  const auto acting = actor(request, requested_actor);
  if (request.identity && request.identity->is_admin) return *acting;
  if (!acting && impl_->is_open()) {
    request.actor = path_user;
    return path_user;
  }
  if (acting != path_user) throw not_owner_error();
  return path_user;
}

void Auth::check_ttl(std::chrono::seconds ttl) const {
  impl_->check_ttl(ttl);
}

std::string Auth::issue(const IssueRequest& request) {
  return impl_->issue(request);
}

std::string Auth::issue(Id user_id, std::chrono::seconds ttl) {
  return impl_->issue({user_id, Scopes::all(), std::nullopt, ttl});
}

Claims Auth::verify(const std::string& token) {
  return impl_->verify(token);
}

bool Auth::is_revoked(const http::Identity& identity) const {
  return impl_->is_revoked(identity);
}

void Auth::apply(const Revocation& revocation) {
  impl_->apply(revocation);
}

void Auth::refresh() {
  impl_->refresh();
}

std::string Auth::jwks_json() {
  return impl_->jwks_json();
}

Mode Auth::mode() const {
  return impl_->mode();
}

}  // namespace feedctl::auth
