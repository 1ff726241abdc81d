#include "feed_index/index_updater.hpp"

#include "base/backoff.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "events/consumer_log.hpp"
#include "feed_index/index_queries.hpp"
#include "feed_index/sync_protocol.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::feed_index {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t bytes_per_post = 40;  // with its element of the author's list
constexpr std::size_t max_page_size = 100;
constexpr milliseconds maintenance_interval{1000};
constexpr int sweep_rounds = 60;  // rounds that visit every account once

store::Options session_options(const store::Database& database) {
  auto options = database.options();
  options.application_name += " index";
  options.statement_timeout = milliseconds{30000};
  options.primary_only = true;
  return options;
}

std::size_t max_posts(std::size_t bytes) {
  return std::max<std::size_t>(bytes / 2 / bytes_per_post, 1000);
}

struct Stopped {};

// False: the outage ended and the log continues. True: events may have been missed.
bool requires_reload(const std::exception& error) {
  const auto* known = dynamic_cast<const Error*>(&error);
  return known == nullptr || known->code() == ErrorCode::failed;
}

}  // namespace

struct IndexUpdater::WriterPort {
  IndexUpdater& updater;
  store::Session* session = nullptr;  // of a load

  FeedIndex& index() { return *updater.index_.load(); }
  std::vector<events::Event> poll() {
    auto events = updater.tail_->poll();
    for (auto* listener : updater.options_.listeners) listener->on_events(events);
    return events;
  }
  bool has_more() const { return updater.tail_->has_more(); }
  void publish() { updater.publish(); }
  void throw_if_stopping() {
    if (updater.thread_.is_stopping()) throw Stopped{};
  }
  Id choose_floor() {
    auto& policy = updater.floor_policy_;
    const Id floor_by_age = policy.min_id_by_age(updater.options_.clock());
    const auto max_count = static_cast<std::int64_t>(policy.max_posts());
    const Id floor = find_index_floor(*session, floor_by_age, max_count);
    policy.on_load(floor_by_age, floor);
    return floor;
  }
  void load_suspended() { feed_index::load_suspended(*session, index()); }
  void load_hidden(Id floor) { feed_index::load_hidden(*session, index(), floor); }
  void load_posts(Id floor, const std::function<void()>& between_slices) {
    feed_index::load_posts(*session, index(), floor, between_slices);
  }
  bool has_no_posts_below(Id floor) {
    updater.published_position_.clear();  // publish the finished load at any position
    return feed_index::has_no_posts_below(*session, floor);
  }
};

struct IndexUpdater::LoaderPort {
  IndexUpdater& updater;
  FeedIndex& target;
  Deadline deadline;

  FeedIndex& index() { return target; }
  std::optional<LoadedFollows> fetch_follows(Id user) {
    return read_follows(updater.database_, user);
  }
  void fetch_older(Id user, Id floor, LoadedFollows& loaded) {
    read_older_posts(updater.database_, user, floor, loaded);
  }
  bool wait_until_covered(const events::PgSnapshot& snapshot) {
    return updater.wait_until([&] { return target.covers(snapshot); }, deadline);
  }
};

IndexUpdater::IndexUpdater(store::Database& database, Options options)
    : database_(database),
      options_(std::move(options)),
      session_options_(session_options(database)),
      current_(std::make_shared<FeedIndex>()),
      index_(current_.get()),
      floor_policy_(std::chrono::hours{24 * options_.max_age_days}, max_posts(options_.bytes)),
      thread_([this] { run(); }) {}

IndexUpdater::~IndexUpdater() {
  thread_.request_stop();
  advanced_.notify_all();
}

// ---- the thread

void IndexUpdater::run() {
  int failures = 0;
  bool reload = false;
  while (!thread_.is_stopping()) {
    try {
      if (reload) restart_index();
      reload = false;
      if (!is_ready()) initial_load();
      failures = 0;
      follow_log();
    } catch (const Stopped&) {
      return;
    } catch (const std::exception& error) {
      if (failures == 0)
        log::warning("feed index: cannot follow the log", {{"error", error.what()}});
      reload = reload || requires_reload(error);
      pause(full_jitter(++failures, milliseconds{50}, milliseconds{1000}));
    }
  }
}

void IndexUpdater::initial_load() {
  const auto began = Clock::now();
  events::require_home_cluster(database_);
  if (!tail_) start_tail();
  store::Session session(load_session_options(session_options_));
  WriterPort writer{*this, &session};
  load_index(writer);
  maintenance_due_ = Clock::now() + maintenance_interval;
  log::info("feed index ready",
            {{"posts", std::int64_t{size().posts}},
             {"ms", std::chrono::duration_cast<milliseconds>(Clock::now() - began).count()}});
}

// The tail takes its position with this poll, so everything read later covers it.
void IndexUpdater::start_tail() {
  events::LogTail tail(session_options_, std::nullopt);
  tail.poll();
  tail_.emplace(std::move(tail));
  for (auto* listener : options_.listeners) listener->on_gap();
}

void IndexUpdater::follow_log() {
  while (!thread_.is_stopping()) {
    catch_up();
    if (Clock::now() >= maintenance_due_) maintain_floor();
    pause(options_.poll_interval);
  }
}

void IndexUpdater::restart_index() {
  tail_.reset();
  published_position_.clear();
  auto replaced = std::make_unique<std::shared_ptr<FeedIndex>>(std::make_shared<FeedIndex>());
  {
    const auto lock = thread_.lock();
    replaced->swap(current_);
  }
  index_ = current_.get();
  epochs_.retire(replaced.release());
  // The reload covers what it holds, or that belongs to another database.
  monotonic_reads_.clear();
}

void IndexUpdater::catch_up() {
  WriterPort writer{*this};
  feed_index::catch_up(writer);
}

void IndexUpdater::publish() {
  auto position = tail_->position()->text();
  if (position == published_position_) return;
  index_.load()->publish(*tail_->position());
  published_position_ = std::move(position);
  { const auto lock = thread_.lock(); }  // no waiter is between its check and its wait
  advanced_.notify_all();
  for (auto* listener : options_.listeners) listener->on_published(*tail_->position());
}

// ---- the index floor

void IndexUpdater::maintain_floor() {
  maintenance_due_ = Clock::now() + maintenance_interval;
  auto& index = *index_.load();
  const auto at = options_.clock();
  if (floor_policy_.is_too_high(at))
    throw Error(ErrorCode::failed, "the clock was ahead: recent posts are not in memory");
  if (const auto floor = floor_policy_.next_floor(index, at)) {
    index.raise_floor(*floor);
    published_position_.clear();  // the next publication carries the floor
  }
  index.sweep(index.size().accounts / sweep_rounds + 1, options_.bytes / 2);
  monotonic_reads_.forget_covered(
      [&](const events::PgSnapshot& snapshot) { return index.covers(snapshot); });
  epochs_.reclaim();
  export_metrics();
}

void IndexUpdater::export_metrics() const {
  static auto& posts = metrics::gauge("feedctl_feed_index_posts", "Posts in the feed index.");
  static auto& sets = metrics::gauge("feedctl_feed_index_users", "Users whose follows are loaded.");
  static auto& bytes =
      metrics::gauge("feedctl_feed_index_bytes", "Approximate size of the feed index in bytes.");
  const auto size = this->size();
  posts.set(size.posts);
  sets.set(size.follow_sets);
  bytes.set(static_cast<double>(size.bytes()));
}

// ---- any thread

void IndexUpdater::pause(milliseconds max_wait) {
  auto lock = thread_.lock();
  thread_.wait_for(lock, max_wait, [&] { return wake_requested_; });
  wake_requested_ = false;
}

bool IndexUpdater::wait_until(const std::function<bool()>& covered, Deadline deadline) {
  if (covered()) return true;
  auto lock = thread_.lock();
  wake_requested_ = true;
  thread_.wake();
  advanced_.wait_until(lock, deadline.at(), [&] { return thread_.is_stopping(lock) || covered(); });
  return covered();
}

bool IndexUpdater::covers(const events::ConsistencyToken& token) const {
  const EpochGuard guard(epochs_);
  return index_.load()->covers(token);
}

bool IndexUpdater::wait_until_covered(const events::ConsistencyToken& token, Deadline deadline) {
  return wait_until([&] { return covers(token); }, deadline);
}

void IndexUpdater::read(Id user, Id before, std::size_t limit, Page& page) const {
  const EpochGuard guard(epochs_);
  const auto& index = *index_.load();
  if (monotonic_reads_.is_ahead_of_index(
          user, [&](const events::PgSnapshot& snapshot) { return index.covers(snapshot); }) ||
      index_.load() != &index) {  // restart_index() may have cleared what was required of this one
    page.result = Page::Result::not_covered;
    return;
  }
  index.read(user, before, limit, page);
}

bool IndexUpdater::load_follows(Id user, Deadline deadline) {
  static auto& loads = metrics::counter("feedctl_feed_index_loads_total", "Loads of follow sets.");
  loads.add();
  std::shared_ptr<FeedIndex> index;
  {
    const auto lock = thread_.lock();
    index = current_;
  }
  LoaderPort loader{*this, *index, deadline};
  return feed_index::load_follows(loader, user, max_page_size);
}

bool IndexUpdater::is_ready() const {
  const EpochGuard guard(epochs_);
  return index_.load()->is_ready();
}

Id IndexUpdater::floor() const {
  const EpochGuard guard(epochs_);
  return index_.load()->floor();
}

Size IndexUpdater::size() const {
  const EpochGuard guard(epochs_);
  return index_.load()->size();
}

}  // namespace feedctl::feed_index
