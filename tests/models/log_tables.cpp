#include "log_tables.hpp"

#include <algorithm>
#include <utility>

namespace feedctl::models {

bool Position::passed(u32 xid, u32 id) const {
  if (at.is_visible(xid)) return true;
  if (upto.word == 0 || !upto.is_visible(xid)) return false;
  return std::pair{xid, id} <= std::pair<u32, u32>{done_xid, done_id};
}

LogSnapshot LogStatements::now(int me) const {
  u32 running = 0;
  for (const auto& writer : tables_.writers) {
    if (writer.life == TransactionState::open && writer.xid) running |= 1U << writer.xid;
  }
  for (int i = 0; i < max_owners; ++i) {
    if (i != me && tables_.open[i].open && tables_.open[i].xid)
      running |= 1U << tables_.open[i].xid;
  }
  return LogSnapshot::of(tables_.next_xid, running);
}

// batch.sql
LogBatch LogStatements::batch(int me, int most) const {
  const auto& p = tables_.position;
  const bool round = p.upto.word != 0 && mistake_ != LogFault::no_upto;
  LogBatch read{p.version, round ? p.upto : now(me), false, {}};
  read.moved = read.upto != p.at;
  for (int e = 0; e < max_events; ++e) {
    const auto& event = tables_.events[e];
    if (!event.there) continue;
    const std::pair<u32, u32> key{event.xid, event.id}, done{p.done_xid, p.done_id};
    const bool held_up = p.at.xip() >> event.xid & 1;
    bool due = false;
    if (mistake_ == LogFault::id_cursor) {
      due = event.id > p.done_id;
    } else if (held_up) {
      due = key > done && read.upto.is_visible(event.xid);
    } else {
      const u32 from = std::max<u32>(p.at.xmax(), p.done_xid);
      const int from_id = p.done_xid >= p.at.xmax() ? p.done_id : -1;
      due = (event.xid > from || (event.xid == from && static_cast<int>(event.id) > from_id)) &&
            read.upto.is_visible(event.xid);
    }
    if (due) read.events.push_back(static_cast<u8>(e));
  }
  std::sort(read.events.begin(), read.events.end(), [&](u8 a, u8 b) {
    const auto &x = tables_.events[a], &y = tables_.events[b];
    if (mistake_ == LogFault::id_cursor) return x.id < y.id;
    return std::pair{x.xid, x.id} < std::pair{y.xid, y.id};
  });
  if (read.events.size() > static_cast<std::size_t>(most))
    read.events.resize(static_cast<std::size_t>(most));
  return read;
}

bool LogStatements::position_locked(int me) const {
  for (int i = 0; i < max_owners; ++i) {
    if (i != me && tables_.open[i].open && tables_.open[i].saved) return true;
  }
  return false;
}

// mark_try.sql
int LogStatements::mark_try(int event, int version) {
  if (tables_.position.version != version) return -1;
  if (mistake_ == LogFault::mark_forgotten) return 0;
  tables_.crashes = tables_.try_event == event + 1 ? static_cast<u8>(tables_.crashes + 1) : u8{0};
  tables_.try_event = static_cast<u8>(event + 1);
  return tables_.crashes;
}

// unmark_try.sql
bool LogStatements::unmark_try(int event, int version, int crashes) {
  if (tables_.position.version != version || tables_.try_event != event + 1) return false;
  if (tables_.crashes != crashes) return false;
  if (tables_.crashes == 0) tables_.try_event = 0;
  if (tables_.crashes > 0) --tables_.crashes;
  return true;
}

// save.sql; `next` as the parameters have it.
bool LogStatements::save(int me, const Position& next, int version) {
  if (tables_.position.version != version && mistake_ != LogFault::blind_save) return false;
  auto& open = tables_.open[me];
  open.saved = 1;
  open.position = next;
  open.position.version = static_cast<u8>(tables_.position.version + 1);
  if (mistake_ == LogFault::snapshot_apart && open.position.upto.word == 0)
    open.position.at = now(me);
  if (mistake_ == LogFault::position_first) tables_.position = open.position;
  if (mistake_ == LogFault::effects_first) settle_effects(me);
  return true;
}

void LogStatements::take_id(int me) {
  if (tables_.open[me].xid == 0) tables_.open[me].xid = tables_.next_xid++;
}

void LogStatements::write_chained(int me, int event) {
  take_id(me);
  tables_.open[me].chain = 1;
  tables_.events[event] = {static_cast<u8>(4 + me), tables_.open[me].xid, tables_.next_id++, 0};
}

void LogStatements::settle_effects(int me) {
  auto& open = tables_.open[me];
  for (int e = 0; e < max_events; ++e) {
    tables_.fates[e].applied = static_cast<u8>(tables_.fates[e].applied + (open.applied >> e & 1));
    tables_.fates[e].parked = static_cast<u8>(tables_.fates[e].parked + (open.parked >> e & 1));
    tables_.fates[e].buried = static_cast<u8>(tables_.fates[e].buried + (open.buried >> e & 1));
    if (tables_.events[e].writer == 4 + me && open.chain && tables_.events[e].xid == open.xid)
      tables_.events[e].there = 1;
  }
  open.applied = open.parked = open.buried = 0;
}

void LogStatements::commit(int me) {
  auto& open = tables_.open[me];
  settle_effects(me);
  if (open.saved) {
    tables_.position = open.position;
    tables_.try_event = tables_.crashes = 0;
  }
  open = {};
}

void LogStatements::rollback(int me) {
  // The ids that it drew are gone for good.
  for (auto& event : tables_.events) {
    if (event.writer == 4 + me && !event.there && tables_.open[me].chain) event = {};
  }
  tables_.open[me] = {};
}

std::string LogStatements::wrong(const Position& before) const {
  for (int e = 0; e < max_events; ++e) {
    const auto& event = tables_.events[e];
    const auto& fate = tables_.fates[e];
    if (fate.applied + fate.parked + fate.buried > 1)
      return "event " + std::to_string(e + 1) + " was handled twice";
    if (event.there && before.passed(event.xid, event.id) &&
        !tables_.position.passed(event.xid, event.id) && mistake_ != LogFault::id_cursor)
      return "the position went back behind event " + std::to_string(e + 1);
  }
  if (tables_.position.version < before.version) return "the version went back";
  return "";
}

}  // namespace feedctl::models
