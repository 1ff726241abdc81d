#pragma once
// Workers that run the feed's handlers under events::Consumer, and its jobs under jobs::Turn, over
// the tables of feed_world.hpp, beside people who follow, write, delete, come and go.
#include "explore.hpp"
#include "feed/handlers.hpp"
#include "feed_world.hpp"
#include "script.hpp"

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
  int pull = 9, direct_followers = 9, direct_posts = 9;
  int chunk = 9;  // followers, posts, followees
  int floor = 0;  // raised to this once
  int crashes = 1;
  bool keeps_all = false;  // readers are new, and rows are kept for all
};

class FeedModel {
 public:
  struct Actor {
    u8 job, claim;  // that it works on: plus one
    u8 floor, rows, reads;
    u8 unused[3];
    Script<10> script;
  };
  struct State {
    FeedWorld world;
    u8 crashes, unused[7];
    Actor actors[most_actors];
  };

  explicit FeedModel(FeedConfig config, FeedMistake mistake = FeedMistake::none);

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
  FeedStatements sql(FeedWorld& world, int me) const {
    return FeedStatements(world, me, author_of_, mistake_);
  }
  void people_choices(const State& state, Choices& out) const;
  void owner_choices(const State& state, Choices& out) const;
  void worker_choices(const State& state, int me, Choices& out) const;
  void runner_choices(const State& state, int me, Choices& out) const;
  void reader_choices(const State& state, int me, Choices& out) const;
  void people(State& state, u8 what) const;
  std::string run(State& state, int me, u8 what) const;
  std::string read(State& state, int me) const;
  std::string promised(const State& state) const;
  // The rows that must be there, by what the workers have come to.
  u8 needed(const FeedWorld& world, int reader) const;
  bool claimed_by_the_living(const State& state, int me, int job) const;

  FeedConfig config_;
  FeedMistake mistake_;
  feed::Options options_;
  u8 author_of_[most_posts] = {};
  int authors_ = 1;
};

}  // namespace feedctl::models
