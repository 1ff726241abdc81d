#pragma once
// The first rows of a reader's home feed, in the shared cache for one minute as feed:{user_id}.
//
// A cached page is only a hint: the reader merges own posts and those of authors without rows, and
// filters unfollowed authors and deleted posts at that moment. Workers invalidate it after the
// commit of every row that may belong to it. Without a shared cache, or while it is unavailable,
// nothing is cached and nothing throws. Thread-safe.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "cache/cached_lists.hpp"
#include "events/pg_snapshot.hpp"

namespace feedctl::feed_materialized {

inline constexpr int first_page_rows = 80;

struct CachedFirstPage {
  events::PgSnapshot snapshot;          // of the statement that read the rows
  std::int64_t generation = 0;          // of the reader's rows
  Id feed_floor = 0;                    // no rows were read below it
  bool is_complete = false;             // these are all rows of the reader from the floor on
  std::vector<Id> posts, authors = {};  // newest first; the author of each post

  // Whether it can answer a page of `limit` posts.
  bool covers(int limit) const {
    return is_complete || posts.size() > static_cast<std::size_t>(limit);
  }
};

// "xmin:xmax:xip generation floor complete post author,post author,..".
std::string serialize(const CachedFirstPage& page);
// nullopt for malformed text, also for posts that do not descend.
std::optional<CachedFirstPage> parse_first_page(std::string_view text);
// Parses the last part of that text. False if it is malformed.
bool parse_first_page_rows(std::string_view text, CachedFirstPage& page);

std::string first_page_key(Id user);

struct FirstPageCodec {
  using List = CachedFirstPage;
  static std::string key(Id user) { return first_page_key(user); }
  static std::string text(const List& list) { return serialize(list); }
  static std::optional<List> parse(std::string_view text) { return parse_first_page(text); }
};
using FirstPageCache = cache::CachedLists<FirstPageCodec>;

}  // namespace feedctl::feed_materialized
