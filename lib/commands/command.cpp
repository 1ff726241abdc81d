#include "commands/command.hpp"

#include <charconv>

#include "base/error.hpp"
#include "sql/commands.hpp"

namespace feedctl::commands {

namespace {

constexpr int attempts = 4;
constexpr int purge_batch = 1000;

std::optional<events::TransactionId> transaction_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  events::TransactionId id = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), id);
  if (error != std::errc{} || end != text->data() + text->size()) {
    throw Error(ErrorCode::internal, "a transaction id is no number");
  }
  return id;
}

}  // namespace

Error in_flight() {
  return Error(ErrorCode::conflict,
               "this command, or another that changes the same, is still running, try again")
      .with_retry_after(std::chrono::seconds{1});
}

bool is_key_taken(const store::SqlError& error) {
  return error.sqlstate() == "23505" && error.constraint() == "idempotency_keys_pkey";
}

store::Params& add_key(store::Params& params, const Command& command) {
  if (!command.key) return params.add(std::nullopt).add(std::nullopt);
  return params.add(command.key->hash).add(command.key->fp);
}

std::optional<Replay> settle(Command& command, const store::Row& row, int first) {
  command.token = events::Token{events::snapshot_of(row.text(first + 3)),
                                transaction_of(row.maybe_text(first + 4))};
  command.replayed = !row.null(first);
  if (!command.replayed) return std::nullopt;
  if (!row.boolean(first)) {
    command.replayed = false;
    throw Error(ErrorCode::unprocessable, "this Idempotency-Key was used for another request");
  }
  return Replay{static_cast<int>(row.integer(first + 1)), row.maybe_integer(first + 2)};
}

void see(Command& command, std::string_view snapshot) {
  const auto own = command.token ? command.token->own : std::nullopt;
  command.token = events::Token{events::snapshot_of(snapshot), own};
}

bool again(const Command& command, const store::SqlError& error, int attempt) {
  if (!command.key) return false;
  if (error.sqlstate() == "55P03") throw in_flight();
  if (!is_key_taken(error)) return false;
  if (attempt == attempts) throw in_flight();
  return true;
}

std::int64_t purge(store::Database& database, Time now) {
  std::int64_t purged = 0;
  for (;;) {
    const auto gone =
        database.command(sql::commands::purge, store::params(purge_batch, now)).only().integer(0);
    purged += gone;
    if (gone < purge_batch) return purged;
  }
}

}  // namespace feedctl::commands
