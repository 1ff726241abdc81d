#include "auth/signing_keys.hpp"

#include <algorithm>

#include "auth/auth.hpp"
#include "auth/es256_key.hpp"
#include "auth/key_period.hpp"
#include "base/error.hpp"
#include "sql/auth.hpp"

namespace feedctl::auth {

namespace {

// A server that did not reach the database may sign by its old key a little longer, and the clocks
// of two servers differ.
constexpr std::chrono::seconds verify_margin{120};

std::optional<Time> optional_time(const store::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.time(column));
}

KeyState state_of(const KeyPeriod& period, bool signs, Time now) {
  if (period.has_ended(now)) return KeyState::expired;
  if (signs) return KeyState::signing;
  return period.sign_from > now ? KeyState::next : KeyState::verify_only;
}

void refuse_second_next_key(store::WriteTx& transaction) {
  const auto rows = transaction.query(sql::auth::next_signing_key);
  if (rows.empty()) return;
  throw Error(ErrorCode::conflict, "the key " + std::string(rows[0].text(0)) +
                                       " is next and signs from " + rfc3339(rows[0].time(1)))
      .with_hint("rotate again after that, or with --at-once if a key is compromised");
}

}  // namespace

std::string_view to_string(KeyState state) {
  static constexpr std::string_view names[] = {"next", "signing", "verify-only", "expired"};
  return names[static_cast<std::size_t>(state)];
}

std::vector<SigningKey> list_signing_keys(store::Database& database) {
  const auto rows = database.read(sql::auth::key_periods);
  std::vector<KeyPeriod> periods;
  for (const auto row : rows)
    periods.push_back({std::string(row.text(0)), row.time(1), optional_time(row, 2)});
  std::vector<SigningKey> keys;
  for (std::size_t i = 0; i < periods.size(); ++i) {
    const auto now = rows[i].time(4);
    const auto state = state_of(periods[i], signing_index(periods, now) == i, now);
    keys.push_back(
        {periods[i].kid, state, rows[i].time(3), periods[i].sign_from, periods[i].verify_until});
  }
  return keys;
}

KeyRotationReport rotate_signing_key(store::Database& owner, const KeyRotation& rotation) {
  auto transaction = owner.write();
  auto report = rotate_signing_key(transaction, rotation);
  transaction.commit();
  return report;
}

KeyRotationReport rotate_signing_key(store::WriteTx& transaction, const KeyRotation& rotation) {
  const auto jwk = Es256Key::make_jwk();
  const auto kid = Es256Key(jwk).kid();
  const auto delay = std::max(rotation.token_ttl, jwks_max_age);
  const auto verified_after = rotation.max_token_ttl + verify_margin;
  transaction.query(sql::auth::lock_signing_keys);
  if (!rotation.now) refuse_second_next_key(transaction);
  const auto rows = transaction.query(
      sql::auth::rotate_signing_key,
      store::params(kid, jwk.reveal(), std::int64_t{rotation.now ? 0 : delay.count()},
                    std::int64_t{rotation.now ? 0 : verified_after.count()}));
  const auto row = rows.single_row();
  return {kid, row.time(0), optional_time(row, 1), static_cast<std::size_t>(row.integer(2)),
          static_cast<std::size_t>(row.integer(3))};
}

bool can_rotate_signing_keys(store::Database& database) {
  return database.read(sql::auth::can_rotate_signing_keys).single_row().boolean(0);
}

void ensure_signing_key(store::Database& owner) {
  const auto keys = list_signing_keys(owner);
  const auto verifies = [](const SigningKey& key) { return key.state != KeyState::expired; };
  if (std::any_of(keys.begin(), keys.end(), verifies)) return;
  auto transaction = owner.write();
  transaction.query(sql::auth::lock_signing_keys);
  const auto jwk = Es256Key::make_jwk();
  transaction.query(sql::auth::ensure_signing_key,
                    store::params(Es256Key(jwk).kid(), jwk.reveal()));
  transaction.commit();
}

}  // namespace feedctl::auth
