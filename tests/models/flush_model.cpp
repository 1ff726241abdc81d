#include "flush_model.hpp"

#include <bit>

#include "flush_port.hpp"

namespace feedctl::models {

namespace {

constexpr u8 world_actor = 200;
enum WorldAction : u8 {
  view_is_recorded,
  view_is_remembered,
  view_is_added,
  recorder_dies,
  view_is_repeated,
  impression_is_recorded,
  redis_fsyncs,
  redis_crashes,
  redis_is_emptied,
  registry_is_lost,
  backup_is_saved,
  backup_is_restored
};

bool is_running(const FlushModel::State& state) {
  return state.flushers[0].is_running || state.flushers[1].is_running;
}

bool is_equal(const RedisTables& a, const RedisTables& b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

// What the counters must be, once all is at rest.
std::string find_error(const FlushWorld& w, bool has_epoch) {
  const auto& postgres = w.postgres;
  if (w.acknowledged_views & ~w.lost_views & ~postgres.seen) return "a view was lost";
  if (postgres.seen & ~w.acknowledged_views) return "a view was counted that nobody has made";
  if (postgres.view_count != std::popcount(postgres.seen)) return "the counter of views is wrong";
  const auto missing = w.acknowledged & ~w.lost & ~postgres.impressions;
  if (missing & ~postgres.dropped) return "an impression was lost";
  if (missing && !w.was_restored) return "a crash of Redis made durable impressions doubtful";
  if (!w.was_restored && has_epoch && w.reported_rollbacks)
    return "a crash was reported as a rollback";
  if (!w.has_faults && w.reported_dropped != postgres.dropped_count)
    return "the reports differ from what was dropped";
  if (w.reported_dropped > postgres.dropped_count) return "too many are reported as dropped";
  return "";
}

std::string find_left_over(const RedisTables& redis) {
  if (redis.views != 0) return "views wait for ever";
  if (redis.impressions != 0) return "impressions wait for ever";
  if (redis.batches[0].key.kind != BatchKind::none) return "a batch is left for ever";
  return "";
}

}  // namespace

FlushModel::State FlushModel::begin() const {
  State state{};
  auto& w = state.world;
  const auto byte = [](int n) { return static_cast<u8>(n); };
  if (config_.has_epoch) w.postgres.epochs = w.postgres.established = w.redis.epoch = 1;
  w.crashes = byte(config_.crashes);
  w.failures = byte(config_.failures);
  w.redis_crashes = byte(config_.redis_crashes);
  w.restores = byte(config_.restores);
  w.flushalls = byte(config_.flushalls);
  w.registry_losses = byte(config_.registry_losses);
  w.repeats = byte(config_.repeats);
  for (int i = 0; i < config_.flushers; ++i) w.starts[i] = byte(config_.starts);
  if (w.redis_crashes > 0) w.durable = w.redis;
  return state;
}

// --- what may happen

void FlushModel::recorder_choices(const State& state, Choices& out) const {
  const auto& w = state.world;
  const auto may = [&](WorldAction what) { out.push_back({world_actor, what, false}); };
  if (w.half_recorded != 0) {
    may(view_is_added);
    if (w.crashes > 0) may(recorder_dies);
  } else if (std::popcount(w.acknowledged_views) < config_.views) {
    may(fault_ == FlushFault::two_commands ? view_is_remembered : view_is_recorded);
  }
  if (w.repeats > 0 && w.acknowledged_views & 1) may(view_is_repeated);
  if (std::popcount(w.acknowledged) < config_.impressions) may(impression_is_recorded);
}

void FlushModel::fault_choices(const State& state, Choices& out) const {
  const auto& w = state.world;
  const auto may = [&](WorldAction what) { out.push_back({world_actor, what, false}); };
  if (w.redis_crashes > 0 && !is_equal(w.redis, w.durable)) {
    may(redis_fsyncs);
    may(redis_crashes);
  }
  if (w.flushalls > 0) may(redis_is_emptied);
  if (w.registry_losses > 0) may(registry_is_lost);
  if (w.restores > 0 && !w.has_backup) may(backup_is_saved);
  if (w.has_backup && !is_running(state) && !is_equal(w.redis, w.backup)) may(backup_is_restored);
}

void FlushModel::flusher_choices(const State& state, int me, Choices& out) const {
  const auto& flusher = state.flushers[me];
  const auto& w = state.world;
  const auto may = [&](FlushAction what) {
    out.push_back({static_cast<u8>(me), what, what == flush_go && flusher.is_running});
  };
  if (!flusher.is_running && w.starts[me] == 0) return;
  may(flush_go);
  if (!flusher.is_running) return;
  if (w.crashes > 0) may(flush_die);
  if (flusher.has_lost_connection) may(flush_reconnect);
  const auto op = flusher.script.pending;
  if (w.failures == 0 || is_sleep(op) || (is_redis(op) && flusher.has_lost_connection)) return;
  may(flush_fail);
  if (writes(op)) may(flush_doubt);
}

void FlushModel::choices(const State& state, Choices& out) const {
  for (int i = 0; i < config_.flushers; ++i) flusher_choices(state, i, out);
  recorder_choices(state, out);
  fault_choices(state, out);
}

// --- steps

void FlushModel::change_world(State& state, u8 what) const {
  auto& w = state.world;
  FlushStatements statements(w, fault_);
  const auto lose_connections = [&] {
    for (auto& flusher : state.flushers) flusher.has_lost_connection = flusher.is_running;
  };
  switch (what) {
    case view_is_recorded:
      return statements.record_view(std::popcount(w.acknowledged_views));
    case view_is_remembered:
      return statements.begin_view(std::popcount(w.acknowledged_views));
    case view_is_added:
      return statements.end_view();
    case recorder_dies:
      --w.crashes;
      w.half_recorded = 0;
      return;
    case view_is_repeated:
      --w.repeats;
      return statements.record_view(0);
    case impression_is_recorded:
      return statements.record_impression(std::popcount(w.acknowledged));
    case redis_fsyncs:
      return statements.fsync();
    case redis_crashes:
      lose_connections();
      return statements.crash_redis();
    case redis_is_emptied:
      return statements.flush_all();
    case registry_is_lost:
      return statements.lose_registry();
    case backup_is_saved:
      return statements.save_backup();
    default:
      return statements.restore();
  }
}

std::string FlushModel::run(State& state, int me, u8 action) const {
  auto& flusher = state.flushers[me];
  auto& w = state.world;
  if (action == flush_reconnect) {
    flusher.has_lost_connection = 0;
    return "";
  }
  if (action != flush_go || flusher.has_lost_connection) w.has_faults = 1;
  if (action == flush_die) {
    --w.crashes;
    flusher = {};
    return "";
  }
  if (action != flush_go) --w.failures;
  if (!flusher.is_running) {
    flusher.is_running = 1;
    --w.starts[me];
  }
  FlushPort port(w, flusher, fault_, action);
  try {
    port.run(config_.runs);
  } catch (const Paused&) {
    return port.wrong();
  }
  flusher = {};
  return port.wrong();
}

std::string FlushModel::step(State& state, Choice choice) const {
  if (choice.actor != world_actor) return run(state, choice.actor, choice.action);
  change_world(state, choice.action);
  return "";
}

std::string FlushModel::at_rest(const State& state) const {
  auto world = state.world;
  Flusher last{};
  FlushPort port(world, last, fault_, flush_go, false);
  port.run(1);
  if (!port.wrong().empty()) return port.wrong();
  const auto left = find_left_over(world.redis);
  return left.empty() ? find_error(world, config_.has_epoch) : left;
}

std::string FlushModel::name(const State& state, Choice choice) const {
  static const char* const changes[] = {
      "a view is recorded",         "a view is remembered",
      "the view is added",          "the recorder dies",
      "the first view is repeated", "an impression is recorded",
      "Redis writes its file",      "Redis crashes and starts again",
      "Redis is emptied",           "the registry of batches is lost",
      "a backup of Redis is saved", "Redis is restored from the backup"};
  static const char* const ops[] = {"starts and reads the epoch",
                                    "reads the epoch",
                                    "adds an epoch",
                                    "marks the epoch",
                                    "applies views",
                                    "applies impressions",
                                    "finishes the impressions",
                                    "establishes the epoch",
                                    "rotates the views",
                                    "rotates the impressions",
                                    "lists the batches",
                                    "reads a batch",
                                    "drops a batch",
                                    "connects",
                                    "sleeps",
                                    "waits for its next run"};
  static const char* const outcomes[] = {"", ": fails", ": done, but seems to fail", ": is killed",
                                         ": connected again"};
  if (choice.actor == world_actor) return changes[choice.action];
  const auto& flusher = state.flushers[choice.actor];
  std::string name = "flush " + std::to_string(choice.actor + 1) + " ";
  name += ops[flusher.script.pending];
  if (flusher.has_lost_connection && is_redis(flusher.script.pending)) name += ": connection lost";
  return name + outcomes[choice.action];
}

}  // namespace feedctl::models
