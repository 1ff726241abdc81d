#include "feed/index_keeper.hpp"

#include "base/backoff.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "events/log.hpp"
#include "feed/index_load.hpp"
#include "index/keeping.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::feed {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t bytes_a_post = 40;  // with its place in its author's list
constexpr std::size_t page_most = 100;
constexpr milliseconds bounds_every{1000};
constexpr int rounds_of_bounds = 60;  // every account is looked at once in so many

store::Options session_options(const store::Database& database) {
  auto options = database.options();
  options.application_name += " index";
  options.statement_timeout = milliseconds{30000};
  options.primary_only = true;
  return options;
}

std::size_t most_posts(std::size_t bytes) {
  return std::max<std::size_t>(bytes / 2 / bytes_a_post, 1000);
}

struct Stopped {};

// The database answers again, and goes on where it was; else something of the log has been missed.
bool is_for_good(const std::exception& error) {
  const auto* known = dynamic_cast<const Error*>(&error);
  return known == nullptr || known->code() == ErrorCode::failed;
}

}  // namespace

struct IndexKeeper::Writer {
  IndexKeeper& keeper;
  store::Session* session = nullptr;  // that a load reads with

  index::Index& index() { return *keeper.index_.load(); }
  std::vector<events::Event> poll() {
    auto events = keeper.tail_->poll();
    for (auto* listener : keeper.options_.listeners) listener->events(events);
    return events;
  }
  bool more() const { return keeper.tail_->more(); }
  void publish() { keeper.publish(); }
  void go_on() {
    if (keeper.stopping()) throw Stopped{};
  }
  Id choose_floor() {
    auto& bounds = keeper.bounds_;
    const Id oldest = bounds.oldest(keeper.options_.clock());
    const auto most = static_cast<std::int64_t>(bounds.most_posts());
    const Id floor = floor_for(*session, oldest, most);
    bounds.begin(oldest, floor);
    return floor;
  }
  void load_posts(Id floor, const std::function<void()>& between) {
    feed::load_posts(*session, index(), floor, between);
  }
  bool is_nothing_below(Id floor) {
    keeper.published_.clear();  // what is complete is published, wherever the log stands
    return feed::is_nothing_below(*session, floor);
  }
};

struct IndexKeeper::Loader {
  IndexKeeper& keeper;
  index::Index& of;
  Deadline deadline;

  index::Index& index() { return of; }
  std::optional<LoadedFollows> follows(Id user) { return load_follows(keeper.database_, user); }
  void older(Id user, Id floor, LoadedFollows& loaded) {
    load_older(keeper.database_, user, floor, loaded);
  }
  bool await(const events::Snapshot& shown) {
    return keeper.await([&] { return of.covers(shown); }, deadline);
  }
};

IndexKeeper::IndexKeeper(store::Database& database, Options options)
    : database_(database),
      options_(std::move(options)),
      session_options_(session_options(database)),
      current_(std::make_shared<index::Index>()),
      index_(current_.get()),
      bounds_(std::chrono::hours{24 * options_.days}, most_posts(options_.bytes)),
      thread_([this] { run(); }) {}

IndexKeeper::~IndexKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  woken_.notify_all();
  advanced_.notify_all();
  thread_.join();
}

// ---- the thread

void IndexKeeper::run() {
  int failures = 0;
  bool anew = false;
  while (!stopping()) {
    try {
      if (anew) begin_anew();
      anew = false;
      if (!ready()) begin();
      failures = 0;
      follow();
    } catch (const Stopped&) {
      return;
    } catch (const std::exception& error) {
      if (failures == 0)
        log::warning("feed index: cannot follow the log", {{"error", error.what()}});
      anew = anew || is_for_good(error);
      pause(full_jitter(++failures, milliseconds{50}, milliseconds{1000}));
    }
  }
}

void IndexKeeper::begin() {
  const auto began = Clock::now();
  events::check_home(database_);
  if (!tail_) begin_tail();
  store::Session session(load_options(session_options_));
  Writer writer{*this, &session};
  index::fill(writer);
  bounds_due_ = Clock::now() + bounds_every;
  log::info("feed index ready",
            {{"posts", std::int64_t{size().posts}},
             {"ms", std::chrono::duration_cast<milliseconds>(Clock::now() - began).count()}});
}

// What it gives at once is in whatever is read from now on.
void IndexKeeper::begin_tail() {
  events::Tail tail(session_options_, std::nullopt);
  tail.poll();
  tail_.emplace(std::move(tail));
  for (auto* listener : options_.listeners) listener->lost();
}

void IndexKeeper::follow() {
  while (!stopping()) {
    catch_up();
    if (Clock::now() >= bounds_due_) keep_bounds();
    pause(options_.poll);
  }
}

void IndexKeeper::begin_anew() {
  tail_.reset();
  published_.clear();
  auto replaced = std::make_unique<std::shared_ptr<index::Index>>(std::make_shared<index::Index>());
  {
    const std::lock_guard lock(mutex_);
    replaced->swap(current_);
  }
  index_ = current_.get();
  epochs_.retire(replaced.release());
  // It was covered by what comes now, or is not in this database.
  shown_.forget_all();
}

void IndexKeeper::catch_up() {
  Writer writer{*this};
  index::catch_up(writer);
}

void IndexKeeper::publish() {
  auto position = tail_->position()->text();
  if (position == published_) return;
  index_.load()->publish(*tail_->position());
  published_ = std::move(position);
  { const std::lock_guard lock(mutex_); }  // nobody is between their look and their wait
  advanced_.notify_all();
  for (auto* listener : options_.listeners) listener->published(*tail_->position());
}

// ---- bounds

void IndexKeeper::keep_bounds() {
  bounds_due_ = Clock::now() + bounds_every;
  auto& index = *index_.load();
  const auto at = options_.clock();
  if (bounds_.too_high(at))
    throw Error(ErrorCode::failed, "the clock was ahead: recent posts are not in memory");
  if (const auto floor = bounds_.raised(index, at)) {
    index.raise_floor(*floor);
    published_.clear();  // so that readers learn of it with the next publication
  }
  index.sweep(index.size().accounts / rounds_of_bounds + 1, options_.bytes / 2);
  shown_.forget_covered([&](const events::Snapshot& shown) { return index.covers(shown); });
  epochs_.collect();
  report();
}

void IndexKeeper::report() const {
  static auto& posts = metrics::gauge("feedctl_feed_index_posts", "Posts in the feed index.");
  static auto& sets = metrics::gauge("feedctl_feed_index_users", "Users whose follows are loaded.");
  static auto& bytes =
      metrics::gauge("feedctl_feed_index_bytes", "Bytes of the feed index, about.");
  const auto size = this->size();
  posts.set(size.posts);
  sets.set(size.sets);
  bytes.set(static_cast<double>(size.bytes()));
}

// ---- for everybody

bool IndexKeeper::stopping() {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void IndexKeeper::pause(milliseconds most) {
  std::unique_lock lock(mutex_);
  woken_.wait_for(lock, most, [&] { return poked_ || stop_; });
  poked_ = false;
}

bool IndexKeeper::await(const std::function<bool()>& covered, Deadline deadline) {
  if (covered()) return true;
  std::unique_lock lock(mutex_);
  poked_ = true;
  woken_.notify_one();
  advanced_.wait_until(lock, deadline.at(), [&] { return stop_ || covered(); });
  return covered();
}

bool IndexKeeper::shows(const events::Token& token) const {
  const index::Epochs::Pin pin(epochs_);
  return index_.load()->covers(token);
}

bool IndexKeeper::wait_for(const events::Token& token, Deadline deadline) {
  return await([&] { return shows(token); }, deadline);
}

void IndexKeeper::read(Id user, Id before, std::size_t limit, index::Page& page) const {
  const index::Epochs::Pin pin(epochs_);
  const auto& index = *index_.load();
  if (shown_.more_than(user, [&](const events::Snapshot& shown) { return index.covers(shown); })) {
    page.answer = index::Page::Answer::elsewhere;
    return;
  }
  index.read(user, before, limit, page);
}

bool IndexKeeper::load(Id user, Deadline deadline) {
  static auto& loads = metrics::counter("feedctl_feed_index_loads_total",
                                        "Times that whom a user follows was loaded.");
  loads.add();
  std::shared_ptr<index::Index> index;
  {
    const std::lock_guard lock(mutex_);
    index = current_;
  }
  Loader loader{*this, *index, deadline};
  return index::load(loader, user, page_most);
}

bool IndexKeeper::ready() const {
  const index::Epochs::Pin pin(epochs_);
  return index_.load()->ready();
}

Id IndexKeeper::floor() const {
  const index::Epochs::Pin pin(epochs_);
  return index_.load()->floor();
}

index::Size IndexKeeper::size() const {
  const index::Epochs::Pin pin(epochs_);
  return index_.load()->size();
}

}  // namespace feedctl::feed
