#pragma once
// The read model's tables as PostgreSQL keeps them, in a value: what is committed, what two
// transactions would add, and the statements of sql/queries/feed and sql/queries/jobs, each at the
// snapshot of its moment. Readers, authors and posts are counted from 0. Some mistakes can be
// planted into the statements.
#include <cstdint>
#include <string>
#include <vector>

#include "log_tables.hpp"

namespace feedctl::models {

enum class FeedFault : u8 {
  none,
  snapshot_before_flag,  // activation fills from what it saw before `filling` was committed
  fan_out_on_only,       // fan-outs leave out who is filling
  backfill_on_only,
  on_without_look,  // activation ends without looking at state and generation
  on_without_generation,
  cursor_resumed,  // a new activation goes on from the last one's cursor
  position_first,  // the position commits before the rows
  cursor_first,    // a job's cursor commits before the rows
  drop_first,      // a part goes before the floor is raised
  drop_early,      // a part goes while somebody still reads by the old floor
  below_floor,     // fan-outs do not look at the floor
  followee_cut,    // a followee of whom there was too much counts as done
  blind_save,      // a paused owner puts the position back: must do no harm
};

inline constexpr int max_readers = 2, max_authors = 2, max_posts = 4, max_jobs = 5;
inline constexpr int max_actors = 3;

enum class JobKind : u8 { none, fan_out, backfill, activate };

struct FeedJob {
  JobKind kind;
  u8 subject;  // post or reader
  u8 about;    // author or generation
  u8 cursor;   // plus one
  u8 claim, claimed, crashes, unused;
};

// A row of feed_state.
struct FeedState {
  u8 state, generation;
  u8 cursor;       // author plus one
  u8 cursor_post;  // of that author, plus one; 0: all
};

// What a transaction would leave behind.
struct FeedTransaction {
  u8 open, rows, fan_out_on_read;
  u8 job;      // locked, plus one
  u8 job_end;  // 1: saved, 2: finished
  u8 job_cursor;
  u8 count_added, saved;
  u16 passed;  // the new position
  u8 unused_too;
  u8 found;  // of activate_chunk, between its snapshot and its row lock: 1 + done
  u8 found_cursor, found_count;
  u8 wrote_state;  // readers, mask: rows of feed_state locked and written
  u8 found_post;
  FeedState states[max_readers];
  FeedJob added[2];
};

struct FeedTables {
  u8 follows;          // reader * 2 + author
  u8 live;             // posts
  u8 rows;             // reader * 4 + post
  u8 fan_out_on_read;  // authors
  u8 floor;            // the feed floor: the first post at or above it
  u8 dropped;          // posts below stood in a partition that is gone
  u8 early_live, early_follows, early_taken;
  u8 version;
  u16 log;       // events that are there
  u16 position;  // events passed
  u8 unused[2];
  FeedState states[max_readers];
  FeedJob jobs[max_jobs];
  FeedTransaction open[max_actors];
};

inline u8 row_bit(int reader, int post) {
  return static_cast<u8>(1 << (reader * max_posts + post));
}
inline u8 pair_bit(int reader, int author) {
  return static_cast<u8>(1 << (reader * max_authors + author));
}

struct LargeFanOuts {
  u8 posts = 0;  // to be fanned out by jobs
  u8 pairs = 0;
};
struct FeedChunkResult {
  int count = 0, last = 0;
};

class FeedStatements {
 public:
  FeedStatements(FeedTables& world, int me, const u8* author_of, FeedFault mistake)
      : tables_(world), me_(me), author_of_(author_of), mistake_(mistake) {}

  int followers(int author) const;
  LargeFanOuts spread(u8 posts, u8 pairs, int fan_out_on_read_above, int fan_out_job_above,
                      int backfill_job_above);
  FeedChunkResult fan_out(int post, int after, int most);
  FeedChunkResult backfill(int reader, int author, int below, int most);
  // Its first half, at its snapshot. False: it finds nothing to do.
  bool begin_fill(int reader, int generation, int followees, int posts);
  // Its second half, once the row is free. False: another generation has begun.
  bool end_fill(int reader, int generation);
  bool state_locked(int reader) const;
  // activate.sql and deactivate.sql, which commit by themselves, and the first in a transaction.
  void activate(int reader);
  void activate_within(int reader);
  void deactivate(int reader);
  void peek(int reader);
  void raise_floor(int floor);
  void drop_part(int below);

  bool job_locked(int job) const;
  void claim(int job);
  bool lock(int job, int claim);
  void add_job(const FeedJob& job) { open().added[open().count_added++] = job; }
  void commit();
  void rollback() { open() = {}; }
  FeedTransaction& open() { return tables_.open[me_]; }

  std::string wrong;  // what can never be, and has happened

 private:
  FeedState state_of(int reader) const;
  u8 fan_out_on_read_authors() const {
    return static_cast<u8>(tables_.fan_out_on_read | tables_.open[me_].fan_out_on_read);
  }
  bool keeps_rows(int reader, bool on_only) const;
  bool is_above_floor(int post) const {
    return post >= tables_.floor || mistake_ == FeedFault::below_floor;
  }
  void insert(u8 rows);
  void store(const FeedJob& job);
  FeedState begun(FeedState state) const;
  bool may_begin(int reader) const;

  FeedTables& tables_;
  const int me_;
  const u8* const author_of_;
  const FeedFault mistake_;
};

}  // namespace feedctl::models
