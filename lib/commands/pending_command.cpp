#include "commands/pending_command.hpp"

#include <algorithm>

#include "commands/retry_policy.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::commands {

namespace {

bool is_lock_timeout(const Error& error) {
  const auto* refused = dynamic_cast<const store::SqlError*>(&error);
  return refused != nullptr && refused->sqlstate() == store::sqlstate::lock_not_available;
}

}  // namespace

bool PendingCommand::try_claim() {
  auto expected = State::pending;
  return state.compare_exchange_strong(expected, State::executing) || expected == State::executing;
}

void PendingCommand::complete(Outcome outcome) {
  if (state.exchange(State::completed) != State::completed) on_outcome(std::move(outcome));
}

void PendingCommand::time_out() {
  const auto was = state.exchange(State::completed);
  if (was == State::completed) return;
  on_outcome(was == State::executing ? outcome_unknown_error() : too_busy_error());
}

void Batch::mark_outcome_unknown(Clock::time_point since) {
  for (auto& row : rows) {
    for (auto& command : row)
      command->outcome_unknown_since =
          std::min(command->outcome_unknown_since.value_or(since), since);
  }
}

void Batch::drop_completed() {
  for (auto& row : rows) std::erase_if(row, [](const auto& one) { return one->is_completed(); });
  std::erase_if(rows, [](const auto& row) { return row.empty(); });
}

std::vector<Batch> split_rows(Batch batch) {
  std::vector<Batch> parts;
  parts.reserve(batch.rows.size());
  for (auto& row : batch.rows) {
    parts.emplace_back().rows.push_back(std::move(row));
  }
  return parts;
}

store::Params to_params(const Batch& batch) {
  std::vector<std::int64_t> actors, objects;
  std::vector<std::string> hashes, fps;
  bool keyed = false;
  for (const auto& row : batch.rows) {
    const auto& first = *row.front();
    actors.push_back(first.actor);
    objects.push_back(first.object);
    keyed = keyed || first.key;
    hashes.push_back(first.key ? first.key->hash : "");
    fps.push_back(first.key ? first.key->fingerprint : "");
  }
  auto params = store::params(actors, objects);
  return keyed ? params.add(hashes).add(fps) : params.add(std::nullopt).add(std::nullopt);
}

void complete_all(const Batch& batch, const store::Result& rows,
                  const CommandBatcher::AfterBatch& after) {
  if (after && !rows.empty())
    after(rows, batch.rows.front().front()->outcome_unknown_since.has_value());
  const Error missing(ErrorCode::internal, "a batch has no row for one of its commands");
  std::vector<bool> found(batch.rows.size());
  for (std::size_t at = 0; at < rows.size(); ++at) {
    const auto position = static_cast<std::size_t>(rows[at].integer(0)) - 1;
    if (position >= found.size() || found[position]) continue;
    found[position] = true;
    bool shared = false;
    for (const auto& command : batch.rows[position]) {
      command->complete(
          Reply{rows, at, std::exchange(shared, true), command->outcome_unknown_since});
    }
  }
  for (std::size_t position = 0; position < found.size(); ++position) {
    if (found[position]) continue;
    for (const auto& command : batch.rows[position]) command->complete(missing);
  }
}

void fail_all(const Batch& batch, const Error& error) {
  const bool locked = is_lock_timeout(error);
  for (const auto& row : batch.rows) {
    for (const auto& command : row) {
      command->complete(locked && command->key ? conflict_in_flight() : Error(error));
    }
  }
}

}  // namespace feedctl::commands
