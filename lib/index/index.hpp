#pragma once
// The feed index: the recent posts by author and whom the users seen lately follow, in memory, for
// home feeds in microseconds. Knows no database: a writer feeds it from the log, loaders bring what
// users follow (RELIABILITY 2b, models/feed_index_model.py).
//
// Every page is one cut of the commit order: posts and removals are numbered, a publication says up
// to which numbers readers see, and a user's follows are served only where the publication covers
// what they were loaded at. No page goes back behind an earlier one.
//
// Threads: one writer; any number of loaders and readers, who wait for nobody.
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "events/position.hpp"
#include "index/accounts.hpp"
#include "index/follow_set.hpp"

namespace feedctl::index {

struct Item {
  Id post;
  Id author;
};

struct Page {
  enum class Answer {
    here,       // `items`, `more` and `token` are the page
    load,       // the user's follows are to be loaded first
    elsewhere,  // memory does not cover it
  };
  Answer answer = Answer::elsewhere;
  std::vector<Item> items;  // newest first
  bool more = false;
  std::string token;  // events::Token of the publication

  std::optional<Id> next() const {  // what the page after this one lies below
    return more ? std::optional(items.back().post) : std::nullopt;
  }
};

struct Size {
  std::uint32_t posts = 0;
  std::uint32_t accounts = 0;
  std::uint32_t sets = 0;
  std::size_t set_bytes = 0;
  std::size_t list_bytes = 0;

  std::size_t bytes() const;  // about, with the tables of posts and accounts
};

class Index {
 public:
  Index();
  ~Index();

  // -- the writer. What it does is seen by readers with the next publish().
  // A post that is known or was removed is passed over, so slices of a load and the log may overlap
  // in any order.
  void add(Id post, Id author);
  void remove(Id post, Id author);
  void remove_author(Id user);
  // What the user follows has changed: their set is dropped, and loads that run come to nothing.
  void forget_follows(Id user);
  // All that the log holds up to `position` is in.
  void publish(const events::Snapshot& position);
  // From here on the slices of the load are in too, so pages may be served. `floor`: posts below it
  // are not in memory. `nothing_below`: there are none.
  void complete(Id floor, bool nothing_below);
  // Raises the floor; posts below it leave the memory as sweep() comes to them.
  void raise_floor(Id floor);
  // Posts from the floor on, the removed ones too; the lowest and the highest of their ids (0: no
  // post), and about the id that so many lie above.
  std::uint32_t posts_kept() const { return kept_; }
  Id oldest_post() const { return oldest_; }
  Id newest_post() const { return newest_; }
  Id nth_newest(std::uint32_t n) const;
  // Looks at so many accounts: forgets posts below the floor and removed ones, drops the follows of
  // those that nobody asked for since the last look while sets take more than `set_bytes`.
  void sweep(std::uint32_t accounts, std::size_t set_bytes);

  // -- loaders
  struct Loading {
    Id user;
    std::uint32_t generation;
    std::uint32_t floors;
    std::uint32_t below;
    Id floor;  // what `Follows::older` is to lie below
  };
  // To be called before the load's snapshot is taken. Keeps nothing: there may be no such user.
  Loading begin_load(Id user) const;
  // No post lies below the floor. To be asked once the load has begun.
  bool nothing_below() const { return nothing_below_.load(); }
  // How many posts above the floor a feed of these follows has, `most` at most.
  std::size_t count(Id user, const Follows& follows, std::size_t most);
  // Once a publication covers the load's snapshot. False: the follows have changed since the load
  // began; load again.
  bool install(const Loading& loading, const Follows& follows);

  // -- readers
  // The newest `limit` posts below id `before`. Buffers of `page` are used again.
  void read(Id user, Id before, std::size_t limit, Page& page) const;
  // Whether pages show all that the token saw.
  bool covers(const events::Token& token) const;
  bool covers(const events::Snapshot& snapshot) const;
  bool ready() const;
  Id floor() const;
  Size size() const;

 private:
  struct Published;

  std::optional<std::uint32_t> find(Ordinal author, Id post) const;
  void insert(Ordinal author, std::uint32_t post);
  void drop_set(Ordinal user);
  void tidy(Ordinal author, const Published& now);
  void free_segments();
  void count_kept();
  std::uint32_t first_post() const;
  Page::Answer answer(Ordinal user, const Published& now, Id before, std::size_t limit,
                      Page& page) const;
  bool overtaken(const Published& now, std::size_t limit, const Page& page) const;
  void replace(std::atomic<AuthorPosts*>& place, AuthorPosts* with);
  std::mutex& guard(Ordinal user) const { return guards_[user % guards_.size()]; }

  mutable Epochs epochs_;
  Accounts accounts_;
  Segments<Id> ids_;                              // of the posts, by ordinal of arrival
  Segments<std::atomic<std::uint32_t>> removed_;  // the removal's number, 0: living
  std::atomic<const Published*> published_{nullptr};

  // The writer's.
  std::uint32_t posts_ = 0;
  std::uint32_t removals_ = 0;
  std::uint64_t version_ = 0;
  Id floor_ = 0;
  std::uint32_t floors_ = 0;  // how often it was raised
  std::uint32_t kept_ = 0;
  Id oldest_ = 0, newest_ = 0;
  bool complete_ = false;
  std::set<Id> removed_early_;  // while slices may still bring them
  std::uint32_t hand_ = 0;      // of sweep()
  Id swept_floor_ = 0;          // published when the hand began its round
  std::size_t freed_segments_ = 0;

  std::atomic<bool> nothing_below_{false};
  // Changes below the floor are numbered: the last of all, and the last that concerns every set,
  // and every set that does not know its end. Accounts have the others.
  std::atomic<std::uint32_t> below_{0}, below_for_all_{0}, below_for_open_{0};
  std::atomic<std::uint32_t> tidied_{0};  // removals up to this may have left the lists
  std::atomic<std::uint32_t> sets_{0};
  std::atomic<std::size_t> set_bytes_{0}, list_bytes_{0};
  mutable std::array<std::mutex, 64> guards_;  // generation and set of a user change together
};

}  // namespace feedctl::index
