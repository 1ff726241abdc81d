#pragma once
// The model of the view counters: flushes run views::Flush, itself, over flush_tables.hpp, beside
// users who view, a Redis that crashes or is emptied, and an operator who restores a backup.
#include <string>

#include "call_replay.hpp"
#include "flush_tables.hpp"
#include "model_checker.hpp"

namespace feedctl::models {

struct FlushConfig {
  const char* name;
  int views = 2, impressions = 2;
  int repeats = 0;  // of the first view
  int flushers = 2;
  int starts = 1;    // of each
  int runs = 1;      // of each process. 1: a run waits for the horizon
  int crashes = 0;   // of a flush, or between two_commands
  int failures = 0;  // calls that fail, or that happen though they seem to fail
  int redis_crashes = 0;
  int restores = 0;  // of a backup, while no flush runs
  int flushalls = 0;
  int registry_losses = 0;
  bool has_epoch = true;  // at first
};

class FlushModel {
 public:
  static constexpr int max_flushers = 2, max_calls = 46;
  struct Flusher {
    u8 is_running;
    u8 has_lost_connection;  // its next call of Redis fails, if it is not connected again
    u8 unused[6];
    RecordedCalls<max_calls> script;
  };
  struct State {
    FlushWorld world;
    Flusher flushers[max_flushers];
  };

  explicit FlushModel(FlushConfig config, FlushFault fault = FlushFault::none)
      : config_(config), fault_(fault) {}

  State begin() const;
  void choices(const State& state, Choices& out) const;
  std::string step(State& state, Choice choice) const;
  // Runs one more flush to its end, and says what is wrong then.
  std::string at_rest(const State& state) const;
  std::string name(const State& state, Choice choice) const;

 private:
  void recorder_choices(const State& state, Choices& out) const;
  void fault_choices(const State& state, Choices& out) const;
  void flusher_choices(const State& state, int me, Choices& out) const;
  void change_world(State& state, u8 what) const;
  std::string run(State& state, int me, u8 action) const;

  FlushConfig config_;
  FlushFault fault_;
};

}  // namespace feedctl::models
