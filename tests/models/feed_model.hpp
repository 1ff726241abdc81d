#pragma once
// The model of user_feed: workers run the fan-out handlers under events::Consumer and the jobs
// under jobs::JobStep, over feed_tables.hpp, beside users who follow, write, delete, arrive and
// leave.
#include "call_replay.hpp"
#include "feed_materialized/fan_out_logic.hpp"
#include "feed_tables.hpp"
#include "model_checker.hpp"

namespace feedctl::models {

struct FeedConfig {
  const char* name;
  const char* actors;  // w: worker, j: works off jobs, r: reads in two statements of one snapshot
  int readers = 1;
  std::vector<u8> author_of;  // the posts
  u8 live = 0, follows = 0;   // at first
  int toggles = 1;            // follow commands of each pair
  u8 deletes = 0;             // posts that may be deleted
  u8 state = 2;               // of all readers at first
  int activations = 0;
  bool one_slot = true;
  int fan_out_on_read_above = 9, fan_out_job_above = 9, backfill_job_above = 9;
  int chunk = 9;  // followers, posts, followees
  int floor = 0;  // raised to this once
  int crashes = 1;
  bool keeps_rows_for_all = false;  // readers are new, and rows are kept for all
};

class FeedModel {
 public:
  struct Actor {
    u8 job, claim;  // that it works on: plus one
    u8 floor, rows, reads;
    u8 unused[3];
    RecordedCalls<10> script;
  };
  struct State {
    FeedTables world;
    u8 crashes, unused[7];
    Actor actors[max_actors];
  };

  explicit FeedModel(FeedConfig config, FeedFault mistake = FeedFault::none);

  State begin() const;
  void choices(const State& state, Choices& out) const;
  std::string step(State& state, Choice choice) const;
  std::string at_rest(const State& state) const;
  std::string name(const State& state, Choice choice) const;

 private:
  friend class FeedPort;
  int readers() const { return config_.readers; }
  int authors() const { return authors_; }
  int posts() const { return static_cast<int>(config_.author_of.size()); }
  FeedStatements sql(FeedTables& world, int me) const {
    return FeedStatements(world, me, author_of_, mistake_);
  }
  void user_choices(const State& state, Choices& out) const;
  void owner_choices(const State& state, Choices& out) const;
  void worker_choices(const State& state, int me, Choices& out) const;
  void runner_choices(const State& state, int me, Choices& out) const;
  void reader_choices(const State& state, int me, Choices& out) const;
  void run_user_command(State& state, u8 what) const;
  std::string run(State& state, int me, u8 what) const;
  std::string read(State& state, int me) const;
  std::string check_invariants(const State& state) const;
  // The rows that must be there, by what the workers have come to.
  u8 required_rows(const FeedTables& world, int reader) const;
  bool is_claimed_by_live_actor(const State& state, int me, int job) const;

  FeedConfig config_;
  FeedFault mistake_;
  feed_materialized::Options options_;
  u8 author_of_[max_posts] = {};
  int authors_ = 1;
};

}  // namespace feedctl::models
