#include "auth/auth.hpp"

#include <string_view>

#include "auth/credentials.hpp"
#include "auth/key_ring.hpp"
#include "auth/rows.hpp"
#include "auth/token.hpp"
#include "auth/verified.hpp"
#include "base/error.hpp"
#include "store/server_keys.hpp"

namespace feedctl::auth {

namespace {

Error not_yours() {
  return Error(ErrorCode::permission_denied, "only an admin may act for another user");
}

// For routes that do not ask who acts. A bad one is the business of those that do.
std::optional<Id> told_by_header(const http::Request& request) {
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
    if (const auto known = verified_.find(token, now)) return *known;
    const auto parsed = read_token(token);
    const auto key = keys_.find(parsed.kid);
    if (!key) throw bad_token("unknown kid");
    if (!key->verify(token)) throw bad_token("signature");
    const auto claims =
        check_claims(parsed.payload, {options_.issuer, options_.max_token_ttl, now});
    verified_.keep(token, claims, now);
    return claims;
  }

  std::optional<Claims> remembered(std::string_view token) const {
    return verified_.find(token, options_.clock());
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
    const auto role = role_of(database_, user_id);
    if (!role) {
      throw Error(ErrorCode::not_found, "User with id " + std::to_string(user_id) + " not found");
    }
    return keys_.signing()->sign(
        claims_json({options_.issuer, user_id, *role, options_.clock(), ttl}));
  }

  // Whether the claim still holds: who was demoted keeps a token that says otherwise.
  bool admin_now(const Claims& claims) {
    return claims.admin && role_of(database_, claims.user_id) == "admin";
  }
  bool admin_now(const http::Identity& identity) {
    return identity.admin_claimed && role_of(database_, identity.user_id) == "admin";
  }

  bool open() const { return options_.mode == Mode::open; }
  Mode mode() const { return options_.mode; }

 private:
  const Options options_;
  store::Database& database_;
  KeyRing keys_;
  VerifiedTokens verified_;
};

Auth::Auth(Options options, store::Database& database)
    : impl_(std::make_unique<Impl>(std::move(options), database)) {}
Auth::~Auth() = default;

void Auth::authenticate(http::Request& request, http::Policy policy) {
  request.identity.reset();
  if (const auto token = bearer_token(request)) {
    const auto claims = impl_->verify(*token);
    const bool admin = policy != http::Policy::public_ && impl_->admin_now(claims);
    request.identity = http::Identity{claims.user_id, admin, claims.admin};
  }
  const bool needed =
      policy == http::Policy::admin || (policy != http::Policy::public_ && !impl_->open());
  if (needed && !request.identity) {
    throw Error(ErrorCode::unauthenticated, "a token is required: send Authorization: Bearer");
  }
  if (policy == http::Policy::admin && !request.identity->admin) {
    throw Error(ErrorCode::permission_denied, "only an admin may do this");
  }
  if (impl_->open() && !request.identity) request.actor = told_by_header(request);
}

std::optional<Id> Auth::actor(const http::Request& request, std::optional<Id> named) const {
  const auto header = impl_->open() ? user_header(request) : std::nullopt;
  const auto wanted = named ? named : header;
  if (!request.identity) return request.actor = impl_->open() ? wanted : std::nullopt;
  const auto& identity = *request.identity;
  if (identity.admin) return wanted.value_or(identity.user_id);
  const auto differs = [&](const std::optional<Id>& id) { return id && *id != identity.user_id; };
  if (!differs(named) && !differs(header)) return identity.user_id;
  if (!impl_->admin_now(identity)) throw not_yours();
  return wanted;
}

std::optional<Id> Auth::remembered(std::optional<std::string_view> authorization,
                                   std::optional<std::string_view> user_id) const {
  constexpr std::string_view scheme = "Bearer ";
  const auto named = user_id && impl_->open() ? parse_id(*user_id) : std::nullopt;
  if (user_id && impl_->open() && !named) return std::nullopt;
  if (!authorization) return named;
  if (authorization->substr(0, scheme.size()) != scheme) return std::nullopt;
  const auto claims = impl_->remembered(authorization->substr(scheme.size()));
  if (!claims || (named && *named != claims->user_id)) return std::nullopt;
  return claims->user_id;
}

Id Auth::require_actor(const http::Request& request, std::optional<Id> named) const {
  if (const auto id = actor(request, named)) return *id;
  throw Error(ErrorCode::invalid_argument, "user_id is required")
      .with_field("/user_id", "user_id is required");
}

Id Auth::require_self(const http::Request& request, Id path_user, std::optional<Id> named) const {
  const auto who = actor(request, named);
  if (request.identity && request.identity->admin) return *who;
  if (!who && impl_->open()) {
    request.actor = path_user;
    return path_user;
  }
  if (who != path_user) throw not_yours();
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
