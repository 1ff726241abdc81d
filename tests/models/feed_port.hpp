#pragma once
// The ports of events::Consumer, the fan-out handlers and jobs::JobStep, over FeedTables.
#include "events/consumer.hpp"
#include "feed_model.hpp"
#include "jobs/job_step.hpp"

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
  return max_posts + 2 * pair + n;
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
  std::optional<int> record_attempt(int, const Batch&, const Event&) { return 0; }
  bool undo_attempt(int, const Batch&, const Event&, int) { return true; }
  // the fan-out handlers
  void activate_users(const feed_materialized::Ids& users);
  std::vector<feed_materialized::LargeFanOut> fan_out_batch(
      const feed_materialized::FanOutInput& input, std::int64_t fan_out_on_read_above,
      std::int64_t fan_out_job_above, int backfill_job_above);
  void add_job(const jobs::NewJob& job);
  feed_materialized::ChunkProgress fan_out_chunk(Id post, Id after, int max_followers);
  feed_materialized::ChunkProgress backfill_chunk(Id follower, Id followee, Id below, int max_rows);
  std::optional<feed_materialized::ActivationProgress> activate_chunk(Id user,
                                                                      std::int64_t generation,
                                                                      int followees, int rows);
  // jobs::JobStep
  std::optional<jobs::ClaimedJob> claim(jobs::Priority, bool alone);
  bool lock(Unit&, const jobs::ClaimedJob& claimed);
  void save(Unit&, const jobs::ClaimedJob& claimed, const jobs::Chunk& chunk);
  void finish(Unit&, const jobs::ClaimedJob& claimed);
  void done(const jobs::ClaimedJob&, const jobs::Chunk&) {}
  void dead_letter(const jobs::ClaimedJob&, const std::string&) { given_up = "a job was given up"; }
  void fail(const jobs::ClaimedJob&, std::chrono::milliseconds, const std::string& what, bool) {
    given_up = "a job failed: " + what;
  }

  std::string wrong() const { return given_up.empty() ? sql_.wrong : given_up; }

 private:
  template <typename Live>
  CallResult call(FeedOp op, bool yields, Live&& live) {
    return stage_.call(op, yields, live);
  }
  void commit();
  void roll_back() {
    if (!stage_.is_replaying() && !stage_.paused()) sql_.rollback();
  }

  const FeedModel& model_;
  FeedModel::State& state_;
  const int me_;
  const u8 what_;
  CallReplayer<10> stage_;
  FeedStatements sql_;
  std::string given_up;
};

}  // namespace feedctl::models
