#include "feed_tables.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace feedctl::models {

int FeedStatements::followers(int author) const {
  int count = 0;
  for (int u = 0; u < max_readers; ++u) count += (tables_.follows & pair_bit(u, author)) != 0;
  return count;
}

FeedState FeedStatements::state_of(int reader) const {
  const auto& mine = tables_.open[me_];
  return mine.wrote_state >> reader & 1 ? mine.states[reader] : tables_.states[reader];
}

bool FeedStatements::keeps_rows(int reader, bool on_only) const {
  return state_of(reader).state >= (on_only ? 2 : 1);
}

void FeedStatements::insert(u8 rows) {
  for (int u = 0; u < max_readers; ++u) {
    for (int p = 0; p < tables_.dropped; ++p) {
      if (rows & row_bit(u, p)) wrong = "a row has no part to stand in, for ever";
    }
  }
  open().open = 1;
  open().rows = static_cast<u8>(open().rows | rows);
}

// spread.sql
LargeFanOuts FeedStatements::spread(u8 posts, u8 pairs, int fan_out_on_read_above,
                                    int fan_out_job_above, int backfill_job_above) {
  u8 due = 0, too_popular = 0, rows = 0;
  for (int p = 0; p < max_posts; ++p) {
    const int a = author_of_[p];
    if (!(posts >> p & 1) || !(tables_.live >> p & 1) || !is_above_floor(p) ||
        fan_out_on_read_authors() >> a & 1)
      continue;
    due = static_cast<u8>(due | 1 << p);
    if (followers(a) > fan_out_on_read_above) too_popular = static_cast<u8>(too_popular | 1 << a);
  }
  LargeFanOuts left;
  for (int p = 0; p < max_posts; ++p) {
    const int a = author_of_[p], count = followers(a);
    if (!(due >> p & 1) || count > fan_out_on_read_above) continue;
    if (count > fan_out_job_above) {
      left.posts = static_cast<u8>(left.posts | 1 << p);
      continue;
    }
    for (int u = 0; u < max_readers; ++u) {
      if (tables_.follows & pair_bit(u, a) && keeps_rows(u, mistake_ == FeedFault::fan_out_on_only))
        rows = static_cast<u8>(rows | row_bit(u, p));
    }
  }
  for (int u = 0; u < max_readers; ++u) {
    for (int a = 0; a < max_authors; ++a) {
      if (!(pairs & tables_.follows & pair_bit(u, a)) ||
          (fan_out_on_read_authors() | too_popular) >> a & 1)
        continue;
      if (!keeps_rows(u, mistake_ == FeedFault::backfill_on_only)) continue;
      u8 found = 0;
      int count = 0;
      for (int p = 0; p < max_posts; ++p) {
        if (author_of_[p] != a || !(tables_.live >> p & 1) || p < tables_.floor) continue;
        found = static_cast<u8>(found | row_bit(u, p));
        ++count;
      }
      if (count > backfill_job_above)
        left.pairs = static_cast<u8>(left.pairs | pair_bit(u, a));
      else
        rows = static_cast<u8>(rows | found);
    }
  }
  insert(rows);
  open().fan_out_on_read = static_cast<u8>(open().fan_out_on_read | too_popular);
  return left;
}

// fan_out_chunk.sql; `after` and `last` are readers plus one.
FeedChunkResult FeedStatements::fan_out(int post, int after, int most) {
  const int a = author_of_[post];
  FeedChunkResult looked;
  open().open = 1;
  if (!(tables_.live >> post & 1) || !is_above_floor(post) || fan_out_on_read_authors() >> a & 1)
    return looked;
  u8 rows = 0;
  for (int u = after; u < max_readers && looked.count < most; ++u) {
    if (!(tables_.follows & pair_bit(u, a))) continue;
    ++looked.count;
    looked.last = u + 1;
    if (keeps_rows(u, mistake_ == FeedFault::fan_out_on_only))
      rows = static_cast<u8>(rows | row_bit(u, post));
  }
  insert(rows);
  return looked;
}

// backfill_chunk.sql; `below` and `last` are posts plus one.
FeedChunkResult FeedStatements::backfill(int reader, int author, int below, int most) {
  FeedChunkResult looked;
  open().open = 1;
  if (!(tables_.follows & pair_bit(reader, author)) || fan_out_on_read_authors() >> author & 1)
    return looked;
  if (!keeps_rows(reader, mistake_ == FeedFault::backfill_on_only)) return looked;
  u8 rows = 0;
  for (int p = std::min(below - 1, max_posts) - 1; p >= tables_.floor && looked.count < most; --p) {
    if (author_of_[p] != author || !(tables_.live >> p & 1)) continue;
    ++looked.count;
    looked.last = p + 1;
    rows = static_cast<u8>(rows | row_bit(reader, p));
  }
  insert(rows);
  return looked;
}

// activate_chunk.sql
bool FeedStatements::begin_fill(int reader, int generation, int followees, int posts) {
  const auto now = state_of(reader);
  const bool any =
      mistake_ == FeedFault::on_without_generation || mistake_ == FeedFault::on_without_look;
  if (now.state != 1 || (now.generation != generation && !any)) return false;
  const bool early = mistake_ == FeedFault::snapshot_before_flag;
  const u8 live = early ? tables_.early_live : tables_.live,
           follows = early ? tables_.early_follows : tables_.follows;
  u8 rows = 0;
  int last = now.cursor, last_post = 0, looked = 0, found = 0;
  // Of one author from below `below` on, while there is room.
  const auto take = [&](int a, int below) {
    for (int p = below - 1; p >= tables_.floor && found < posts; --p) {
      if (author_of_[p] != a || !(live >> p & 1) || fan_out_on_read_authors() >> a & 1) continue;
      rows = static_cast<u8>(rows | row_bit(reader, p));
      ++found;
      last_post = p + 1;
    }
    last = a + 1;
  };
  if (now.cursor_post && follows & pair_bit(reader, now.cursor - 1))
    take(now.cursor - 1, now.cursor_post - 1);
  const bool rest = found > 0;
  for (int a = now.cursor; a < max_authors && looked < followees && found < posts; ++a) {
    if (!(follows & pair_bit(reader, a))) continue;
    take(a, max_posts);
    ++looked;
  }
  open().found_count = static_cast<u8>(std::popcount(static_cast<u8>(rows & ~tables_.rows)));
  insert(rows);
  open().found = looked == 0 && !rest ? 2 : 1;
  open().found_cursor = static_cast<u8>(last);
  const bool cut = found == posts && mistake_ != FeedFault::followee_cut;
  open().found_post = static_cast<u8>(cut ? last_post : 0);
  return true;
}

bool FeedStatements::end_fill(int reader, int generation) {
  auto& mine = open();
  const auto now = state_of(reader);
  const bool done = mine.found == 2;
  mine.found = 0;
  const bool same = mistake_ == FeedFault::on_without_look ||
                    (now.state == 1 && (now.generation == generation ||
                                        mistake_ == FeedFault::on_without_generation));
  if (!same) return false;
  mine.wrote_state = static_cast<u8>(mine.wrote_state | 1 << reader);
  mine.states[reader] = {static_cast<u8>(done ? 2 : 1), now.generation, mine.found_cursor,
                         mine.found_post};
  return true;
}

bool FeedStatements::state_locked(int reader) const {
  for (int i = 0; i < max_actors; ++i) {
    if (i != me_ && tables_.open[i].wrote_state >> reader & 1) return true;
  }
  return false;
}

FeedState FeedStatements::begun(FeedState state) const {
  const bool resume = mistake_ == FeedFault::cursor_resumed;
  return {1, static_cast<u8>(state.generation + 1), resume ? state.cursor : u8{0},
          resume ? state.cursor_post : u8{0}};
}

bool FeedStatements::may_begin(int reader) const {
  const auto now = state_of(reader);
  const auto fills = [&](const FeedJob& job) {
    return job.kind == JobKind::activate && job.subject == reader && job.about == now.generation;
  };
  const auto& mine = tables_.open[me_];
  const bool has_job = std::any_of(tables_.jobs, tables_.jobs + max_jobs, fills) ||
                       std::any_of(mine.added, mine.added + mine.count_added, fills);
  return now.state == 0 || (now.state == 1 && !has_job);
}

// activate.sql
void FeedStatements::activate(int reader) {
  auto& state = tables_.states[reader];
  if (!may_begin(reader)) return;
  state = begun(state);
  store({JobKind::activate, static_cast<u8>(reader), state.generation, 0, 0, 0, 0, 0});
  tables_.early_taken = 0;
}

void FeedStatements::activate_within(int reader) {
  open().open = 1;
  const auto now = state_of(reader);
  if (!may_begin(reader)) return;
  open().wrote_state = static_cast<u8>(open().wrote_state | 1 << reader);
  open().states[reader] = begun(now);
  add_job({JobKind::activate, static_cast<u8>(reader), open().states[reader].generation, 0, 0, 0, 0,
           0});
}

void FeedStatements::deactivate(int reader) {
  if (tables_.states[reader].state > 0) tables_.states[reader].state = 0;
}

void FeedStatements::peek(int) {
  tables_.early_live = tables_.live;
  tables_.early_follows = tables_.follows;
  tables_.early_taken = 1;
}

void FeedStatements::raise_floor(int floor) {
  tables_.floor = static_cast<u8>(floor);
}

void FeedStatements::drop_part(int below) {
  tables_.dropped = static_cast<u8>(below);
  for (int u = 0; u < max_readers; ++u) {
    for (int p = 0; p < below; ++p) tables_.rows = static_cast<u8>(tables_.rows & ~row_bit(u, p));
  }
}

bool FeedStatements::job_locked(int job) const {
  for (int i = 0; i < max_actors; ++i) {
    if (i != me_ && tables_.open[i].job == job + 1) return true;
  }
  return false;
}

// claim.sql
void FeedStatements::claim(int job) {
  auto& j = tables_.jobs[job];
  ++j.claim;
  if (j.claimed) ++j.crashes;
  j.claimed = 1;
}

// lock.sql
bool FeedStatements::lock(int job, int claim) {
  open().open = 1;
  const auto& j = tables_.jobs[job];
  if (j.kind == JobKind::none || j.claim != claim) return false;
  open().job = static_cast<u8>(job + 1);
  return true;
}

void FeedStatements::store(const FeedJob& job) {
  for (auto& place : tables_.jobs) {
    if (place.kind != JobKind::none) continue;
    place = job;
    return;
  }
  throw std::logic_error("the model has too few places for jobs");
}

void FeedStatements::commit() {
  const auto mine = open();
  tables_.rows = static_cast<u8>(tables_.rows | mine.rows);
  tables_.fan_out_on_read = static_cast<u8>(tables_.fan_out_on_read | mine.fan_out_on_read);
  for (int u = 0; u < max_readers; ++u) {
    if (mine.wrote_state >> u & 1) tables_.states[u] = mine.states[u];
  }
  if (mine.job && mine.job_end == 1) {
    auto& job = tables_.jobs[mine.job - 1];
    job.cursor = mine.job_cursor;
    job.claimed = job.crashes = 0;
  } else if (mine.job && mine.job_end == 2) {
    tables_.jobs[mine.job - 1] = {};
  }
  for (int i = 0; i < mine.count_added; ++i) store(mine.added[i]);
  if (mine.saved) {
    tables_.position = mine.passed;
    ++tables_.version;
  }
  open() = {};
}

}  // namespace feedctl::models
