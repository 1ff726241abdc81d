#include "commands/waiting.hpp"

#include <algorithm>

#include "commands/refusal.hpp"

namespace feedctl::commands {

namespace {

bool is_lock_timeout(const Error& error) {
  const auto* refused = dynamic_cast<const store::SqlError*>(&error);
  return refused != nullptr && refused->sqlstate() == "55P03";
}

}  // namespace

bool Waiting::goes_out() {
  auto expected = State::waiting;
  return state.compare_exchange_strong(expected, State::out) || expected == State::out;
}

void Waiting::answer(Outcome outcome) {
  if (state.exchange(State::answered) != State::answered) done(std::move(outcome));
}

void Waiting::expire() {
  const auto was = state.exchange(State::answered);
  if (was == State::answered) return;
  done(was == State::out ? unsettled() : too_busy());
}

void Batch::in_doubt(Clock::time_point since) {
  for (auto& row : rows) {
    for (auto& waiting : row) waiting->doubt = std::min(waiting->doubt.value_or(since), since);
  }
}

void Batch::forget_answered() {
  for (auto& row : rows) std::erase_if(row, [](const auto& one) { return one->answered(); });
  std::erase_if(rows, [](const auto& row) { return row.empty(); });
}

std::vector<Batch> one_by_one(Batch batch) {
  std::vector<Batch> parts;
  parts.reserve(batch.rows.size());
  for (auto& row : batch.rows) {
    parts.emplace_back().rows.push_back(std::move(row));
  }
  return parts;
}

store::Params params_of(const Batch& batch) {
  std::vector<std::int64_t> actors, objects;
  std::vector<std::string> hashes, fps;
  bool keyed = false;
  for (const auto& row : batch.rows) {
    const auto& first = *row.front();
    actors.push_back(first.actor);
    objects.push_back(first.object);
    keyed = keyed || first.key;
    hashes.push_back(first.key ? first.key->hash : "");
    fps.push_back(first.key ? first.key->fp : "");
  }
  auto params = store::params(actors, objects);
  return keyed ? params.add(hashes).add(fps) : params.add(std::nullopt).add(std::nullopt);
}

void answer(const Batch& batch, const store::Result& rows, const Lane::After& after) {
  if (after && !rows.empty()) after(rows, batch.rows.front().front()->doubt.has_value());
  const Error missing(ErrorCode::internal, "a batch has no row for one of its commands");
  std::vector<bool> found(batch.rows.size());
  for (std::size_t at = 0; at < rows.size(); ++at) {
    const auto place = static_cast<std::size_t>(rows[at].integer(0)) - 1;
    if (place >= found.size() || found[place]) continue;
    found[place] = true;
    bool shared = false;
    for (const auto& waiting : batch.rows[place]) {
      waiting->answer(Reply{rows, at, std::exchange(shared, true), waiting->doubt});
    }
  }
  for (std::size_t place = 0; place < found.size(); ++place) {
    if (found[place]) continue;
    for (const auto& waiting : batch.rows[place]) waiting->answer(missing);
  }
}

void fail(const Batch& batch, const Error& error) {
  const bool locked = is_lock_timeout(error);
  for (const auto& row : batch.rows) {
    for (const auto& waiting : row) {
      waiting->answer(locked && waiting->key ? in_flight() : Error(error));
    }
  }
}

}  // namespace feedctl::commands
