#include "feed/page_parts.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>

#include "base/error.hpp"
#include "base/log.hpp"
#include "feed/index_load.hpp"
#include "feed/page_tag.hpp"
#include "metrics/metrics.hpp"
#include "posts/posts.hpp"
#include "sql/feed.hpp"

namespace feedctl::feed {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t again_seconds = 60;
constexpr std::size_t again_most = 2000;  // posts in one statement
constexpr int likes_most = 1000;          // of a reader
constexpr std::size_t late_most = 1'000'000;
constexpr milliseconds await_most{200};
constexpr milliseconds again_pause{50};

std::int64_t seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Of a post or of an author.
bool changes_looks(events::Type type) {
  using events::Type;
  return type == Type::post_deleted || type == Type::post_image_uploaded ||
         type == Type::user_updated || type == Type::avatar_uploaded || type == Type::user_deleted;
}

// False where it was so already. `posts` ascends.
bool set_liked(std::vector<Id>& posts, Id post, bool likes) {
  const auto at = std::lower_bound(posts.begin(), posts.end(), post);
  const bool there = at != posts.end() && *at == post;
  if (there == likes) return false;
  if (there)
    posts.erase(at);
  else
    posts.insert(at, post);
  return true;
}

template <typename T>
struct Dropped {
  void operator()(T* what) const { T::drop(what); }
};
template <typename T>
using Made = std::unique_ptr<T, Dropped<T>>;

}  // namespace

struct PageParts::Loaded {
  std::map<Id, Made<Body>> bodies;
  std::map<Id, Made<Byline>> authors;
  struct Likes {
    Id from;
    std::vector<Id> posts;
  };
  std::map<Id, Likes> likes;
  events::Snapshot posts_at, likes_at;
};

PageParts::PageParts(store::Database& database, std::size_t bytes, Await await)
    : database_(database),
      await_(std::move(await)),
      bodies_(epochs_, bytes / 4 * 3, 600),
      authors_(epochs_, bytes / 8, 200),
      likes_(epochs_, bytes / 8, 400),
      thread_([this] { run(); }) {}

PageParts::~PageParts() {
  stop();
}

void PageParts::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  asked_.notify_all();
  done_.notify_all();
  thread_.join();
}

// ---- the log's thread

void PageParts::events(std::span<const events::Event> events) {
  if (events.empty()) return;
  const index::Epochs::Pin pin(epochs_);
  const std::lock_guard lock(order_);
  for (const auto& event : events) {
    if (reading_) meanwhile_.push_back(event);
    apply(event);
  }
  if (meanwhile_.size() > late_most) {
    meanwhile_.clear();
    void_ = true;
  }
}

void PageParts::apply(const events::Event& event) {
  using events::Type;
  switch (event.type) {
    case Type::post_liked:
    case Type::post_unliked: {
      const bool likes = event.type == Type::post_liked;
      if (const auto* body = bodies_.find(event.object)) body->likes += likes ? 1 : -1;
      relike(event.actor, event.object, likes);
      break;
    }
    case Type::post_deleted:
    case Type::post_image_uploaded:
      bodies_.erase(event.object);
      break;
    case Type::user_updated:
    case Type::avatar_uploaded:
      authors_.erase(event.object);
      break;
    case Type::user_deleted:
      authors_.erase(event.object);
      likes_.erase(event.object);
      break;
    default:
      break;
  }
}

void PageParts::relike(Id user, Id post, bool likes) {
  const auto* set = likes_.find(user);
  if (set == nullptr) return;
  std::vector<Id> posts(set->posts().begin(), set->posts().end());
  if (!set_liked(posts, post, likes)) return;
  auto from = set->from;
  if (posts.size() > 2 * likes_most) {
    posts.erase(posts.begin(), posts.end() - likes_most);
    from = std::max(from, posts.front());
  }
  likes_.put(LikeSet::make(user, from, posts));
}

void PageParts::lost() {
  const std::lock_guard lock(order_);
  void_ = true;
  bodies_.clear();
  authors_.clear();
  likes_.clear();
}

// ---- readers

PageParts::View::View(PageParts& parts, Id user, std::span<const index::Item> items)
    : pin_(parts.epochs_) {
  const auto* likes = parts.likes_.find(user);
  whole_ = likes != nullptr && items.size() <= page_most;
  if (!whole_) return;
  for (const auto& item : items) {
    parts.bodies_.prefetch(item.post);
    parts.authors_.prefetch(item.author);
  }
  for (const auto& item : items) {
    pieces_[count_].body = parts.bodies_.guess(item.post);
    pieces_[count_++].author = parts.authors_.guess(item.author);
  }
  const auto now = seconds();
  const auto liked = likes->posts();
  auto end = liked.end();  // items descend
  for (std::size_t i = 0; i < count_; ++i) {
    const auto& item = items[i];
    auto& [body, author, like_count, likes_it] = pieces_[i];
    body = index::IdCache<Body>::check(item.post, body);
    author = index::IdCache<Byline>::check(item.author, author);
    end = std::lower_bound(liked.begin(), end, item.post + 1);
    likes_it = end != liked.begin() && *(end - 1) == item.post;
    if (body == nullptr || author == nullptr || (!likes_it && item.post < likes->from)) {
      whole_ = false;
      return;
    }
    if (body->read_again_at.load(std::memory_order_relaxed) < now) parts.read_again(*body);
    like_count = body->likes.load(std::memory_order_relaxed);
  }
}

std::string PageParts::View::tag(std::optional<Id> next) const {
  PageTag tag(next);
  for (std::size_t i = 0; i < count_; ++i) {
    const auto& [body, author, likes, liked] = pieces_[i];
    tag.add(body->id, author->hash, likes, body->views, liked);
  }
  return tag.text();
}

void PageParts::View::append_array(std::string& out) const {
  std::size_t size = 2;
  for (std::size_t i = 0; i < count_; ++i) {
    size += pieces_[i].body->bytes() + pieces_[i].author->size + posts::members_room;
  }
  out.reserve(out.size() + size);
  out += '[';
  for (std::size_t i = 0; i < count_; ++i) {
    const auto& [body, author, likes, liked] = pieces_[i];
    out += i == 0 ? "{" : ",{";
    posts::append_members(
        out, {body->id, author->text(), body->text(), likes, body->views, liked, body->time()});
    out += '}';
  }
  out += ']';
}

void PageParts::read_again(const Body& body) {
  auto due = body.read_again_at.load();
  const auto now = seconds();
  if (due >= now || !body.read_again_at.compare_exchange_strong(due, now + again_seconds)) return;
  const std::lock_guard lock(mutex_);
  if (again_.size() < 16 * again_most) again_.insert(body.id);
  if (again_.size() == 1) asked_.notify_one();
}

PageParts::Wanted PageParts::lacking(Id user, std::span<const index::Item> items) const {
  const index::Epochs::Pin pin(epochs_);
  Wanted lacking;
  for (const auto& item : items) {
    if (bodies_.find(item.post) == nullptr || authors_.find(item.author) == nullptr)
      lacking.posts.insert(item.post);
  }
  if (likes_.find(user) == nullptr) lacking.readers.insert(user);
  return lacking;
}

void PageParts::load(Id user, std::span<const index::Item> items, Deadline deadline) {
  const auto lacking = this->lacking(user, items);
  if (lacking.empty()) return;
  std::unique_lock lock(mutex_);
  wanted_.posts.insert(lacking.posts.begin(), lacking.posts.end());
  wanted_.readers.insert(lacking.readers.begin(), lacking.readers.end());
  const auto mine = round_ + 1;
  asked_.notify_one();
  done_.wait_until(lock, deadline.at(), [&] { return finished_ >= mine || stop_; });
}

PageParts::Size PageParts::size() const {
  return {bodies_.count(), authors_.count(), likes_.count(),
          bodies_.bytes() + authors_.bytes() + likes_.bytes()};
}

// ---- the thread that reads

void PageParts::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    asked_.wait(lock, [&] { return stop_ || !wanted_.empty() || !again_.empty(); });
    if (wanted_.empty() && !stop_)  // what is only read again can wait for others
      asked_.wait_for(lock, again_pause, [&] { return stop_ || !wanted_.empty(); });
    if (stop_) return;
    auto wanted = std::exchange(wanted_, {});
    while (!again_.empty() && wanted.posts.size() < again_most) {
      wanted.posts.insert(again_.extract(again_.begin()));
    }
    const auto mine = ++round_;
    lock.unlock();
    round(wanted);
    lock.lock();
    finished_ = mine;
    done_.notify_all();
  }
}

void PageParts::round(const Wanted& wanted) {
  static auto& failures = metrics::counter("feedctl_feed_parts_failures_total",
                                           "Times that parts of pages could not be read.");
  {
    const std::lock_guard lock(order_);
    reading_ = true;
    void_ = false;
  }
  try {
    auto loaded = read(wanted);
    install(loaded);
  } catch (const std::exception& error) {
    failures.add();
    log::debug("parts of feed pages could not be read", {{"error", error.what()}});
  }
  {
    const std::lock_guard lock(order_);
    reading_ = false;
    meanwhile_.clear();
  }
  report();
}

PageParts::Loaded PageParts::read(const Wanted& wanted) {
  Loaded loaded;
  if (!wanted.posts.empty()) {
    const std::vector<std::int64_t> ids(wanted.posts.begin(), wanted.posts.end());
    const auto rows = database_.read_on_primary(sql::feed::parts_posts, store::params(ids));
    const auto again = seconds() + again_seconds;
    for (const auto row : rows) {
      const auto post = posts::from_row(row);
      Made<Body> body(Body::make(posts::text_piece(post.text), posts::time_piece(post.created_at)));
      body->id = post.id;
      body->author = post.author->id;
      body->likes = post.like_count;
      body->views = post.view_count;
      body->read_again_at = again;
      const auto text = posts::author_piece(post.author);
      Made<Byline> author(Byline::make(text));
      author->id = post.author->id;
      author->hash = hash_of(text);
      loaded.authors.insert_or_assign(post.author->id, std::move(author));
      loaded.bodies.insert_or_assign(post.id, std::move(body));
      loaded.posts_at = events::snapshot_of(row.text(9));
    }
  }
  if (!wanted.readers.empty()) {
    const std::vector<std::int64_t> ids(wanted.readers.begin(), wanted.readers.end());
    const auto rows =
        database_.read_on_primary(sql::feed::parts_likes, store::params(ids, likes_most));
    for (const auto row : rows) {
      auto posts = ids_of(row.text(1));
      const Id from = posts.size() < likes_most ? 0 : posts.front();
      loaded.likes[row.integer(0)] = {from, std::move(posts)};
      loaded.likes_at = events::snapshot_of(row.text(2));
    }
  }
  return loaded;
}

void PageParts::install(Loaded& loaded) {
  const auto deadline = Deadline::after(await_most);
  const bool covered = await_(loaded.posts_at, deadline) && await_(loaded.likes_at, deadline);
  const std::lock_guard lock(order_);
  if (!covered || void_) return;
  apply_late(loaded);
  for (auto& [id, author] : loaded.authors) authors_.put(author.release());
  for (auto& [id, body] : loaded.bodies) bodies_.put(body.release());
  for (auto& [id, likes] : loaded.likes) likes_.put(LikeSet::make(id, likes.from, likes.posts));
}

// What the log has brought since, as far as what was read does not hold it.
void PageParts::apply_late(Loaded& loaded) const {
  using events::Type;
  for (const auto& event : meanwhile_) {
    const bool liked = event.type == Type::post_liked;
    const bool news = !loaded.posts_at.sees(event.xid);
    if (liked || event.type == Type::post_unliked) {
      const auto body = loaded.bodies.find(event.object);
      if (news && body != loaded.bodies.end()) body->second->likes += liked ? 1 : -1;
      const auto set = loaded.likes.find(event.actor);
      if (set == loaded.likes.end() || loaded.likes_at.sees(event.xid)) continue;
      set_liked(set->second.posts, event.object, liked);
    } else if (news && changes_looks(event.type)) {
      loaded.bodies.erase(event.object);
      loaded.authors.erase(event.object);
    }
  }
}

void PageParts::report() const {
  static auto& posts = metrics::gauge("feedctl_feed_parts_posts", "Posts kept for feed pages.");
  static auto& bytes = metrics::gauge("feedctl_feed_parts_bytes", "Bytes kept for feed pages.");
  const auto size = this->size();
  posts.set(static_cast<double>(size.posts));
  bytes.set(static_cast<double>(size.bytes));
}

}  // namespace feedctl::feed
