#include "auth/auth.hpp"

#include <string_view>

#include "auth/credentials.hpp"
#include "auth/key_ring.hpp"
#include "auth/role_query.hpp"
#include "auth/token.hpp"
#include "auth/token_cache.hpp"
#include "base/error.hpp"
#include "store/server_keys.hpp"

namespace feedctl::auth {

namespace {

Error not_owner_error() {
  return Error(ErrorCode::permission_denied, "only an admin may act for another user");
}

// For routes without an actor; the others report a bad header.
std::optional<Id> actor_from_header(const http::Request& request) {
  const auto* header = request.header("x-user-id");
  return header != nullptr ? parse_id(*header) : std::nullopt;
}

}  // namespace

class Auth::Impl {
 public:
  Impl(Options options, store::Database& database)
      : options_(std::move(options)), database_(database), keys_(database) {}

  Claims verify(const std::string& token) {
    const auto now = options_.clock();
    if (const auto known = token_cache_.find(token, now)) return *known;
    const auto parsed = parse_token(token);
    const auto key = keys_.find(parsed.kid);
    if (!key) throw invalid_token_error("unknown kid");
    if (!key->verify(token)) throw invalid_token_error("signature");
    const auto claims =
        validate_claims(parsed.payload, {options_.issuer, options_.max_token_ttl, now});
    token_cache_.insert(token, claims, now);
    return claims;
  }

  std::optional<Claims> cached_claims(std::string_view token) const {
    return token_cache_.find(token, options_.clock());
  }

  void check_ttl(std::chrono::seconds ttl) const {
    if (ttl < std::chrono::seconds{1} || ttl > options_.max_token_ttl) {
      throw Error(ErrorCode::invalid_argument, "a token's ttl must lie between 1s and " +
                                                   std::to_string(options_.max_token_ttl.count()) +
                                                   "s");
    }
  }

  std::string issue(Id user_id, std::chrono::seconds ttl) {
    check_ttl(ttl);
    const auto role = load_role(database_, user_id);
    if (!role) {
      throw Error(ErrorCode::not_found, "User with id " + std::to_string(user_id) + " not found");
    }
    return keys_.signing_key()->sign(
        to_claims_json({options_.issuer, user_id, *role, options_.clock(), ttl}));
  }

  // Whether the claim still holds: a demoted user keeps an admin's token until it expires.
  bool is_admin_in_database(const Claims& claims) {
    return claims.admin && load_role(database_, claims.user_id) == "admin";
  }
  bool is_admin_in_database(const http::Identity& identity) {
    return identity.claims_admin && load_role(database_, identity.user_id) == "admin";
  }

  bool is_open() const { return options_.mode == Mode::open; }
  Mode mode() const { return options_.mode; }

 private:
  const Options options_;
  store::Database& database_;
  KeyRing keys_;
  TokenCache token_cache_;
};

Auth::Auth(Options options, store::Database& database)
    : impl_(std::make_unique<Impl>(std::move(options), database)) {}
Auth::~Auth() = default;

void Auth::authenticate(http::Request& request, http::Policy policy) {
  request.identity.reset();
  if (const auto token = bearer_token(request)) {
    const auto claims = impl_->verify(*token);
    const bool admin = policy != http::Policy::public_ && impl_->is_admin_in_database(claims);
    request.identity = http::Identity{claims.user_id, admin, claims.admin};
  }
  const bool needed =
      policy == http::Policy::admin || (policy != http::Policy::public_ && !impl_->is_open());
  if (needed && !request.identity) {
    throw Error(ErrorCode::unauthenticated, "a token is required: send Authorization: Bearer");
  }
  if (policy == http::Policy::admin && !request.identity->is_admin) {
    throw Error(ErrorCode::permission_denied, "only an admin may do this");
  }
  if (impl_->is_open() && !request.identity) request.actor = actor_from_header(request);
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
  if (!claims || (requested && *requested != claims->user_id)) return std::nullopt;
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

std::string Auth::issue(Id user_id, std::chrono::seconds ttl) {
  return impl_->issue(user_id, ttl);
}

Claims Auth::verify(const std::string& token) {
  return impl_->verify(token);
}

Mode Auth::mode() const {
  return impl_->mode();
}

void ensure_signing_key(store::Database& owner) {
  if (store::load_key(owner, KeyRing::key_name)) return;
  store::ensure_key(owner, KeyRing::key_name, Es256Key::make_jwk());
}

}  // namespace feedctl::auth
