#pragma once
// Owners of a slot who run events::Consumer, itself, over the log of log_tables.hpp, beside
// writers.
#include <memory>
#include <string>

#include "call_replay.hpp"
#include "events/consumer.hpp"
#include "log_tables.hpp"
#include "model_checker.hpp"

namespace feedctl::models {

enum class EventKind : u8 {
  plain,
  failing,
  crashing
};  // of an event: applied; throws; ends its process

struct LogConfig {
  const char* name;
  // The events of each writer.
  std::vector<std::vector<EventKind>> writers;
  int owners = 1;
  int batch = 2;
  int crashes = 1;     // that come from outside
  int failures = 0;    // statements that fail and would not, if tried again; also in doubt
  bool chain = false;  // handling the first event writes another one
  bool idle_save = false;
};

class LogModel {
 public:
  struct Owner {
    u8 alive, one_by_one, left, began, begun_version, begun_event, begun_crashes, in_round;
    RecordedCalls<14> script;
  };
  struct State {
    LogTables world;
    u8 unused[4];
    Owner owners[max_owners];
  };

  explicit LogModel(LogConfig config, LogFault mistake = LogFault::none);

  State begin() const;
  void choices(const State& state, Choices& out) const;
  std::string step(State& state, Choice choice) const;
  std::string at_rest(const State& state) const;
  std::string name(const State& state, Choice choice) const;

 private:
  friend class FakeLog;
  EventKind kind_of(int event) const { return kinds_[event]; }
  void writer_choices(const State& state, Choices& out) const;
  void owner_choices(const State& state, int me, Choices& out) const;
  void write(LogTables& world, int writer, u8 what) const;
  std::string run(State& state, int me, u8 what) const;
  bool is_idle(const State& state, int me) const;

  LogConfig config_;
  LogFault mistake_;
  EventKind kinds_[max_events] = {};
  u8 writer_of_[max_events] = {};
  int count_ = 0;
};

}  // namespace feedctl::models
