#include "commands/waiting.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace feedctl::commands {

namespace {

struct Hash {
  std::size_t operator()(const std::pair<Id, Id>& pair) const {
    const auto mixed = static_cast<std::uint64_t>(pair.first) * 0x9e3779b97f4a7c15U;
    return static_cast<std::size_t>(mixed ^ static_cast<std::uint64_t>(pair.second));
  }
  std::size_t operator()(const std::pair<Id, std::string_view>& key) const {
    return std::hash<std::string_view>{}(key.second) ^ static_cast<std::size_t>(key.first);
  }
};

// What a statement may have once.
class Taken {
 public:
  enum class Place { own, shared, later };

  // Where `waiting` goes. `row`: the next own one, set to the row that is shared.
  Place place(const Waiting& waiting, std::size_t& row) {
    if (waiting.key && keys_.count({waiting.key->user, waiting.key->hash}) != 0)
      return Place::later;
    const auto [at, fresh] =
        pairs_.try_emplace({waiting.actor, waiting.object}, Pair{row, waiting.key.has_value()});
    if (!fresh) {
      row = at->second.row;
      return waiting.key || at->second.keyed ? Place::later : Place::shared;
    }
    if (waiting.key) keys_.emplace(waiting.key->user, waiting.key->hash);
    return Place::own;
  }

 private:
  struct Pair {
    std::size_t row;
    bool keyed;
  };
  std::unordered_map<std::pair<Id, Id>, Pair, Hash> pairs_;
  std::unordered_set<std::pair<Id, std::string_view>, Hash> keys_;
};

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
  const char* why =
      was == State::out ? "not done in time, and may still be: try again" : "too busy, try again";
  done(Error(ErrorCode::unavailable, why).with_retry_after(std::chrono::seconds{1}));
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

Batch gather(std::deque<WaitingPtr>& queue, std::size_t most) {
  Batch batch;
  Taken taken;
  std::deque<WaitingPtr> rest;
  SharedRow over;  // just now: `taken` still looks at their keys
  for (; !queue.empty() && batch.rows.size() < most; queue.pop_front()) {
    auto& waiting = queue.front();
    if (waiting->answered()) continue;
    auto row = batch.rows.size();
    const auto place = taken.place(*waiting, row);
    if (place == Taken::Place::later) {
      rest.push_back(std::move(waiting));
      continue;
    }
    if (place == Taken::Place::own) batch.rows.emplace_back();
    (waiting->goes_out() ? batch.rows[row] : over).push_back(std::move(waiting));
  }
  std::erase_if(batch.rows, [](const auto& row) { return row.empty(); });
  queue.insert(queue.begin(), std::make_move_iterator(rest.begin()),
               std::make_move_iterator(rest.end()));
  return batch;
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
