#include "commands/command.hpp"

#include <charconv>

#include "base/error.hpp"
#include "sql/commands.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::commands {

namespace {

constexpr int max_key_attempts = 4;
constexpr int purge_batch = 1000;

std::optional<events::TransactionId> parse_transaction_id(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  events::TransactionId id = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), id);
  if (error != std::errc{} || end != text->data() + text->size()) {
    throw Error(ErrorCode::internal, "a transaction id is no number");
  }
  return id;
}

}  // namespace

Error conflict_in_flight() {
  return Error(ErrorCode::conflict,
               "this command, or another one on the same object, is still running, try again")
      .with_retry_after(std::chrono::seconds{1});
}

bool is_duplicate_key(const store::SqlError& error) {
  return error.sqlstate() == store::sqlstate::unique_violation &&
         error.constraint() == "idempotency_keys_pkey";
}

store::Params& add_key_params(store::Params& params, const Command& command) {
  if (!command.key) return params.add(std::nullopt).add(std::nullopt);
  return params.add(command.key->hash).add(command.key->fingerprint);
}

std::optional<Replay> read_replay(Command& command, const store::Row& row, int first) {
  command.token = events::ConsistencyToken{events::parse_snapshot(row.text(first + 3)),
                                           parse_transaction_id(row.maybe_text(first + 4))};
  command.is_replay = !row.is_null(first);
  if (!command.is_replay) return std::nullopt;
  if (!row.boolean(first)) {
    command.is_replay = false;
    throw Error(ErrorCode::unprocessable, "this Idempotency-Key was used for another request");
  }
  return Replay{static_cast<int>(row.integer(first + 1)), row.maybe_integer(first + 2)};
}

void advance_token(Command& command, std::string_view snapshot) {
  const auto own = command.token ? command.token->own_xid : std::nullopt;
  command.token = events::ConsistencyToken{events::parse_snapshot(snapshot), own};
}

bool should_retry(const Command& command, const store::SqlError& error, int attempt) {
  if (!command.key) return false;
  if (error.sqlstate() == store::sqlstate::lock_not_available) throw conflict_in_flight();
  if (!is_duplicate_key(error)) return false;
  if (attempt == max_key_attempts) throw conflict_in_flight();
  return true;
}

std::int64_t delete_expired_keys(store::Database& database, Time now) {
  std::int64_t total = 0;
  for (;;) {
    const auto deleted = database.execute(sql::commands::purge, store::params(purge_batch, now))
                             .single_row()
                             .integer(0);
    total += deleted;
    if (deleted < purge_batch) return total;
  }
}

}  // namespace feedctl::commands
