#pragma once
// Fills a database with a world: people, follows, posts and likes, read from a fixture file or a
// graph of edges. Everything goes in by one transaction, counters and events included, so a server
// that is running sees all of it or nothing. Needs the owner's connection (temporary tables).
#include <functional>
#include <istream>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::seed {

// People and posts refer to one another by their index.
struct World {
  struct User {
    std::string handle, name;
    Time at;
  };
  struct Post {
    std::size_t author;
    std::string text;
    Time at;
  };
  struct Like {
    std::size_t user, post;
    Time at;
  };
  std::vector<User> users;
  std::vector<std::pair<std::size_t, std::size_t>> follows;  // follower, followee
  std::vector<Post> posts;
  std::vector<Like> likes;
  std::size_t skipped_lines = 0;  // self-loops and repeated edges of a graph
};

inline constexpr std::size_t max_fixture_bytes = 16 * 1024 * 1024;

// The YAML of fixtures/small.yaml: users, follows, posts with likes; ages count back from `now`.
// `source` names the file in errors: Error(bad_data, "small.yaml:12: ...").
World read_fixtures(const std::string& yaml, const std::string& source, Time now);
// The small lively world that is built in.
World small_world(Time now);
// `a b` a line, numbers from 0; '#' and '%' begin comments. Node n becomes handle u<n>. Undirected:
// both follow each other.
World read_graph(std::istream& in, const std::string& source, bool directed, Time now);

struct Options {
  bool force = false;  // add to a database that holds users already; known handles are reused
  // Told of each thousand rows sent, and asked (0) between statements; false stops: Error(failed),
  // and nothing is written.
  std::function<bool(std::size_t rows)> on_rows;
};

struct Report {
  std::size_t users = 0, follows = 0, posts = 0, likes = 0, skipped_lines = 0;
};

// Error(failed) where the database is not empty and `force` is not set.
Report load(store::Database& owner, const World& world, const Options& options);

bool empty(store::Database& database);

}  // namespace feedctl::seed
