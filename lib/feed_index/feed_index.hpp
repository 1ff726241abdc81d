#pragma once
// An in-memory index of home feeds: recent posts by author, and the follows of recent readers.
//
// Every page shows the log up to one position. The writer numbers posts and removals, and a
// publication states up to which numbers readers see them. The posts of a suspended author stay in
// memory, and readers skip them (suspensions.hpp), as they skip hidden posts (hidden_posts.hpp). A
// user's follows are served only once the publication covers the snapshot of their load. No page is
// older than an earlier one.
//
// The index floor is the post id from which on memory holds all living posts. Within this library
// it is the floor, and posts below it are older posts.
//
// The index has no database: a writer applies the log, and loaders install what users follow.
// Threads: one writer; any number of loaders and lock-free readers. docs/models.md describes the
// models that check this.
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "events/consistency_token.hpp"
#include "feed_index/account_table.hpp"
#include "feed_index/follow_set.hpp"
#include "feed_index/hidden_posts.hpp"
#include "feed_index/post_table.hpp"
#include "feed_index/suspensions.hpp"

namespace feedctl::feed_index {

struct Item {
  Id post;
  Id author;
};

struct Page {
  enum class Result {
    complete,     // `items`, `has_more` and `token` are the page
    needs_load,   // the user's follows must be loaded first
    not_covered,  // memory does not cover the page
  };
  Result result = Result::not_covered;
  std::vector<Item> items;  // newest first
  bool has_more = false;
  std::string token;  // events::ConsistencyToken of the publication

  std::optional<Id> next() const {  // the upper bound of the next page
    return has_more ? std::optional(items.back().post) : std::nullopt;
  }
};

struct Size {
  std::uint32_t posts = 0;
  std::uint32_t accounts = 0;
  std::uint32_t follow_sets = 0;
  std::size_t follow_set_bytes = 0;
  std::size_t post_list_bytes = 0;

  // An estimate, with the tables of posts and accounts.
  std::size_t bytes() const {
    constexpr std::size_t post_bytes = sizeof(Id) + sizeof(std::uint32_t);
    constexpr std::size_t account_bytes = 64;  // array elements and its share of the hash table
    return posts * post_bytes + accounts * account_bytes + follow_set_bytes + post_list_bytes;
  }
};

struct ReadView;

class FeedIndex {
 public:
  FeedIndex();
  ~FeedIndex();

  // -- the writer. Readers see its changes with the next publish().
  // Ignores known and removed posts, so the slices of the index's load and the log may overlap in
  // any order.
  void add(Id post, Id author);
  void remove(Id post, Id author);
  void remove_author(Id user);
  // The author's posts are skipped from the next publication on, or shown again. Any number of
  // calls for an author; the last one counts.
  void set_suspended(Id user, bool suspended);
  // The post is skipped from the next publication on, or shown again at its place. The post may not
  // be in memory yet. Any number of calls for a post; the last one counts.
  void set_hidden(Id post, Id author, bool hidden);
  // The user's follows changed: drops their set. install_follows() refuses loads in progress.
  void invalidate_follows(Id user);
  // The index holds the log up to `position`.
  void publish(const events::PgSnapshot& position);
  // All slices are loaded, so pages may be served. Memory lacks posts below `floor`.
  // `holds_all_posts`: no such post exists.
  void finish_index_load(Id floor, bool holds_all_posts);
  // Raises the floor. sweep() frees the posts below it.
  void raise_floor(Id floor);
  // Of the posts from the floor on, removed ones included: count, lowest and highest id (0: no
  // post), and approximately the n-th newest id.
  std::uint32_t post_count() const { return posts_.count(); }
  Id oldest_post() const { return posts_.oldest(); }
  Id newest_post() const { return posts_.newest(); }
  Id nth_newest(std::uint32_t n) const { return posts_.nth_newest(n); }
  // Visits the next `accounts` accounts: frees posts that are removed or below the floor. While
  // sets exceed `max_set_bytes`, also drops the sets not read since the last visit (CLOCK).
  void sweep(std::uint32_t accounts, std::size_t max_set_bytes);

  // -- loaders
  struct LoadTicket {
    Id user;
    std::uint32_t generation;
    std::uint32_t floor_version;
    std::uint32_t below_floor_version;
    Id floor;  // the upper bound of `Follows::older`
  };
  // Call before the load of the follows takes its snapshot. Stores nothing, so unknown users take
  // no memory.
  LoadTicket begin_follows_load(Id user) const;
  // Whether no post lies below the floor. Call after begin_follows_load().
  bool holds_all_posts() const { return holds_all_posts_.load(); }
  // The number of posts from the floor on in a feed of these follows, at most `max_posts`.
  std::size_t count_posts(Id user, const Follows& follows, std::size_t max_posts);
  // Call once a publication covers the load's snapshot. False: the follows changed since the load
  // began; load again.
  bool install_follows(const LoadTicket& ticket, const Follows& follows);

  // -- readers
  // The newest `limit` posts below id `before`. Reuses the buffers of `page`.
  void read(Id user, Id before, std::size_t limit, Page& page) const;
  // Whether pages show everything that the token covers.
  bool covers(const events::ConsistencyToken& token) const;
  bool covers(const events::PgSnapshot& snapshot) const;
  bool is_ready() const;
  Id floor() const;
  Size size() const;

 private:
  using EpochGuard = concurrent::EpochReclaimer::Guard;
  struct Publication;

  ReadView view_of(const Publication& now) const;
  std::optional<std::uint32_t> find(Ordinal author, Id post) const;
  void insert_post(Ordinal author, std::uint32_t post);
  void lose_below_floor(Ordinal author);
  void drop_follow_set(Ordinal user);
  void compact(Ordinal author, const Publication& now);
  Page::Result read_page(Ordinal user, const Publication& now, Id before, std::size_t limit,
                         Page& page) const;
  bool must_retry(const Publication& now, std::size_t limit, const Page& page) const;
  void replace_list(std::atomic<AuthorPosts*>& current, AuthorPosts* replacement);
  std::mutex& mutex_of(Ordinal user) const { return mutexes_[user % mutexes_.size()]; }

  mutable concurrent::EpochReclaimer epochs_;
  AccountTable accounts_;
  PostTable posts_;
  std::atomic<const Publication*> published_{nullptr};

  // Only the writer uses these.
  std::uint32_t removals_ = 0;
  Suspensions suspensions_;
  HiddenPosts hidden_;
  std::uint64_t version_ = 0;
  Id floor_ = 0;
  std::uint32_t floor_version_ = 0;  // how often it was raised
  bool load_finished_ = false;
  std::set<Id> early_removals_;   // a slice of the load may still bring these posts
  std::uint32_t clock_hand_ = 0;  // of sweep()
  Id floor_at_sweep_start_ = 0;   // the published floor when clock_hand_ was last at 0

  std::atomic<bool> holds_all_posts_{false};
  // Versions of changes below the floor: all of them, those that invalidate every set, and those
  // that invalidate incomplete sets (see Follows). AccountTable::Removals has those of one author.
  std::atomic<std::uint32_t> below_floor_version_{0}, below_floor_version_all_{0},
      below_floor_version_incomplete_{0};
  std::atomic<std::uint32_t> compacted_removals_{0};  // lists may lack posts removed up to this
  std::atomic<std::uint32_t> follow_set_count_{0};
  std::atomic<std::size_t> follow_set_bytes_{0}, post_list_bytes_{0};
  mutable std::array<std::mutex, 64> mutexes_;  // a user's generation and set change together
};

}  // namespace feedctl::feed_index
