#include "feed/fragment_cache.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>

#include "base/error.hpp"
#include "base/fnv1a.hpp"
#include "base/log.hpp"
#include "feed/page_etag.hpp"
#include "feed_index/index_queries.hpp"
#include "metrics/metrics.hpp"
#include "posts/posts.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t refresh_seconds = 60;
constexpr std::size_t max_refresh_batch = 2000;  // posts per statement
constexpr int max_likes = 1000;                  // per reader
// Events, and posts whose views they change.
constexpr std::size_t max_buffered_changes = 1'000'000;
constexpr milliseconds max_cover_wait{200};
constexpr milliseconds refresh_delay{50};

std::int64_t steady_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Whether the event changes a post or an author.
bool invalidates_fragment(events::Type type) {
  using events::Type;
  return type == Type::post_deleted || type == Type::post_hidden ||
         type == Type::post_image_uploaded || type == Type::post_image_deleted ||
         type == Type::post_image_processed || type == Type::user_updated ||
         type == Type::avatar_uploaded || type == Type::avatar_deleted ||
         type == Type::user_deleted || type == Type::user_suspended;
}

// `find` gives the fragment of a post, or nullptr.
template <typename Find>
void add_views(const events::Event& event, const Find& find) {
  for (const auto& delta : event.view_deltas) {
    if (const PostFragment* post = find(delta.post)) post->views += delta.count;
  }
}

// False: no change. `posts` ascends.
bool set_membership(std::vector<Id>& posts, Id post, bool liked) {
  const auto at = std::lower_bound(posts.begin(), posts.end(), post);
  const bool present = at != posts.end() && *at == post;
  if (present == liked) return false;
  if (present)
    posts.erase(at);
  else
    posts.insert(at, post);
  return true;
}

template <typename T>
struct Deleter {
  void operator()(T* fragment) const { T::drop(fragment); }
};
template <typename T>
using Owned = std::unique_ptr<T, Deleter<T>>;

}  // namespace

struct FragmentCache::Loaded {
  std::map<Id, Owned<PostFragment>> posts;
  std::map<Id, Owned<AuthorFragment>> authors;
  struct Likes {
    Id complete_from;
    std::vector<Id> posts;
  };
  std::map<Id, Likes> likes;
  events::PgSnapshot posts_snapshot, likes_snapshot;
};

FragmentCache::FragmentCache(store::Database& database, std::size_t max_bytes,
                             WaitUntilCovered wait_until_covered)
    : database_(database),
      wait_until_covered_(std::move(wait_until_covered)),
      posts_(epochs_, max_bytes / 4 * 3, 600),
      authors_(epochs_, max_bytes / 8, 200),
      like_sets_(epochs_, max_bytes / 8, 400),
      thread_([this] { run(); }) {}

FragmentCache::~FragmentCache() {
  stop();
}

void FragmentCache::stop() {
  thread_.request_stop();
  loaded_.notify_all();
  thread_.stop();
}

// ---- the log's thread

void FragmentCache::on_events(std::span<const events::Event> events) {
  if (events.empty()) return;
  const concurrent::EpochReclaimer::Guard guard(epochs_);
  const std::lock_guard lock(apply_mutex_);
  for (const auto& event : events) {
    if (is_loading_ && !discard_load_) buffer_event(event);
    apply_event(event);
  }
}

void FragmentCache::buffer_event(const events::Event& event) {
  events_during_load_.push_back(event);
  buffered_changes_ += 1 + event.view_deltas.size();
  if (buffered_changes_ <= max_buffered_changes) return;
  clear_buffered_events();
  discard_load_ = true;
}

void FragmentCache::clear_buffered_events() {
  events_during_load_.clear();
  buffered_changes_ = 0;
}

void FragmentCache::apply_event(const events::Event& event) {
  using events::Type;
  switch (event.type) {
    case Type::post_liked:
    case Type::post_unliked: {
      const bool likes = event.type == Type::post_liked;
      if (const auto* post = posts_.find(event.object)) post->likes += likes ? 1 : -1;
      set_liked(event.actor, event.object, likes);
      break;
    }
    case Type::views_flushed:
      add_views(event, [this](Id post) { return posts_.find(post); });
      break;
    case Type::post_deleted:
    case Type::post_hidden:  // a page from before it finds no fragment
    case Type::post_image_uploaded:
    case Type::post_image_deleted:
    case Type::post_image_processed:
      posts_.erase(event.object);
      break;
    case Type::user_updated:
    case Type::avatar_uploaded:
    case Type::avatar_deleted:
    case Type::user_suspended:  // a page from before it finds no fragment
      authors_.erase(event.object);
      break;
    case Type::user_deleted:
      authors_.erase(event.object);
      like_sets_.erase(event.object);
      break;
    default:
      break;
  }
}

void FragmentCache::set_liked(Id user, Id post, bool likes) {
  const auto* set = like_sets_.find(user);
  if (set == nullptr) return;
  std::vector<Id> posts(set->posts().begin(), set->posts().end());
  if (!set_membership(posts, post, likes)) return;
  auto from = set->complete_from;
  if (posts.size() > 2 * max_likes) {
    posts.erase(posts.begin(), posts.end() - max_likes);
    from = std::max(from, posts.front());
  }
  like_sets_.insert(LikeSet::make(user, from, posts));
}

void FragmentCache::on_gap() {
  const std::lock_guard lock(apply_mutex_);
  discard_load_ = true;
  posts_.clear();
  authors_.clear();
  like_sets_.clear();
}

// ---- readers

FragmentCache::PageFragments::PageFragments(FragmentCache& cache, Id user,
                                            std::span<const feed_index::Item> items)
    : guard_(cache.epochs_) {
  const auto* likes = cache.like_sets_.find(user);
  is_complete_ = likes != nullptr && items.size() <= max_page_size;
  if (!is_complete_) return;
  for (const auto& item : items) {
    cache.posts_.prefetch(item.post);
    cache.authors_.prefetch(item.author);
  }
  for (const auto& item : items) {
    items_[count_].post = cache.posts_.find_speculative(item.post);
    items_[count_++].author = cache.authors_.find_speculative(item.author);
  }
  const auto now = steady_seconds();
  const auto liked = likes->posts();
  auto end = liked.end();  // items descend
  for (std::size_t i = 0; i < count_; ++i) {
    const auto& item = items[i];
    auto& [post, author, like_count, view_count, is_liked] = items_[i];
    post = concurrent::ClockCache<PostFragment>::validate(item.post, post);
    author = concurrent::ClockCache<AuthorFragment>::validate(item.author, author);
    end = std::lower_bound(liked.begin(), end, item.post + 1);
    is_liked = end != liked.begin() && *(end - 1) == item.post;
    if (post == nullptr || author == nullptr || (!is_liked && item.post < likes->complete_from)) {
      is_complete_ = false;
      return;
    }
    if (post->refresh_at.load(std::memory_order_relaxed) < now) cache.schedule_refresh(*post);
    like_count = post->likes.load(std::memory_order_relaxed);
    view_count = post->views.load(std::memory_order_relaxed);
  }
}

std::string FragmentCache::PageFragments::etag(std::optional<Id> next) const {
  PageEtag tag(next);
  for (std::size_t i = 0; i < count_; ++i) {
    const auto& [post, author, likes, views, liked] = items_[i];
    tag.add(post->id, author->hash, post->image_hash, likes, views, liked);
  }
  return tag.text();
}

void FragmentCache::PageFragments::append_array(std::string& out) const {
  std::size_t size = 2;
  for (std::size_t i = 0; i < count_; ++i) {
    size += items_[i].post->bytes() + items_[i].author->size + posts::members_reserve_bytes;
  }
  out.reserve(out.size() + size);
  out += '[';
  for (std::size_t i = 0; i < count_; ++i) {
    const auto& [post, author, likes, views, liked] = items_[i];
    out += i == 0 ? "{" : ",{";
    posts::append_members(
        out, {post->id, author->text(), post->text(), likes, views, liked, post->time()});
    out += '}';
  }
  out += ']';
}

void FragmentCache::schedule_refresh(const PostFragment& post) {
  auto due = post.refresh_at.load();
  const auto now = steady_seconds();
  if (due >= now || !post.refresh_at.compare_exchange_strong(due, now + refresh_seconds)) return;
  const auto lock = thread_.lock();
  if (to_refresh_.size() < 16 * max_refresh_batch) to_refresh_.insert(post.id);
  if (to_refresh_.size() == 1) thread_.wake();
}

FragmentCache::Missing FragmentCache::find_missing(Id user,
                                                   std::span<const feed_index::Item> items) const {
  const concurrent::EpochReclaimer::Guard guard(epochs_);
  Missing missing;
  for (const auto& item : items) {
    if (posts_.find(item.post) == nullptr || authors_.find(item.author) == nullptr)
      missing.posts.insert(item.post);
  }
  if (like_sets_.find(user) == nullptr) missing.readers.insert(user);
  return missing;
}

void FragmentCache::load(Id user, std::span<const feed_index::Item> items, Deadline deadline) {
  const auto missing = find_missing(user, items);
  if (missing.empty()) return;
  auto lock = thread_.lock();
  missing_.posts.insert(missing.posts.begin(), missing.posts.end());
  missing_.readers.insert(missing.readers.begin(), missing.readers.end());
  const auto mine = batch_number_ + 1;
  thread_.wake();
  loaded_.wait_until(lock, deadline.at(),
                     [&] { return finished_batch_ >= mine || thread_.is_stopping(lock); });
}

FragmentCache::Size FragmentCache::size() const {
  return {posts_.count(), authors_.count(), like_sets_.count(),
          posts_.bytes() + authors_.bytes() + like_sets_.bytes()};
}

// ---- the loading thread

void FragmentCache::run() {
  auto lock = thread_.lock();
  while (thread_.wait(lock, [&] { return !missing_.empty() || !to_refresh_.empty(); })) {
    // A mere refresh may wait for misses.
    if (!thread_.wait_for(lock, refresh_delay, [&] { return !missing_.empty(); })) return;
    auto missing = std::exchange(missing_, {});
    while (!to_refresh_.empty() && missing.posts.size() < max_refresh_batch) {
      missing.posts.insert(to_refresh_.extract(to_refresh_.begin()));
    }
    const auto mine = ++batch_number_;
    lock.unlock();
    load_batch(missing);
    lock.lock();
    finished_batch_ = mine;
    loaded_.notify_all();
  }
}

void FragmentCache::load_batch(const Missing& missing) {
  static auto& failures =
      metrics::counter("feedctl_feed_parts_failures_total", "Failed loads of page fragments.");
  {
    const std::lock_guard lock(apply_mutex_);
    is_loading_ = true;
    discard_load_ = false;
  }
  try {
    auto loaded = read_batch(missing);
    install(loaded);
  } catch (const std::exception& error) {
    failures.add();
    log::debug("fragments of feed pages could not be read", {{"error", error.what()}});
  }
  {
    const std::lock_guard lock(apply_mutex_);
    is_loading_ = false;
    clear_buffered_events();
  }
  export_metrics();
}

FragmentCache::Loaded FragmentCache::read_batch(const Missing& missing) {
  Loaded loaded;
  if (!missing.posts.empty()) {
    const std::vector<std::int64_t> ids(missing.posts.begin(), missing.posts.end());
    const auto rows = database_.read_on_primary(sql::feed::parts_posts, store::params(ids));
    const auto refresh_at = steady_seconds() + refresh_seconds;
    for (const auto row : rows) {
      const auto post = posts::from_row(row);
      Owned<PostFragment> fragment(PostFragment::make(posts::text_fragment(post.text, post.image),
                                                      posts::time_fragment(post.created_at)));
      fragment->id = post.id;
      fragment->author = post.author->id;
      fragment->image_hash = posts::image_hash(post.image);
      fragment->likes = post.like_count;
      fragment->views = post.view_count;
      fragment->refresh_at = refresh_at;
      const auto text = posts::author_fragment(post.author);
      Owned<AuthorFragment> author(AuthorFragment::make(text));
      author->id = post.author->id;
      author->hash = fnv1a_hash(text);
      loaded.authors.insert_or_assign(post.author->id, std::move(author));
      loaded.posts.insert_or_assign(post.id, std::move(fragment));
      loaded.posts_snapshot = events::parse_snapshot(row.text(posts::snapshot_column));
    }
  }
  if (!missing.readers.empty()) {
    const std::vector<std::int64_t> ids(missing.readers.begin(), missing.readers.end());
    const auto rows =
        database_.read_on_primary(sql::feed::parts_likes, store::params(ids, max_likes));
    for (const auto row : rows) {
      auto posts = feed_index::parse_ids(row.text(1));
      const Id from = posts.size() < max_likes ? 0 : posts.front();
      loaded.likes[row.integer(0)] = {from, std::move(posts)};
      loaded.likes_snapshot = events::parse_snapshot(row.text(2));
    }
  }
  return loaded;
}

void FragmentCache::install(Loaded& loaded) {
  const auto deadline = Deadline::after(max_cover_wait);
  const bool covered = wait_until_covered_(loaded.posts_snapshot, deadline) &&
                       wait_until_covered_(loaded.likes_snapshot, deadline);
  const std::lock_guard lock(apply_mutex_);
  if (!covered || discard_load_) return;
  apply_buffered_events(loaded);
  for (auto& [id, author] : loaded.authors) authors_.insert(author.release());
  for (auto& [id, post] : loaded.posts) posts_.insert(post.release());
  for (auto& [id, likes] : loaded.likes)
    like_sets_.insert(LikeSet::make(id, likes.complete_from, likes.posts));
}

// Applies the buffered events that the loaded snapshot does not cover.
void FragmentCache::apply_buffered_events(Loaded& loaded) const {
  using events::Type;
  for (const auto& event : events_during_load_) {
    const bool liked = event.type == Type::post_liked;
    const bool is_new = !loaded.posts_snapshot.is_visible(event.xid);
    if (liked || event.type == Type::post_unliked) {
      const auto post = loaded.posts.find(event.object);
      if (is_new && post != loaded.posts.end()) post->second->likes += liked ? 1 : -1;
      const auto set = loaded.likes.find(event.actor);
      if (set == loaded.likes.end() || loaded.likes_snapshot.is_visible(event.xid)) continue;
      set_membership(set->second.posts, event.object, liked);
    } else if (is_new && event.type == Type::views_flushed) {
      add_views(event, [&loaded](Id id) -> const PostFragment* {
        const auto post = loaded.posts.find(id);
        return post == loaded.posts.end() ? nullptr : post->second.get();
      });
    } else if (is_new && invalidates_fragment(event.type)) {
      loaded.posts.erase(event.object);
      loaded.authors.erase(event.object);
    }
  }
}

void FragmentCache::export_metrics() const {
  static auto& posts = metrics::gauge("feedctl_feed_parts_posts", "Posts in the fragment cache.");
  static auto& bytes = metrics::gauge("feedctl_feed_parts_bytes", "Bytes in the fragment cache.");
  const auto size = this->size();
  posts.set(static_cast<double>(size.posts));
  bytes.set(static_cast<double>(size.bytes));
}

}  // namespace feedctl::feed
