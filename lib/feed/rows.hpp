#pragma once
// What keeping user_feed complete asks of the database, in the caller's unit. The handlers are
// templates over this class (feed/handlers.hpp), so that tests walk them through every interleaving
// over tables in memory. Errors as of store::WriteTx.
#include <optional>
#include <vector>

#include "events/unit.hpp"
#include "jobs/jobs.hpp"

namespace feedctl::feed {

using Ids = std::vector<std::int64_t>;

// New posts; and who follows whom since lately, pair by pair.
struct News {
  Ids posts, followers, followees, users;
};

// What is too much to be handled with its event: a post with so many followers, or a pair.
struct TooBig {
  std::optional<Id> post;
  std::int64_t total = 0;
  Id follower = 0, followee = 0;
};

// Of a list by id: how many were looked at, and the last of them.
struct Looked {
  std::int64_t count = 0;
  Id last = 0;
};

struct Filled {
  bool done = false;
  Id cursor = 0;
  std::int64_t rows = 0;
};

class Rows {
 public:
  explicit Rows(events::Unit& unit) : unit_(unit) {}

  // Those of the living users for whom no rows are kept begin to fill, by a job each.
  void activate(const Ids& users);
  // Rows of the posts and pairs; what is left is for jobs. Authors with more than `pull` followers
  // are merged at reads from now on.
  std::vector<TooBig> spread(const News& news, std::int64_t pull, std::int64_t direct_followers,
                             int direct_posts);
  void add_job(const jobs::NewJob& job);
  // Rows of the post for at most `most` followers above `after`.
  Looked fan_out(Id post, Id after, int most);
  // Rows of at most `most` posts below `below` for the follower.
  Looked backfill(Id follower, Id followee, Id below, int most);
  // Rows of the next posts, of so many followees and posts at most; nullopt: this generation is not
  // filling any more.
  std::optional<Filled> fill(Id user, std::int64_t generation, int followees, int posts);

 private:
  events::Unit& unit_;
};

}  // namespace feedctl::feed
