#include "feed_model.hpp"

#include <map>

#include "feed_port.hpp"

namespace feedctl::models {

namespace {

constexpr u8 people_actor = 200;
enum UserAction : u8 {
  follow_0 = 0,     // + pair
  unfollow_0 = 10,  // + pair
  create_0 = 20,    // + post
  delete_0 = 30,    // + post
  ask_0 = 40,       // + reader
  leave_0 = 50,     // + reader
  peek_0 = 60,      // + reader
  raise_it = 70,
  drop_it = 71,
};

bool idle(const FeedModel::Actor& actor) {
  return actor.script.pending == 0 && !actor.reads;
}

int follows_logged(const FeedTables& w, int pair) {
  return (w.log >> follow_event(pair, 0) & 1) + (w.log >> follow_event(pair, 1) & 1);
}

}  // namespace

FeedModel::FeedModel(FeedConfig config, FeedFault mistake)
    : config_(std::move(config)), mistake_(mistake) {
  for (int p = 0; p < posts(); ++p) {
    author_of_[p] = config_.author_of[static_cast<std::size_t>(p)];
    authors_ = std::max(authors_, author_of_[p] + 1);
  }
  options_.settings.materialize =
      config_.keeps_rows_for_all ? config::Materialize::all : config::Materialize::active;
  options_.settings.fanout_max_followers = static_cast<std::size_t>(config_.fan_out_on_read_above);
  options_.fan_out_job_above = config_.fan_out_job_above;
  options_.backfill_job_above = config_.backfill_job_above;
  options_.followers_per_chunk = options_.posts_per_chunk = options_.followees_per_chunk =
      config_.chunk;
}

FeedModel::State FeedModel::begin() const {
  State state{};
  auto& w = state.world;
  w.follows = config_.follows;
  w.live = config_.live;
  w.log = w.position = config_.live;
  state.crashes = static_cast<u8>(config_.crashes);
  for (int u = 0; u < readers(); ++u) {
    w.states[u].state = config_.state;
    if (config_.keeps_rows_for_all) w.log = static_cast<u16>(w.log | 1 << user_event(u));
    for (int p = 0; p < posts() && config_.state == 2; ++p) {
      if (w.live >> p & 1 && w.follows & pair_bit(u, author_of_[p]))
        w.rows = static_cast<u8>(w.rows | row_bit(u, p));
    }
  }
  return state;
}

// --- people, and retention

void FeedModel::user_choices(const State& state, Choices& out) const {
  auto world = state.world;
  const auto& w = state.world;
  const auto statements = sql(world, max_actors - 1);
  const auto may = [&](int what) { out.push_back({people_actor, static_cast<u8>(what), false}); };
  for (int u = 0; u < readers(); ++u) {
    for (int a = 0; a < authors(); ++a) {
      const int pair = u * max_authors + a;
      if (w.follows & pair_bit(u, a))
        may(unfollow_0 + pair);
      else if (follows_logged(w, pair) < config_.toggles)
        may(follow_0 + pair);
    }
    if (config_.activations == 0) continue;
    const auto& now = w.states[u];
    // A row that a transaction has written makes the activation wait; turning off skips it.
    bool locked = false;
    for (const auto& open : w.open) locked = locked || open.wrote_state >> u & 1;
    if (locked) continue;
    const bool early = mistake_ == FeedFault::snapshot_before_flag;
    if (now.state == 0 && now.generation < config_.activations) {
      if (early && !w.early_taken) may(peek_0 + u);
      if (!early || w.early_taken) may(ask_0 + u);
    }
    if (now.state > 0 && now.generation < config_.activations) may(leave_0 + u);
  }
  for (int p = 0; p < posts(); ++p) {
    if (!(w.log >> p & 1)) may(create_0 + p);
    if (w.live >> p & config_.deletes >> p & 1) may(delete_0 + p);
  }
  owner_choices(state, out);
}

// Raising the floor, and dropping the part below it: while nobody has rows in it that are not
// committed, and nobody reads by the old floor.
void FeedModel::owner_choices(const State& state, Choices& out) const {
  if (config_.floor == 0) return;
  const auto& w = state.world;
  const auto may = [&](int what) { out.push_back({people_actor, static_cast<u8>(what), false}); };
  const bool reversed = mistake_ == FeedFault::drop_first;
  bool in_the_way = false;
  for (const auto& open : w.open) in_the_way = in_the_way || open.rows != 0;
  for (const auto& actor : state.actors) {
    const bool waits = actor.reads && actor.floor < config_.floor;
    in_the_way = in_the_way || (waits && mistake_ != FeedFault::drop_early);
  }
  if (w.floor == 0 && (!reversed || w.dropped)) may(raise_it);
  if (w.dropped == 0 && (w.floor != 0 || reversed) && !in_the_way) may(drop_it);
}

void FeedModel::run_user_command(State& state, u8 what) const {
  auto& w = state.world;
  auto statements = sql(w, max_actors - 1);
  if (what < unfollow_0) {
    const int pair = what - follow_0;
    w.log = static_cast<u16>(w.log | 1 << follow_event(pair, follows_logged(w, pair)));
    w.follows = static_cast<u8>(w.follows | pair_bit(pair / max_authors, pair % max_authors));
  } else if (what < create_0) {
    const int pair = what - unfollow_0;
    w.follows = static_cast<u8>(w.follows & ~pair_bit(pair / max_authors, pair % max_authors));
  } else if (what < delete_0) {
    w.live = static_cast<u8>(w.live | 1 << (what - create_0));
    w.log = static_cast<u16>(w.log | 1 << (what - create_0));
  } else if (what < ask_0) {
    w.live = static_cast<u8>(w.live & ~(1 << (what - delete_0)));
  } else if (what < leave_0) {
    statements.activate(what - ask_0);
  } else if (what < peek_0) {
    statements.deactivate(what - leave_0);
  } else if (what < raise_it) {
    statements.peek(what - peek_0);
  } else if (what == raise_it) {
    statements.raise_floor(config_.floor);
  } else {
    statements.drop_part(config_.floor);
  }
}

// --- workers, jobs, readers

void FeedModel::worker_choices(const State& state, int me, Choices& out) const {
  const auto actor = static_cast<u8>(me);
  if (!idle(state.actors[me])) {
    out.push_back({actor, act_go});
    return;
  }
  const auto pending = static_cast<u16>(state.world.log & ~state.world.position);
  if (pending == 0) return;
  if (pending & (pending - 1)) out.push_back({actor, act_go});
  for (int bit = 0; bit < 16; ++bit) {
    if (pending >> bit & 1) out.push_back({actor, static_cast<u8>(bit + 1)});
  }
}

bool FeedModel::is_claimed_by_live_actor(const State& state, int me, int job) const {
  for (int i = 0; i < max_actors; ++i) {
    const auto& actor = state.actors[i];
    if (i != me && actor.job == job + 1 && actor.claim == state.world.jobs[job].claim &&
        actor.script.pending)
      return true;
  }
  return false;
}

void FeedModel::runner_choices(const State& state, int me, Choices& out) const {
  auto world = state.world;
  const auto statements = sql(world, me);
  const auto& actor = state.actors[me];
  const auto number = static_cast<u8>(me);
  if (!idle(actor)) {
    const int job = actor.job - 1;
    if (actor.script.pending == feed_lock && statements.job_locked(job)) return;
    if (actor.script.pending == feed_fill && statements.state_locked(state.world.jobs[job].subject))
      return;
    out.push_back({number, act_go});
    return;
  }
  for (int j = 0; j < max_jobs; ++j) {
    const auto& job = state.world.jobs[j];
    if (job.kind == JobKind::none || statements.job_locked(j)) continue;
    // Taking over from one who stands still counts as a crash here, to keep the model small.
    const bool stands_still = job.claimed && is_claimed_by_live_actor(state, me, j);
    if (!stands_still || state.crashes) out.push_back({number, static_cast<u8>(j), !stands_still});
  }
}

void FeedModel::reader_choices(const State& state, int me, Choices& out) const {
  const bool reads = state.actors[me].reads;
  if (reads || state.world.states[0].state == 2)
    out.push_back({static_cast<u8>(me), act_go, reads});
}

void FeedModel::choices(const State& state, Choices& out) const {
  user_choices(state, out);
  for (int me = 0; config_.actors[me] != 0; ++me) {
    const char role = config_.actors[me];
    // Idle ones of a kind are alike.
    if (me > 0 && config_.actors[me - 1] == role && idle(state.actors[me]) &&
        idle(state.actors[me - 1]))
      continue;
    if (role == 'w') worker_choices(state, me, out);
    if (role == 'j') runner_choices(state, me, out);
    if (role == 'r') reader_choices(state, me, out);
    if (role != 'r' && state.crashes && !idle(state.actors[me]))
      out.push_back({static_cast<u8>(me), act_crash, false});
  }
}

std::string FeedModel::run(State& state, int me, u8 what) const {
  auto& actor = state.actors[me];
  if (what == act_crash) {
    --state.crashes;
    sql(state.world, me).rollback();
    actor = {};
    return "";
  }
  const bool worker = config_.actors[me] == 'w';
  if (!worker && idle(actor) && state.world.jobs[what].claimed &&
      is_claimed_by_live_actor(state, me, what))
    --state.crashes;
  FeedPort port(*this, state, me, what);
  try {
    if (worker) {
      const events::Consumer<FeedPort>::Effects effects{
          [&](FeedPort::Unit&, std::span<const events::Event> events) {
            feed_materialized::handle_events(port, events, options_);
          },
          [](FeedPort::Unit&, const events::Event&, const std::string&) {},
          [](FeedPort::Unit&, const events::Event&, int) {}};
      events::Consumer<FeedPort> consumer(port, effects, 0, 16, false);
      consumer.step(false);
    } else {
      const auto work = [&](FeedPort::Unit&, const jobs::Job& job) {
        return feed_materialized::run_job(port, job, options_);
      };
      const std::map<std::string, std::function<jobs::Chunk(FeedPort::Unit&, const jobs::Job&)>>
          kinds{{"fan_out", work}, {"backfill", work}, {"activate", work}};
      jobs::RunnerState lanes;
      jobs::JobStep<FeedPort>(port, lanes).run(jobs::Priority::interactive, kinds);
    }
  } catch (const Paused&) {
    return port.wrong();
  }
  actor = {};
  return port.wrong();
}

// Two statements of one snapshot: the floor and what stands above it, then the rows, whose part may
// be gone though the snapshot has them.
std::string FeedModel::read(State& state, int me) const {
  auto& actor = state.actors[me];
  const auto& w = state.world;
  if (!actor.reads) {
    actor.reads = 1;
    actor.floor = w.floor;
    actor.rows = required_rows(w, 0);
    return "";
  }
  std::string wrong;
  for (int p = 0; p < w.dropped; ++p) {
    if (actor.rows & row_bit(0, p)) wrong = "a reader misses post " + std::to_string(p + 1);
  }
  actor = {};
  return wrong;
}

std::string FeedModel::step(State& state, Choice choice) const {
  std::string wrong;
  if (choice.actor == people_actor)
    run_user_command(state, choice.action);
  else if (config_.actors[choice.actor] == 'r')
    wrong = read(state, choice.actor);
  else
    wrong = run(state, choice.actor, choice.action);
  return wrong.empty() ? check_invariants(state) : wrong;
}

// --- what is promised

u8 FeedModel::required_rows(const FeedTables& w, int u) const {
  u8 rows = 0;
  if (w.states[u].state != 2) return rows;
  for (int p = w.floor; p < posts(); ++p) {
    const int a = author_of_[p], pair = u * max_authors + a;
    if (!(w.live >> p & 1) || !(w.follows & pair_bit(u, a)) || w.fan_out_on_read >> a & 1) continue;
    const int follows = follows_logged(w, pair);
    bool passed = w.position >> p & 1;
    if (follows > 0) passed = passed && w.position >> follow_event(pair, follows - 1) & 1;
    for (const auto& job : w.jobs) {
      if (job.kind == JobKind::fan_out && job.subject == p) passed = false;
      if (job.kind == JobKind::backfill && job.subject == u && job.about == a) passed = false;
    }
    if (passed) rows = static_cast<u8>(rows | row_bit(u, p));
  }
  return rows;
}

std::string FeedModel::check_invariants(const State& state) const {
  for (int u = 0; u < readers(); ++u) {
    const auto missing = static_cast<u8>(required_rows(state.world, u) & ~state.world.rows);
    for (int p = 0; p < posts(); ++p) {
      if (missing & row_bit(u, p))
        return "the rows of reader " + std::to_string(u + 1) + " miss post " +
               std::to_string(p + 1);
    }
  }
  return "";
}

std::string FeedModel::at_rest(const State& state) const {
  const auto& w = state.world;
  if (w.log != w.position) return "an event waits for ever";
  for (const auto& job : w.jobs) {
    if (job.kind != JobKind::none) return "a job waits for ever";
  }
  for (int u = 0; u < readers(); ++u) {
    if (w.states[u].state == 1) return "a reader is left filling";
  }
  return check_invariants(state);
}

std::string FeedModel::name(const State& state, Choice choice) const {
  const auto of = [](int n) { return std::to_string(n + 1); };
  const int what = choice.action;
  if (choice.actor == people_actor) {
    const auto pair = [&](int n) {
      return "reader " + of(n / max_authors) + (what < unfollow_0 ? " follows" : " unfollows") +
             " author " + of(n % max_authors);
    };
    if (what < unfollow_0) return pair(what - follow_0);
    if (what < create_0) return pair(what - unfollow_0);
    if (what < delete_0) return "post " + of(what - create_0) + " is created";
    if (what < ask_0) return "post " + of(what - delete_0) + " is deleted";
    if (what < leave_0) return "reader " + of(what - ask_0) + " is activated";
    if (what < peek_0) return "reader " + of(what - leave_0) + " is turned off";
    if (what < raise_it)
      return "the activation of reader " + of(what - peek_0) + " looks too early";
    return what == raise_it ? "the floor is raised" : "the part below the floor is dropped";
  }
  static const char* const ops[] = {"begins",
                                    "reads",
                                    "spreads",
                                    "saves and commits",
                                    "commits",
                                    "claims",
                                    "locks its job and does a chunk",
                                    "locks the reader's state",
                                    "goes on"};
  const char role = config_.actors[choice.actor];
  const auto& actor = state.actors[choice.actor];
  const auto who = std::string(role == 'w'   ? "worker "
                               : role == 'j' ? "runner "
                                             : "reader in two ") +
                   of(choice.actor) + " ";
  if (what == act_crash) return who + "is killed";
  if (role == 'r') return who + (actor.reads ? "reads the rows" : "takes its snapshot");
  if (!idle(actor)) return who + ops[actor.script.pending];
  if (role == 'j') return who + "claims job " + of(what);
  return who + (what == 0 ? "reads all events" : "reads event " + std::to_string(what));
}

}  // namespace feedctl::models
