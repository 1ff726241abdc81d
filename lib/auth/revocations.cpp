#include "auth/revocations.hpp"

#include <string>

#include "auth/token.hpp"
#include "base/error.hpp"
#include "sql/auth.hpp"

namespace feedctl::auth {

namespace {

constexpr std::size_t prune_batch = 10'000;

Uuid parse_session(std::string_view session_id) {
  if (const auto id = parse_uuid(session_id)) return *id;
  throw Error(ErrorCode::invalid_argument, "a session's id is a UUID");
}

store::Params user_params(Id user_id, std::chrono::seconds max_token_ttl) {
  return store::params(user_id, std::int64_t{(max_token_ttl + clock_leeway).count()});
}

std::int32_t version_in(const store::Result& rows, Id user_id) {
  if (rows.empty())
    throw Error(ErrorCode::not_found, "User with id " + std::to_string(user_id) + " not found");
  return static_cast<std::int32_t>(rows[0].integer(0));
}

}  // namespace

Revocation revocation_of_user(Id user_id, std::int32_t token_version,
                              std::chrono::seconds max_token_ttl) {
  return {.user_id = user_id,
          .token_version = token_version,
          .until = now() + max_token_ttl + clock_leeway};
}

Revocation revoke_session(store::Database& database, std::string_view session_id, Time until) {
  const auto id = parse_session(session_id);
  database.execute(sql::auth::revoke_session, store::params(session_id, until));
  return {.session_id = id, .until = until};
}

Revocation revoke_session(store::WriteTx& transaction, std::string_view session_id, Time until) {
  const auto id = parse_session(session_id);
  transaction.query(sql::auth::revoke_session, store::params(session_id, until));
  return {.session_id = id, .until = until};
}

std::int32_t revoke_tokens_of(store::Database& database, Id user_id,
                              std::chrono::seconds max_token_ttl) {
  return version_in(database.execute(sql::auth::revoke_tokens, user_params(user_id, max_token_ttl)),
                    user_id);
}

std::int32_t revoke_tokens_of(store::WriteTx& transaction, Id user_id,
                              std::chrono::seconds max_token_ttl) {
  return version_in(
      transaction.query(sql::auth::revoke_tokens, user_params(user_id, max_token_ttl)), user_id);
}

std::size_t prune_revocations(store::Database& database, Time now) {
  std::size_t total = 0;
  for (;;) {
    const auto pruned = database
                            .execute(sql::auth::prune_revocations,
                                     store::params(now, static_cast<std::int64_t>(prune_batch)))
                            .affected();
    total += pruned;
    if (pruned < prune_batch) return total;
  }
}

}  // namespace feedctl::auth
