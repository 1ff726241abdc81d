#include "log_world.hpp"

#include <algorithm>
#include <utility>

namespace feedctl::models {

bool Position::passed(u32 xid, u32 id) const {
  if (at.sees(xid)) return true;
  if (upto.word == 0 || !upto.sees(xid)) return false;
  return std::pair{xid, id} <= std::pair<u32, u32>{done_xid, done_id};
}

Snap LogStatements::now(int me) const {
  u32 running = 0;
  for (const auto& writer : w.writers) {
    if (writer.life == Life::open && writer.xid) running |= 1U << writer.xid;
  }
  for (int i = 0; i < most_owners; ++i) {
    if (i != me && w.open[i].open && w.open[i].xid) running |= 1U << w.open[i].xid;
  }
  return Snap::of(w.next_xid, running);
}

// batch.sql
Read LogStatements::batch(int me, int most) const {
  const auto& p = w.position;
  const bool round = p.upto.word != 0 && mistake_ != Mistake::no_upto;
  Read read{p.version, round ? p.upto : now(me), false, {}};
  read.moved = read.upto != p.at;
  for (int e = 0; e < most_events; ++e) {
    const auto& event = w.events[e];
    if (!event.there) continue;
    const std::pair<u32, u32> key{event.xid, event.id}, done{p.done_xid, p.done_id};
    const bool held_up = p.at.xip() >> event.xid & 1;
    bool due = false;
    if (mistake_ == Mistake::id_cursor) {
      due = event.id > p.done_id;
    } else if (held_up) {
      due = key > done && read.upto.sees(event.xid);
    } else {
      const u32 from = std::max<u32>(p.at.xmax(), p.done_xid);
      const int from_id = p.done_xid >= p.at.xmax() ? p.done_id : -1;
      due = (event.xid > from || (event.xid == from && static_cast<int>(event.id) > from_id)) &&
            read.upto.sees(event.xid);
    }
    if (due) read.events.push_back(static_cast<u8>(e));
  }
  std::sort(read.events.begin(), read.events.end(), [&](u8 a, u8 b) {
    const auto &x = w.events[a], &y = w.events[b];
    if (mistake_ == Mistake::id_cursor) return x.id < y.id;
    return std::pair{x.xid, x.id} < std::pair{y.xid, y.id};
  });
  if (read.events.size() > static_cast<std::size_t>(most))
    read.events.resize(static_cast<std::size_t>(most));
  return read;
}

bool LogStatements::position_locked(int me) const {
  for (int i = 0; i < most_owners; ++i) {
    if (i != me && w.open[i].open && w.open[i].saved) return true;
  }
  return false;
}

// mark_try.sql
int LogStatements::mark_try(int event, int version) {
  if (w.position.version != version) return -1;
  if (mistake_ == Mistake::mark_forgotten) return 0;
  w.crashes = w.try_event == event + 1 ? static_cast<u8>(w.crashes + 1) : u8{0};
  w.try_event = static_cast<u8>(event + 1);
  return w.crashes;
}

// unmark_try.sql
bool LogStatements::unmark_try(int event, int version, int crashes) {
  if (w.position.version != version || w.try_event != event + 1) return false;
  if (w.crashes != crashes) return false;
  if (w.crashes == 0) w.try_event = 0;
  if (w.crashes > 0) --w.crashes;
  return true;
}

// save.sql; `next` as the parameters have it.
bool LogStatements::save(int me, const Position& next, int version) {
  if (w.position.version != version && mistake_ != Mistake::blind_save) return false;
  auto& open = w.open[me];
  open.saved = 1;
  open.position = next;
  open.position.version = static_cast<u8>(w.position.version + 1);
  if (mistake_ == Mistake::snapshot_apart && open.position.upto.word == 0)
    open.position.at = now(me);
  if (mistake_ == Mistake::position_first) w.position = open.position;
  if (mistake_ == Mistake::effects_first) settle_effects(me);
  return true;
}

void LogStatements::take_id(int me) {
  if (w.open[me].xid == 0) w.open[me].xid = w.next_xid++;
}

void LogStatements::write_chained(int me, int event) {
  take_id(me);
  w.open[me].chain = 1;
  w.events[event] = {static_cast<u8>(4 + me), w.open[me].xid, w.next_id++, 0};
}

void LogStatements::settle_effects(int me) {
  auto& open = w.open[me];
  for (int e = 0; e < most_events; ++e) {
    w.fates[e].applied = static_cast<u8>(w.fates[e].applied + (open.applied >> e & 1));
    w.fates[e].parked = static_cast<u8>(w.fates[e].parked + (open.parked >> e & 1));
    w.fates[e].buried = static_cast<u8>(w.fates[e].buried + (open.buried >> e & 1));
    if (w.events[e].writer == 4 + me && open.chain && w.events[e].xid == open.xid)
      w.events[e].there = 1;
  }
  open.applied = open.parked = open.buried = 0;
}

void LogStatements::commit(int me) {
  auto& open = w.open[me];
  settle_effects(me);
  if (open.saved) {
    w.position = open.position;
    w.try_event = w.crashes = 0;
  }
  open = {};
}

void LogStatements::rollback(int me) {
  // The ids that it drew are gone for good.
  for (auto& event : w.events) {
    if (event.writer == 4 + me && !event.there && w.open[me].chain) event = {};
  }
  w.open[me] = {};
}

std::string LogStatements::wrong(const Position& before) const {
  for (int e = 0; e < most_events; ++e) {
    const auto& event = w.events[e];
    const auto& fate = w.fates[e];
    if (fate.applied + fate.parked + fate.buried > 1)
      return "event " + std::to_string(e + 1) + " was handled twice";
    if (event.there && before.passed(event.xid, event.id) &&
        !w.position.passed(event.xid, event.id) && mistake_ != Mistake::id_cursor)
      return "the position went back behind event " + std::to_string(e + 1);
  }
  if (w.position.version < before.version) return "the version went back";
  return "";
}

}  // namespace feedctl::models
