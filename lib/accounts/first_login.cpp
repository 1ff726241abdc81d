#include "accounts/first_login.hpp"

#include <algorithm>
#include <optional>

#include "accounts/handle_proposal.hpp"
#include "sql/accounts.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::accounts {

namespace {

constexpr int max_attempts = 8;
constexpr int max_races = 3;  // for a readable handle; then a random one, which nobody else takes
constexpr std::size_t max_identity_size = 512;

void check_identity(const oidc::Profile& profile) {
  for (const auto& part : {profile.issuer, profile.subject}) {
    if (!part.empty() && part.size() <= max_identity_size && part.find('\0') == std::string::npos)
      continue;
    throw Error(ErrorCode::invalid_argument, "the provider does not say who signed in");
  }
}

std::optional<Id> find_user(store::Database& database, const oidc::Profile& profile, Time now) {
  const auto rows = database.execute(sql::accounts::find_identity,
                                     store::params(profile.issuer, profile.subject, now));
  if (rows.empty()) return std::nullopt;
  if (rows[0].boolean(1)) throw suspended_error();
  return rows[0].integer(0);
}

std::string free_handle(store::Database& database, const oidc::Profile& profile, int attempt) {
  const auto candidates = handle_candidates(propose_handle(profile));
  if (attempt >= max_races) return candidates.back();
  const auto rows = database.read(sql::accounts::taken_handles, store::params(candidates));
  const auto is_taken = [&](const std::string& handle) {
    for (const auto row : rows) {
      if (row.text(0) == handle) return true;
    }
    return false;
  };
  const auto free = std::find_if_not(candidates.begin(), candidates.end(), is_taken);
  return free == candidates.end() ? candidates.back() : *free;
}

// nullopt: another sign-in has just taken the identity, the handle or the id.
std::optional<Id> try_create_user(store::Database& database, const std::string& provider,
                                  const oidc::Profile& profile, Time now, int attempt) {
  database.execute(sql::accounts::drop_stale_identity,
                   store::params(profile.issuer, profile.subject));
  try {
    const auto rows = database.execute(
        sql::accounts::first_login,
        store::params(profile.issuer, profile.subject, provider,
                      free_handle(database, profile, attempt), display_name(profile), now));
    if (rows.empty()) return std::nullopt;
    return rows[0].integer(0);
  } catch (const store::SqlError& error) {
    if (error.sqlstate() != store::sqlstate::unique_violation) throw;
    return std::nullopt;
  }
}

}  // namespace

Error suspended_error() {
  return Error(ErrorCode::permission_denied, "this account is suspended");
}

SignedIn find_or_create_user(store::Database& database, const std::string& provider,
                             const oidc::Profile& profile, Time now) {
  check_identity(profile);
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    if (const auto user = find_user(database, profile, now)) return {*user, false};
    if (const auto user = try_create_user(database, provider, profile, now, attempt))
      return {*user, true};
  }
  throw Error(ErrorCode::unavailable, "the account could not be created, sign in again");
}

}  // namespace feedctl::accounts
