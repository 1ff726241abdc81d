#include "index_port.hpp"

#include <bit>

namespace feedctl::models {

namespace {

// What a load has noted, in one answer.
CallResult packed(const feed_index::FeedIndex::LoadTicket& noted, std::size_t sets) {
  return noted.generation | CallResult{noted.floor_version} << 16 |
         CallResult{noted.below_floor_version} << 24 | static_cast<CallResult>(noted.floor) << 32 |
         CallResult{sets} << 48;
}
feed_index::FeedIndex::LoadTicket unpacked(CallResult answer) {
  return {reader_id, static_cast<std::uint32_t>(answer & 0xFFFF),
          static_cast<std::uint32_t>(answer >> 16 & 0xFF),
          static_cast<std::uint32_t>(answer >> 24 & 0xFF), static_cast<Id>(answer >> 32 & 0xFFFF)};
}
std::size_t sets_in(CallResult answer) {
  return answer >> 48;
}

std::size_t sets_of(const IndexModel::State& state) {
  std::size_t sets = 0;
  for (int i = 0; i < state.ops; ++i) sets += state.done[i].kind == IndexOp::set;
  return sets;
}

feed_index::Follows follows_of(const CommandHistory& world, const IndexOp& op) {
  feed_index::Follows follows;
  for (int author = 1; author < 8; ++author) {
    if (op.follows >> author & 1) follows.followees.push_back(CommandHistory::account(author));
  }
  for (int post = 7; post >= 0; --post) {
    if (op.older >> post & 1)
      follows.older.push_back({CommandHistory::post_id(post), world.author_of(post)});
  }
  follows.is_complete = op.whole;
  return follows;
}

}  // namespace

// ---- the index

void IndexModel::RebuiltIndex::replay() const {
  index_ = std::make_unique<feed_index::FeedIndex>();
  for (int i = 0; i < state_.ops; ++i) apply(state_.done[i]);
}

bool IndexModel::RebuiltIndex::apply(const IndexOp& op) const {
  switch (op.kind) {
    case IndexOp::add:
      index_->add(CommandHistory::post_id(op.what), world_.author_of(op.what));
      break;
    case IndexOp::remove:
      index_->remove(CommandHistory::post_id(op.what), world_.author_of(op.what));
      break;
    case IndexOp::remove_author:
      index_->remove_author(CommandHistory::account(op.what));
      break;
    case IndexOp::forget:
      index_->invalidate_follows(CommandHistory::account(op.what));
      break;
    case IndexOp::publish:
      index_->publish(CommandHistory::snapshot(op.what | Mask{op.more} << 8));
      break;
    case IndexOp::complete:
      index_->finish_index_load(10 * Id{op.what}, op.more);
      break;
    case IndexOp::raise:
      index_->raise_floor(10 * Id{op.what});
      break;
    case IndexOp::suspend:
      index_->set_suspended(CommandHistory::account(op.what), op.more != 0);
      break;
    case IndexOp::hide:
      index_->set_hidden(CommandHistory::post_id(op.what), world_.author_of(op.what), op.more != 0);
      break;
    case IndexOp::sweep:
      index_->sweep(100, 0);
      break;
    case IndexOp::set: {
      const std::uint32_t floors_below = op.floors_below;
      return index_->install_follows(
          {reader_id, op.generation, floors_below >> 4, floors_below & 15, 0},
          follows_of(world_, op));
    }
    default:
      break;
  }
  return true;
}

bool IndexModel::RebuiltIndex::run(State& state, const IndexOp& op) {
  index();
  if (!apply(op)) return false;
  if (state.ops == max_ops) throw std::logic_error("a history is too long");
  state.done[state.ops++] = op;
  return true;
}

// ---- the writer

void WrittenIndex::apply_visible_step(const IndexOp& op) {
  stage_.call(calls_apply, true, [&] {
    live_.run(state_, op);
    return 0;
  });
}

void WrittenIndex::apply_invisible_step(const IndexOp& op) {
  stage_.call(calls_apply, false, [&] {
    live_.run(state_, op);
    return 0;
  });
}

// Above the floor nobody sees it before the publication.
void WrittenIndex::about_post(IndexOp::Kind kind, Id id, bool more) {
  const IndexOp op{kind, post(id), more, 0, 0, 0, 0, 0};
  if (id < floor_)
    apply_visible_step(op);
  else
    apply_invisible_step(op);
}

void WrittenIndex::add(Id post, Id) {
  about_post(IndexOp::add, post);
}

bool WrittenIndex::is_there(Id id) const {
  for (int i = 0; i < state_.ops; ++i) {
    if (state_.done[i].kind == IndexOp::add && state_.done[i].what == post(id)) return true;
  }
  return false;
}

void WrittenIndex::remove(Id id, Id) {
  if (mistake_ != IndexFault::not_sticky) return about_post(IndexOp::remove, id);
  stage_.call(calls_apply, false, [&] {
    if (is_there(id)) live_.run(state_, {IndexOp::remove, post(id), 0, 0, 0, 0, 0, 0});
    return 0;
  });
}

void WrittenIndex::remove_author(Id user) {
  if (mistake_ != IndexFault::leaver_in_memory)
    return apply_visible_step({IndexOp::remove_author, account_number(user), 0, 0, 0, 0, 0, 0});
  stage_.call(calls_apply, true, [&] {
    for (int p = 0; p < world_.posts(); ++p) {
      if (world_.author_of(p) == user && CommandHistory::post_id(p) >= floor_)
        live_.run(state_, {IndexOp::remove, static_cast<u8>(p), 0, 0, 0, 0, 0, 0});
    }
    return 0;
  });
}

void WrittenIndex::set_suspended(Id user, bool suspended) {
  if (mistake_ == IndexFault::suspended_forgotten && suspended) return remove_author(user);
  apply_visible_step({IndexOp::suspend, account_number(user), suspended, 0, 0, 0, 0, 0});
}

void WrittenIndex::set_hidden(Id post, Id, bool hidden) {
  if (mistake_ == IndexFault::hidden_forgotten && hidden) return about_post(IndexOp::remove, post);
  const auto unnoted = hidden ? IndexFault::hidden_below : IndexFault::unhidden_below;
  if (mistake_ == unnoted && post < floor_) return;
  about_post(IndexOp::hide, post, hidden);
}

void WrittenIndex::finish_index_load(Id floor, bool holds_all_posts) {
  apply_visible_step(
      {IndexOp::complete, static_cast<u8>(floor / 10), holds_all_posts, 0, 0, 0, 0, 0});
  floor_ = floor;
}

namespace {

bool is_complete(const IndexModel::State& state) {
  for (int i = 0; i < state.ops; ++i) {
    if (state.done[i].kind == IndexOp::complete) return true;
  }
  return false;
}

}  // namespace

IndexModel::Writer::Writer(const IndexModel& model, State& state, RebuiltIndex& live)
    : position(state.position),
      begun(state.begun != 0),
      model_(model),
      state_(state),
      stage_(state.writer),
      index_(model.world_, state, live, stage_, model.mistake_),
      slices_are_in_(state.filled != 0) {
  const auto& config = model.config_;
  const int floor = state.raised ? config.raised : is_complete(state) ? config.floor : 0;
  if (floor > 0) index_.floor_ = CommandHistory::post_id(floor);
}

// As events::LogTail.
std::vector<events::Event> IndexModel::Writer::poll() {
  const auto mistake = model_.mistake_;
  if (!begun) {
    if (mistake == IndexFault::position_late && !slices_are_in_) return {};
    position = static_cast<Mask>(stage_.call(calls_poll, true, [&] { return now(); }));
    begun = true;
    return {};
  }
  if (upto_ == 0) {
    upto_ = static_cast<Mask>(stage_.call(calls_poll, true, [&] { return now(); }));
    given_ = position;
    if (mistake == IndexFault::position_early) publish_position(upto_);
  } else {
    stage_.call(calls_slice, true, [] { return 0; });
    if (mistake == IndexFault::middle_of_round) publish_position(position);
  }
  std::vector<events::Event> events;
  for (int bit = 0; bit < model_.world_.events(); ++bit) {
    if (!(upto_ & ~given_ & 1U << bit)) continue;
    if (static_cast<int>(events.size()) == model_.config_.batch) return events;
    events.push_back(model_.world_.event(bit));
    given_ |= 1U << bit;
  }
  position = upto_;
  upto_ = 0;
  return events;
}

void IndexModel::Writer::publish() {
  if (!begun) return;
  stage_.call(calls_publish, true, [&] {
    if (position == state_.published && !state_.anew) return 0;
    index_.live_.run(state_, {IndexOp::publish, static_cast<u8>(position),
                              static_cast<u8>(position >> 8), 0, 0, 0, 0, 0});
    state_.published = position;
    state_.anew = 0;
    return 0;
  });
}

void IndexModel::Writer::publish_position(Mask at) {
  stage_.call(calls_publish, true, [&] {
    index_.live_.run(
        state_, {IndexOp::publish, static_cast<u8>(at), static_cast<u8>(at >> 8), 0, 0, 0, 0, 0});
    state_.published = at;
    return 0;
  });
}

Id IndexModel::Writer::choose_floor() const {
  return model_.config_.floor > 0 ? CommandHistory::post_id(model_.config_.floor) : 0;
}

void IndexModel::Writer::load_suspended() {
  const auto& config = model_.config_;
  if (config.suspensions == 0 || model_.mistake_ == IndexFault::suspended_unread) return;
  stage_.call(calls_suspended, true, [&]() -> CallResult {
    if (breaks) return transient_failure;
    const auto suspended = model_.world_.expected_state(state_.log).suspended;
    for (u8 who = 0; who <= config.authors; ++who) {
      if (suspended >> who & 1) index_.live_.run(state_, {IndexOp::suspend, who, 1, 0, 0, 0, 0, 0});
    }
    return 0;
  });
}

void IndexModel::Writer::load_hidden(Id floor) {
  const auto& config = model_.config_;
  if (config.hides == 0 || model_.mistake_ == IndexFault::hidden_unread) return;
  stage_.call(calls_hidden, true, [&]() -> CallResult {
    if (breaks) return transient_failure;
    const auto hidden = model_.world_.expected_state(state_.log).hidden_posts;
    for (u8 p = 0; p < model_.world_.posts(); ++p) {
      if (hidden >> p & 1 && CommandHistory::post_id(p) >= floor)
        index_.live_.run(state_, {IndexOp::hide, p, 1, 0, 0, 0, 0, 0});
    }
    return 0;
  });
}

void IndexModel::Writer::load_posts(Id floor, const std::function<void()>& between_slices) {
  const auto& world = model_.world_;
  const int slices = std::max(model_.config_.slices, 1), posts = world.posts();
  for (int slice = 0; slice < slices; ++slice) {
    const auto at = static_cast<Mask>(stage_.call(calls_slice, true, [&] { return now(); }));
    if (model_.config_.log_advances_during_slice) between_slices();
    stage_.call(calls_arrive, model_.config_.log_advances_during_slice, [&] {
      const auto live = world.expected_state(at).live;
      for (int p = posts * slice / slices; p < posts * (slice + 1) / slices; ++p) {
        if (live >> p & 1 && CommandHistory::post_id(p) >= floor)
          index_.live_.run(state_, {IndexOp::add, static_cast<u8>(p), 0, 0, 0, 0, 0, 0});
      }
      return 0;
    });
    if (!model_.config_.log_advances_during_slice) between_slices();
  }
  slices_are_in_ = true;
}

bool IndexModel::Writer::has_no_posts_below(Id floor) {
  return stage_.call(calls_below, true, [&]() -> CallResult {
    if (breaks) return transient_failure;
    state_.anew = 1;
    return !model_.world_.anything_below(state_.log, floor);
  }) != 0;
}

// ---- loads

namespace {

constexpr CallResult is_snapshot = CallResult{1} << 40;

}  // namespace

IndexModel::Loader::Loading IndexModel::Loader::begin_follows_load(Id) {
  const auto answer = stage_.call(
      calls_begin, true, [&] { return packed(live_.begin_follows_load(), sets_of(state_)); });
  noted_ = unpacked(answer);
  sets_ = sets_in(answer);
  return {noted_.floor};
}

std::optional<IndexModel::Loader::Loaded> IndexModel::Loader::fetch_follows(Id) {
  const auto at =
      static_cast<Mask>(stage_.call(calls_follows, true, [&] { return state_.log | is_snapshot; }));
  if (model_.mistake_ == IndexFault::generation_late) {
    noted_.generation = static_cast<std::uint32_t>(
        stage_.call(calls_generation, true, [&] { return live_.begin_follows_load().generation; }));
  }
  const auto truth = model_.world_.expected_state(at);
  if (truth.hidden() & 1) return std::nullopt;
  Loaded loaded;
  loaded.snapshot = CommandHistory::snapshot(at);
  loaded.follows = follows_of(model_.world_, {IndexOp::set, 0, 0, truth.follows, 0, 0, 0, 0});
  return loaded;
}

bool IndexModel::Loader::holds_all_posts() {
  const auto answer = stage_.call(calls_below, model_.config_.floor > 0, [&]() -> CallResult {
    if (model_.mistake_ == IndexFault::always_whole) return 1;
    if (model_.mistake_ != IndexFault::below_late_unseen) return live_.index().holds_all_posts();
    for (int i = 0; i < state_.ops; ++i) {
      if (state_.done[i].kind == IndexOp::complete) return state_.done[i].more;
    }
    return 0;
  });
  return answer != 0;
}

std::size_t IndexModel::Loader::count_posts(Id user, const feed_index::Follows& follows,
                                            std::size_t max_posts) {
  return stage_.call(calls_count, false,
                     [&] { return live_.index().count_posts(user, follows, max_posts); });
}

void IndexModel::Loader::fetch_older(Id, Id floor, Loaded& loaded) {
  const auto at =
      static_cast<Mask>(stage_.call(calls_older, true, [&] { return state_.log | is_snapshot; }));
  const auto most = model_.config_.page + 1;
  const auto posts = model_.world_.feed(at, floor, most + 1);
  loaded.follows.older.clear();
  for (const auto post : posts) {
    if (loaded.follows.older.size() == most) break;
    loaded.follows.older.push_back({post, model_.world_.author_of(CommandHistory::post_of(post))});
  }
  loaded.follows.is_complete = posts.size() <= most;
  if (model_.mistake_ != IndexFault::older_unawaited)
    loaded.snapshot = CommandHistory::snapshot(at);
}

bool IndexModel::Loader::wait_until_covered(const events::PgSnapshot& snapshot) {
  return stage_.call(calls_await, true, [&]() -> CallResult {
    if (model_.mistake_ == IndexFault::served_early) return 1;
    if (!live_.index().covers(snapshot)) throw std::logic_error("what is covered is not");
    return 1;
  }) != 0;
}

IndexOp IndexModel::Loader::set_of(const feed_index::Follows& follows) const {
  auto noted = noted_;
  const auto now = live_.begin_follows_load();
  const auto mistake = model_.mistake_;
  if (mistake == IndexFault::no_generation) noted.generation = now.generation;
  if (mistake == IndexFault::floor_unseen) noted.floor_version = now.floor_version;
  if (mistake == IndexFault::below_unseen) noted.below_floor_version = now.below_floor_version;
  if (mistake == IndexFault::replaced_by_install &&
      now.generation - noted.generation == sets_of(state_) - sets_)
    noted.generation = now.generation;
  IndexOp op{IndexOp::set,
             0,
             0,
             0,
             0,
             follows.is_complete,
             static_cast<u8>(noted.generation),
             static_cast<u8>(noted.floor_version << 4 | noted.below_floor_version)};
  for (const auto id : follows.followees)
    op.follows = static_cast<u8>(op.follows | 1U << (id - reader_id));
  for (const auto& post : follows.older)
    op.older = static_cast<u8>(op.older | 1U << CommandHistory::post_of(post.id));
  return op;
}

bool IndexModel::Loader::install_follows(const Loading&, const feed_index::Follows& follows) {
  const auto answer = stage_.call(
      calls_install, true, [&]() -> CallResult { return live_.run(state_, set_of(follows)); });
  if (answer == 0) throw RestartLoad{};
  return true;
}

// What a load that stands before its wait waits for.
Mask IndexModel::awaited(const RecordedCalls<8>& script) const {
  Mask at = 0;
  for (int i = 0; i < script.size; ++i) {
    if (!(script.answers[i] & is_snapshot) || script.answers[i] >> 41 != 0) continue;
    at = static_cast<Mask>(script.answers[i]);
    if (mistake_ == IndexFault::older_unawaited) break;
  }
  return at;
}

}  // namespace feedctl::models
