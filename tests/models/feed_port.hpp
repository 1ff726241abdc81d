#pragma once
// The ports of events::Consumer, feed's handlers and jobs::Turn, over a FeedWorld.
#include "events/consumer.hpp"
#include "feed_model.hpp"
#include "jobs/turn.hpp"

namespace feedctl::models {

// Choices of an actor: 0..15 are what it picks where it begins.
enum Acting : u8 { act_crash = 100, act_go = 0 };
enum FeedOp : u8 {
  feed_none,
  feed_read,
  feed_spread,
  feed_save,
  feed_commit,
  feed_claim,
  feed_lock,
  feed_fill,
  feed_other
};

inline constexpr Id reader_id(int reader) {
  return reader + 1;
}
inline constexpr Id author_id(int author) {
  return author + 11;
}
inline constexpr Id post_id(int post) {
  return post + 21;
}
inline constexpr int follow_event(int pair, int n) {
  return most_posts + 2 * pair + n;
}
inline constexpr int user_event(int reader) {
  return 12 + reader;
}

class FeedPort {
 public:
  class Unit {
   public:
    explicit Unit(FeedPort* port) : port_(port) {}
    Unit(Unit&& other) noexcept : port_(std::exchange(other.port_, nullptr)) {}
    ~Unit() {
      if (port_ != nullptr) port_->roll_back();
    }
    void savepoint() {}
    void rollback_to_savepoint() { throw std::logic_error("nothing fails here"); }
    void commit() {
      port_->commit();
      port_ = nullptr;
    }

   private:
    FeedPort* port_;
  };
  using Event = events::Event;
  struct Batch {
    std::int64_t version = 0;
    bool moved = false, full = false;
    u16 mask = 0, position = 0;
    std::vector<Event> events;
  };

  FeedPort(const FeedModel& model, FeedModel::State& state, int me, u8 what)
      : model_(model),
        state_(state),
        me_(me),
        what_(what),
        stage_(state.actors[me].script),
        sql_(model.sql(state.world, me)) {}

  Unit begin() { return Unit(this); }
  // events::Consumer
  Batch read(Unit&, int, int);
  bool save(Unit&, int, const Batch& batch);
  std::optional<int> mark_try(int, const Batch&, const Event&) { return 0; }
  bool unmark_try(int, const Batch&, const Event&, int) { return true; }
  // feed's handlers
  void activate(const feed::Ids& users);
  std::vector<feed::TooBig> spread(const feed::News& news, std::int64_t pull,
                                   std::int64_t direct_followers, int direct_posts);
  void add_job(const jobs::NewJob& job);
  feed::Looked fan_out(Id post, Id after, int most);
  feed::Looked backfill(Id follower, Id followee, Id below, int most);
  std::optional<feed::Filled> fill(Id user, std::int64_t generation, int followees, int posts);
  // jobs::Turn
  std::optional<jobs::Claimed> claim(jobs::Lane, bool alone);
  bool lock(Unit&, const jobs::Claimed& claimed);
  void save(Unit&, const jobs::Claimed& claimed, const jobs::Chunk& chunk);
  void finish(Unit&, const jobs::Claimed& claimed);
  void done(const jobs::Claimed&, const jobs::Chunk&) {}
  void bury(const jobs::Claimed&, const std::string&) { given_up = "a job was given up"; }
  void fail(const jobs::Claimed&, std::chrono::milliseconds, const std::string& what, bool) {
    given_up = "a job failed: " + what;
  }

  std::string wrong() const { return given_up.empty() ? sql_.wrong : given_up; }

 private:
  template <typename Live>
  Answer call(FeedOp op, bool yields, Live&& live) {
    return stage_.call(op, yields, live);
  }
  void commit();
  void roll_back() {
    if (!stage_.repeats() && !stage_.paused()) sql_.rollback();
  }

  const FeedModel& model_;
  FeedModel::State& state_;
  const int me_;
  const u8 what_;
  Stage<10> stage_;
  FeedStatements sql_;
  std::string given_up;
};

}  // namespace feedctl::models
