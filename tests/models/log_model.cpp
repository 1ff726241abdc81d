#include "log_model.hpp"

#include <bit>

namespace feedctl::models {

namespace {

enum Op : u8 { op_none, op_read, op_mark, op_apply, op_note, op_save, op_commit, op_unmark };
const char* const op_names[] = {"starts", "reads", "marks",   "applies",
                                "parks",  "saves", "commits", "takes its mark back"};

// What a choice means, by actor: writers are 0..3, owners 4 and 5.
enum WriterStep : u8 { take_xid, draw_id, commit_it, abort_it };
enum OwnerStep : u8 { go, crash, fail, doubt, leave };

struct EventView {
  int index;
  u32 xid;
  std::int64_t id;
};

}  // namespace

// The port of events::Consumer.
class FakeLog {
 public:
  using Event = EventView;
  struct Batch {
    std::int64_t version = 0;
    LogSnapshot upto{};
    bool moved = false, full = false;
    std::vector<Event> events;
  };
  class Unit {
   public:
    explicit Unit(FakeLog* log) : log_(log) {}
    Unit(Unit&& other) noexcept : log_(std::exchange(other.log_, nullptr)) {}
    ~Unit() {
      if (log_ != nullptr) log_->roll_back();
    }
    void savepoint() { log_->keep(); }
    void rollback_to_savepoint() { log_->back(); }
    void commit() {
      log_->commit();
      log_ = nullptr;
    }

   private:
    FakeLog* log_;
  };

  FakeLog(const LogModel& model, LogModel::State& state, int me, u8 what)
      : model_(model),
        state_(state),
        me_(me),
        what_(what),
        stage_(state.owners[me].script),
        sql_(state.world, model.mistake_) {}

  Unit begin() { return Unit(this); }
  Batch read(Unit&, int, int most);
  bool save(Unit&, int, const Batch& batch);
  std::optional<int> record_attempt(int, const Batch& batch, const Event& event);
  bool undo_attempt(int, const Batch& batch, const Event& event, int crashes);
  void apply(std::span<const Event> events);
  void park(const Event& event);
  void bury(const Event& event, int crashes);

  std::string wrong;

 private:
  template <typename Live>
  CallResult call(Op op, bool yields, Live&& live) {
    return stage_.call(op, yields, [&]() -> CallResult {
      if (yields && what_ == fail) return transient_failure;
      return live();
    });
  }
  void commit();
  bool live() const { return !stage_.is_replaying() && !stage_.paused(); }
  void roll_back() {
    if (live()) sql_.rollback(me_);
  }
  void keep();
  void back();
  LogTransaction& open() { return state_.world.open[me_]; }

  const LogModel& model_;
  LogModel::State& state_;
  const int me_;
  const u8 what_;
  CallReplayer<14> stage_;
  LogStatements sql_;
};

FakeLog::Batch FakeLog::read(Unit&, int, int most) {
  const auto answer = call(op_read, true, [&] {
    open() = {};
    open().open = 1;
    if (model_.mistake_ == LogFault::own_id_first) sql_.take_id(me_);
    const auto read = sql_.batch(me_, most);
    CallResult word = read.upto.word | CallResult{read.version} << 32 |
                      CallResult{read.moved} << 40 | CallResult{read.events.size()} << 41;
    for (std::size_t i = 0; i < read.events.size(); ++i)
      word |= CallResult{read.events[i]} << (44 + 4 * i);
    return word;
  });
  Batch batch;
  batch.upto.word = static_cast<u32>(answer);
  batch.version = static_cast<std::int64_t>(answer >> 32 & 0xFF);
  batch.moved = answer >> 40 & 1;
  const auto size = answer >> 41 & 7;
  for (std::size_t i = 0; i < size; ++i) {
    const auto e = static_cast<int>(answer >> (44 + 4 * i) & 15);
    batch.events.push_back({e, state_.world.events[e].xid, state_.world.events[e].id});
  }
  batch.full = size == static_cast<std::size_t>(most);
  return batch;
}

bool FakeLog::save(Unit&, int, const Batch& batch) {
  return call(op_save, model_.config_.owners > 1, [&]() -> CallResult {
    auto next = state_.world.position;
    const Event last = batch.events.empty() ? Event{0, 0, 0} : batch.events.back();
    const bool keep = batch.full || model_.mistake_ == LogFault::done_kept ||
                      model_.mistake_ == LogFault::id_cursor;
    if (!batch.full) next.at = batch.upto;
    next.upto = batch.full ? batch.upto : LogSnapshot{};
    if (!batch.events.empty() || !keep) {
      next.done_xid = keep ? static_cast<u8>(last.xid) : u8{0};
      next.done_id = keep ? static_cast<u8>(last.id) : u8{0};
    }
    return sql_.save(me_, next, static_cast<int>(batch.version));
  });
}

std::optional<int> FakeLog::record_attempt(int, const Batch& batch, const Event& event) {
  const auto answer = call(op_mark, true, [&]() -> CallResult {
    const auto crashes = sql_.mark_try(event.index, static_cast<int>(batch.version));
    if (crashes < 0) return 255;
    auto& owner = state_.owners[me_];
    if (!(owner.began >> event.index & 1)) ++state_.world.fates[event.index].alone;
    owner.began = static_cast<u8>(owner.began | 1 << event.index);
    return static_cast<CallResult>(crashes);
  });
  if (answer == 255) return std::nullopt;
  return static_cast<int>(answer);
}

bool FakeLog::undo_attempt(int, const Batch& batch, const Event& event, int crashes) {
  return call(op_unmark, true, [&]() -> CallResult {
    auto& owner = state_.owners[me_];
    if (!sql_.unmark_try(event.index, static_cast<int>(batch.version), crashes)) return 0;
    --state_.world.fates[event.index].alone;
    owner.began = static_cast<u8>(owner.began & ~(1 << event.index));
    return 1;
  });
}

void FakeLog::apply(std::span<const Event> events) {
  call(op_apply, model_.config_.failures > 0, [&]() -> CallResult {
    for (const auto& event : events) {
      if (model_.kind_of(event.index) == EventKind::crashing) return process_crash;
      if (model_.kind_of(event.index) == EventKind::failing) return permanent_failure;
    }
    for (const auto& event : events) {
      open().applied = static_cast<u8>(open().applied | 1 << event.index);
      if (model_.config_.chain && event.index == 0) sql_.write_chained(me_, model_.count_);
    }
    return 0;
  });
}

void FakeLog::park(const Event& event) {
  call(op_note, false, [&]() -> CallResult {
    if (model_.kind_of(event.index) != EventKind::failing) wrong = "a sound event was parked";
    open().parked = static_cast<u8>(open().parked | 1 << event.index);
    return 0;
  });
}

void FakeLog::bury(const Event& event, int) {
  call(op_note, false, [&]() -> CallResult {
    // Those before this life that began it alone and did not come to its end.
    if (state_.world.fates[event.index].alone <= events::max_crashes)
      wrong = "event " + std::to_string(event.index + 1) + " was buried before its time";
    open().buried = static_cast<u8>(open().buried | 1 << event.index);
    return 0;
  });
}

void FakeLog::commit() {
  call(op_commit, true, [&]() -> CallResult {
    sql_.commit(me_);
    return what_ == doubt ? transient_failure : 0;
  });
}

void FakeLog::keep() {
  if (!live()) return;
  open().kept_applied = open().applied;
  open().kept_chain = open().chain;
}

void FakeLog::back() {
  if (!live()) return;
  open().applied = open().kept_applied;
  open().chain = open().kept_chain;
}

LogModel::LogModel(LogConfig config, LogFault mistake)
    : config_(std::move(config)), mistake_(mistake) {
  for (std::size_t i = 0; i < config_.writers.size(); ++i) {
    for (const auto kind : config_.writers[i]) {
      kinds_[count_] = kind;
      writer_of_[count_++] = static_cast<u8>(i);
    }
  }
}

LogModel::State LogModel::begin() const {
  State state{};
  auto& w = state.world;
  for (int e = 0; e < count_; ++e) w.events[e].writer = writer_of_[e];
  w.next_xid = w.next_id = 1;
  w.position.at = LogSnapshot::of(1, 0);
  w.crash_budget = static_cast<u8>(config_.crashes);
  w.fail_budget = static_cast<u8>(config_.failures);
  return state;
}

void LogModel::writer_choices(const State& state, Choices& out) const {
  const auto& w = state.world;
  for (std::size_t i = 0; i < config_.writers.size(); ++i) {
    const auto& writer = w.writers[i];
    if (writer.life > TransactionState::open) continue;
    // Writers of the same kind that have not begun are alike.
    if (writer.life == TransactionState::fresh && i > 0 &&
        w.writers[i - 1].life == TransactionState::fresh &&
        config_.writers[i - 1] == config_.writers[i])
      continue;
    const auto actor = static_cast<u8>(i);
    bool all = true;
    for (int e = 0; e < count_; ++e) all = all && (w.events[e].writer != i || w.events[e].id != 0);
    if (!writer.xid) out.push_back({actor, take_xid});
    if (!all) out.push_back({actor, draw_id});
    if (writer.xid && all) out.push_back({actor, commit_it});
    if (writer.xid) out.push_back({actor, abort_it});
  }
}

bool LogModel::is_idle(const State& state, int me) const {
  const auto& owner = state.owners[me];
  if (!owner.alive || owner.one_by_one || owner.script.pending) return false;
  auto world = state.world;
  const auto read = LogStatements(world, mistake_).batch(me, config_.batch);
  return read.events.empty() && !((config_.idle_save || owner.in_round) && read.moved);
}

void LogModel::owner_choices(const State& state, int me, Choices& out) const {
  auto world = state.world;
  const LogStatements sql(world, mistake_);
  const auto& owner = state.owners[me];
  const auto actor = static_cast<u8>(4 + me);
  const auto pending = owner.script.pending;
  const bool needs_row =
      !owner.alive || pending == op_save || pending == op_mark || pending == op_unmark;
  if (!(needs_row && sql.position_locked(me)) && !is_idle(state, me)) out.push_back({actor, go});
  if (!owner.alive) return;
  if (state.world.crash_budget) out.push_back({actor, crash, false});
  if (state.world.fail_budget && pending) {
    out.push_back({actor, fail, false});
    if (pending == op_commit) out.push_back({actor, doubt, false});
  }
  if (state.world.crash_budget && !pending) out.push_back({actor, leave, false});
}

void LogModel::choices(const State& state, Choices& out) const {
  writer_choices(state, out);
  for (int me = 0; me < config_.owners; ++me) owner_choices(state, me, out);
}

void LogModel::write(LogTables& w, int i, u8 what) const {
  auto& writer = w.writers[i];
  if (what == take_xid) writer.xid = w.next_xid++;
  writer.life = what == commit_it  ? TransactionState::committed
                : what == abort_it ? TransactionState::aborted
                                   : TransactionState::open;
  for (int e = 0; e < count_; ++e) {
    auto& event = w.events[e];
    if (event.writer != i) continue;
    if (what == draw_id && event.id == 0) {
      event.id = w.next_id++;
      return;
    }
    if (what == commit_it) {
      event.xid = writer.xid;
      event.there = 1;
    }
  }
}

std::string LogModel::run(State& state, int me, u8 what) const {
  auto& owner = state.owners[me];
  auto& w = state.world;
  LogStatements sql(w, mistake_);
  const auto end = [&] {
    sql.rollback(me);
    owner = {};
  };
  if (what == crash || what == leave) {
    --w.crash_budget;
    if (what == leave) w.was_abandoned = 0;
    end();
    return "";
  }
  if (what == fail || what == doubt) --w.fail_budget;
  if (!owner.alive) {
    owner.alive = owner.in_round = 1;
    owner.one_by_one = w.was_abandoned;
    w.was_abandoned = 1;
    return "";
  }
  FakeLog log(*this, state, me, what);
  const events::Consumer<FakeLog>::Effects effects{
      [&](FakeLog::Unit&, std::span<const FakeLog::Event> events) { log.apply(events); },
      [&](FakeLog::Unit&, const FakeLog::Event& event, const std::string&) { log.park(event); },
      [&](FakeLog::Unit&, const FakeLog::Event& event, int crashes) { log.bury(event, crashes); }};
  auto care = events::after_takeover(owner.one_by_one);
  care.remaining = owner.left;
  if (owner.begun_event)
    care.attempt = {owner.begun_version, owner.begun_event, owner.begun_crashes};
  care.may_be_mid_round = owner.in_round;
  events::Consumer<FakeLog> consumer(log, effects, 0, config_.batch, care);
  try {
    consumer.step(config_.idle_save);
  } catch (const Paused&) {
    return log.wrong;
  } catch (const Died&) {
    end();
    return log.wrong;
  } catch (const Error&) {
    // Tried again later.
  }
  owner.script = {};
  const auto& now = consumer.recovery();
  owner.one_by_one = now.one_by_one;
  owner.left = static_cast<u8>(now.remaining);
  owner.begun_version = owner.begun_event = owner.begun_crashes = 0;
  if (now.one_by_one && now.attempt.version == w.position.version) {
    owner.begun_version = static_cast<u8>(now.attempt.version);
    owner.begun_event = static_cast<u8>(now.attempt.event);
    owner.begun_crashes = static_cast<u8>(now.attempt.crashes);
  }
  owner.in_round = now.may_be_mid_round;
  return log.wrong;
}

std::string LogModel::step(State& state, Choice choice) const {
  const auto before = state.world.position;
  std::string wrong;
  if (choice.actor < 4)
    write(state.world, choice.actor, choice.action);
  else
    wrong = run(state, choice.actor - 4, choice.action);
  return wrong.empty() ? LogStatements(state.world, mistake_).wrong(before) : wrong;
}

std::string LogModel::at_rest(const State& state) const {
  for (int e = 0; e < max_events; ++e) {
    const auto& event = state.world.events[e];
    const auto& fate = state.world.fates[e];
    if (!event.there) continue;
    if (fate.applied + fate.parked + fate.buried == 0)
      return "event " + std::to_string(e + 1) + " was lost";
    if (fate.applied && kind_of(e) != EventKind::plain) return "a poison was applied";
  }
  return "";
}

std::string LogModel::name(const State& state, Choice choice) const {
  static const char* const writings[] = {"takes a transaction id", "draws an event id", "commits",
                                         "aborts"};
  if (choice.actor < 4)
    return "writer " + std::to_string(choice.actor + 1) + " " + writings[choice.action];
  const auto& owner = state.owners[choice.actor - 4];
  const auto who = "owner " + std::to_string(choice.actor - 3) + " ";
  if (choice.action == crash) return who + "is killed";
  if (choice.action == leave) return who + "gives the slot back";
  if (!owner.alive) return who + "takes the slot";
  const std::string op =
      owner.script.pending ? op_names[owner.script.pending] : "begins a step and reads";
  if (choice.action == fail) return who + op + ", which fails for a moment";
  if (choice.action == doubt) return who + "commits and hears nothing of it";
  return who + op;
}

}  // namespace feedctl::models
