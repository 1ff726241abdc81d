#include "index_model.hpp"

#include <functional>
#include <limits>

#include "feed_index/test_hooks.hpp"
#include "index_port.hpp"

namespace feedctl::models {

namespace {

enum Actor : u8 { the_writer = 100, the_reader, the_bounds, people };
enum Reads : u8 { asks_definition, has_definition };
enum Writes : u8 { goes_on, breaks_off };
enum Bounds : u8 { sweeps_all, raises_floor };

constexpr Mask under_way = 1U << 31;
constexpr Id newest = std::numeric_limits<Id>::max();

std::string text_of(const std::vector<Id>& posts) {
  std::string out;
  for (const auto id : posts)
    out += (out.empty() ? "" : ",") + std::to_string(CommandHistory::post_of(id) + 1);
  return "[" + out + "]";
}

}  // namespace

IndexModel::IndexModel(IndexConfig config, IndexFault mistake)
    : config_(std::move(config)), world_(config_), mistake_(mistake) {}

IndexModel::State IndexModel::begin() const {
  State state{};
  if (config_.slices > 0) return state;
  RebuiltIndex live(world_, state);
  while (!state.filled) write(state, live);
  check_invariants(state, live.index());
  return state;
}

// ---- what may happen

bool IndexModel::covered(const State& state, int me) const {
  return mistake_ == IndexFault::served_early || (awaited(state.loads[me]) & ~state.published) == 0;
}

void IndexModel::choices(const State& state, Choices& out) const {
  const auto may = [&](int actor, int what, bool moves) {
    out.push_back({static_cast<u8>(actor), static_cast<u8>(what), moves});
  };
  for (int bit = 0; bit < world_.events(); ++bit) {
    if (world_.may_commit(state.log, bit)) may(people, bit, false);
  }
  const bool at_work = state.writer.pending != calls_none;
  if (at_work || !state.filled || state.log != state.position || state.anew)
    may(the_writer, goes_on, true);
  if (may_break(state)) may(the_writer, breaks_off, false);
  if (!at_work && state.filled) {
    if (state.sweeps < config_.sweeps) may(the_bounds, sweeps_all, false);
    if (config_.raised > 0 && !state.raised) may(the_bounds, raises_floor, false);
  }
  for (int me = 0; me < config_.loads; ++me) {
    const auto pending = state.loads[me].pending;
    // Idle ones are alike.
    if (pending == calls_none) {
      const bool first = me == 0 || state.loads[me - 1].pending != calls_none;
      if (first && state.asks) may(me, 0, false);
    } else if (pending != calls_await || covered(state, me)) {
      may(me, 0, true);
    }
  }
  if (state.reading)
    may(the_reader, has_definition, true);
  else if (config_.uses_defining_query && state.noted == 0 && state.log != 0)
    may(the_reader, asks_definition, false);
}

// ---- steps

// At a statement, and not in the middle of a round.
bool IndexModel::may_break(const State& state) const {
  const auto pending = state.writer.pending;
  return !state.filled && state.breaks < config_.outages &&
         (pending == calls_poll || pending == calls_slice || pending == calls_below ||
          pending == calls_suspended || pending == calls_hidden);
}

void IndexModel::write(State& state, RebuiltIndex& live, bool breaks) const {
  Writer port(*this, state, live);
  port.breaks = breaks;
  try {
    if (state.filled)
      feed_index::catch_up(port);
    else
      feed_index::load_index(port);
    state.filled = 1;
  } catch (const Paused&) {
    return;
  } catch (const Error&) {
    ++state.breaks;  // from its beginning, but for what the log has given
    if (mistake_ == IndexFault::log_begun_anew) port.begun = false;
  }
  state.position = port.position;
  state.begun = port.begun;
  state.writer = {};
}

void IndexModel::load(State& state, int me, RebuiltIndex& live) const {
  Loader port(*this, state, me, live);
  try {
    feed_index::load_follows(port, reader_id, config_.page);
  } catch (const Paused&) {
    return;
  } catch (const Loader::RestartLoad&) {
  }
  state.loads[me] = {};
}

std::string IndexModel::step(State& state, Choice choice) const {
  auto wrong = act(state, choice);
  if (wrong.empty() && config_.has_disturbances) wrong = check_disturbed_reads(state);
  return wrong;
}

std::string IndexModel::act(State& state, Choice choice) const {
  const auto before = state.published;
  const auto ops = state.ops;
  RebuiltIndex live(world_, state);
  switch (choice.actor) {
    case people:
      state.log |= 1U << choice.action;
      return "";
    case the_reader:
      if (choice.action == asks_definition) {
        state.reading = state.log | under_way;
        return "";
      }
      if (mistake_ != IndexFault::definition_unnoted) state.noted = state.reading & ~under_way;
      state.shown = state.reading & ~under_way;
      state.reading = 0;
      return check_invariants(state, live.index());
    case the_bounds:
      if (choice.action == sweeps_all) {
        ++state.sweeps;
        live.run(state, {IndexOp::sweep, 0, 0, 0, 0, 0, 0, 0});
      } else {
        live.run(state, {IndexOp::raise, static_cast<u8>(config_.raised + 1), 0, 0, 0, 0, 0, 0});
        state.raised = state.anew = 1;
      }
      break;
    case the_writer:
      write(state, live, choice.action == breaks_off);
      break;
    default:
      load(state, choice.actor, live);
  }
  if (before & ~state.published) return "the publications go back";
  return state.ops == ops ? "" : check_invariants(state, live.index());
}

// ---- what is promised

bool IndexModel::covers(const feed_index::FeedIndex& index,
                        const events::ConsistencyToken& token) const {
  if (mistake_ != IndexFault::token_by_order) return index.covers(token);
  feed_index::Page page;
  index.read(reader_id, newest, 1, page);
  const auto known = events::ConsistencyToken::parse(page.token);
  return known && token.own_xid && *token.own_xid < known->snapshot.xmax;
}

// What readers who wait for their tokens would no longer wait for.
Mask IndexModel::waited_for(const State& state, const feed_index::FeedIndex& index) const {
  Mask has = covers(index, {CommandHistory::snapshot(state.log), std::nullopt}) ? state.log : 0;
  for (int bit = 0; bit < world_.events(); ++bit) {
    const auto own = 1U << bit;
    if (state.log & own && covers(index, {CommandHistory::snapshot(0), CommandHistory::xid(bit)}))
      has |= own;
  }
  return has;
}

// What a reader gets now is the definition at the page's own position, which no page before was
// beyond, and which has what the reader's token saw.
std::string IndexModel::page_wrong(State& state, const feed_index::FeedIndex& index,
                                   Id before) const {
  feed_index::MonotonicReads shown;
  if (state.noted) shown.require_at_least(reader_id, CommandHistory::snapshot(state.noted));
  feed_index::Page page;
  if (shown.is_ahead_of_index(reader_id,
                              [&](const auto& snapshot) { return index.covers(snapshot); }))
    return "";
  const auto token_has = waited_for(state, index);
  index.read(reader_id, before, config_.page, page);
  if (page.result == feed_index::Page::Result::needs_load) state.asks = 1;
  if (page.result != feed_index::Page::Result::complete) return "";
  const auto at = CommandHistory::seen_by(events::ConsistencyToken::parse(page.token)->snapshot);
  auto expected = world_.feed(at, before, config_.page + 1);
  const bool more = expected.size() > config_.page;
  if (more) expected.pop_back();
  std::vector<Id> posts;
  for (const auto& item : page.items) {
    if (item.author != world_.author_of(CommandHistory::post_of(item.post)))
      return "a wrong author";
    posts.push_back(item.post);
  }
  if (posts != expected || more != page.has_more)
    return "a page shows " + text_of(posts) + (page.has_more ? " and more" : "") +
           " where the definition has " + text_of(expected) + (more ? " and more" : "");
  if (state.shown & ~at) return "a page goes back behind one of the definition";
  if (token_has & ~at) return "a page lacks what its token saw";
  return "";
}

std::string IndexModel::check_invariants(State& state, const feed_index::FeedIndex& index) const {
  state.asks = 0;
  if (!index.is_ready()) return "";
  auto wrong = page_wrong(state, index, newest);
  for (int post = 0; post < world_.posts() && wrong.empty(); ++post) {
    wrong = page_wrong(state, index, CommandHistory::post_id(post));
  }
  return wrong;
}

namespace {

struct Disturbance {
  int moments = 0;  // until it happens
  std::function<void()> happens;
};
Disturbance* disturbance = nullptr;

void pass_moment() {
  if (disturbance->moments-- == 0) disturbance->happens();
}

constexpr int ways = 6;

}  // namespace

void IndexModel::apply_disturbance(State& state, RebuiltIndex& live, int how) const {
  const auto round = [&] {
    do write(state, live);
    while (state.writer.pending != calls_none);
  };
  const auto sweep = [&] { live.run(state, {IndexOp::sweep, 0, 0, 0, 0, 0, 0, 0}); };
  if (how == 0) {
    load(state, 0, live);
  } else if (how == 1) {
    write(state, live);
  } else {
    round();
    if (state.log != state.position) round();
    if (how == 4 && config_.raised > 0 && !state.raised) {
      live.run(state, {IndexOp::raise, static_cast<u8>(config_.raised + 1), 0, 0, 0, 0, 0, 0});
      state.raised = state.anew = 1;
      round();
    }
    if (how == 5) {
      while (state.loads[0].pending != calls_none && covered(state, 0)) load(state, 0, live);
    }
    for (int i = 0; i < 2 && (how == 3 || how == 4); ++i) sweep();
  }
}

// A page that is read while others go on, once, at this moment of its reading.
std::string IndexModel::check_disturbed_read(const State& state, int moment, int how, Id before,
                                             bool& met) const {
  auto after = state;
  RebuiltIndex live(world_, after);
  const auto& index = live.index();
  Disturbance once{moment, [&] {
                     feed_index::interleave_hook = nullptr;
                     apply_disturbance(after, live, how);
                   }};
  disturbance = &once;
  feed_index::interleave_hook = pass_moment;
  after.shown |= state.published;  // so that it may not go back behind that
  const auto wrong = page_wrong(after, index, before);
  feed_index::interleave_hook = nullptr;
  met = once.moments < 0;
  return wrong;
}

std::string IndexModel::check_disturbed_reads(const State& state) const {
  if (!state.filled) return "";
  for (int how = 0; how < ways; ++how) {
    const auto loading = state.loads[0].pending;
    if (how == 5 && loading != calls_await) continue;
    if (how == 0 && loading != calls_install) continue;
    for (const Id before : {newest, CommandHistory::post_id(1)}) {
      bool met = true;
      for (int moment = 0; met; ++moment) {
        const auto wrong = check_disturbed_read(state, moment, how, before, met);
        if (!wrong.empty())
          return wrong + " (read while others went on, way " + std::to_string(how) + ", moment " +
                 std::to_string(moment) + ")";
      }
    }
  }
  return "";
}

// A load that nobody disturbs brings the first page.
std::string IndexModel::at_rest(const State& state) const {
  auto after = state;
  if (after.log != after.published) return "what is in the log is not published";
  RebuiltIndex live(world_, after);
  do load(after, 0, live);
  while (after.loads[0].pending != calls_none);
  const auto wrong = check_invariants(after, live.index());
  if (!wrong.empty() || world_.expected_state(state.log).hidden() & 1) return wrong;
  feed_index::Page page;
  live.index().read(reader_id, newest, config_.page, page);
  if (page.result != feed_index::Page::Result::complete) return "no page comes of a load";
  return "";
}

std::string IndexModel::name(const State& state, Choice choice) const {
  static const char* const calls[] = {"begins",
                                      "polls",
                                      "reads a slice",
                                      "brings a slice in",
                                      "looks below the floor",
                                      "applies an event",
                                      "publishes",
                                      "says that all is in",
                                      "notes the generation",
                                      "reads the follows",
                                      "reads what lies below the floor",
                                      "has waited",
                                      "installs",
                                      "counts",
                                      "notes the generation late",
                                      "reads who is suspended",
                                      "reads which posts are hidden"};
  switch (choice.actor) {
    case people: {
      const auto event = world_.event(choice.action);
      using events::Type;
      const bool of_posts = event.type == Type::post_created || event.type == Type::post_deleted ||
                            event.type == Type::post_hidden || event.type == Type::post_unhidden;
      return std::string(events::name_of(event.type)) + " " +
             std::to_string(of_posts ? CommandHistory::post_of(event.object) + 1 : event.object) +
             " is committed";
    }
    case the_reader:
      return choice.action == asks_definition ? "the definition is read"
                                              : "the definition's page is answered";
    case the_bounds:
      return choice.action == sweeps_all ? "the index is swept" : "the floor is raised";
    case the_writer:
      if (choice.action == breaks_off) return "the database goes away: the writer begins again";
      return std::string("the writer ") + calls[state.writer.pending];
    default:
      return "load " + std::to_string(choice.actor + 1) + " " +
             calls[state.loads[choice.actor].pending];
  }
}

}  // namespace feedctl::models
