#pragma once
// The friendships of 962 people, imported, and beside them what must follow from the file and from
// all that was done since over HTTP. Not thread-safe; calls fail the test where the server does.
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/api.hpp"
#include "support/fresh_database.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::api {

class RealGraph {
 public:
  explicit RealGraph(const support::FreshDatabase& database);

  std::int64_t add_user(const HttpClient& http, const std::string& handle);
  void follow(const HttpClient& http, std::int64_t who, std::int64_t whom);
  void unfollow(const HttpClient& http, std::int64_t who, std::int64_t whom);
  void post(const HttpClient& http, std::int64_t author);
  void remove_post(const HttpClient& http, std::int64_t post);
  void delete_user(const HttpClient& http, std::int64_t user);
  // A post that came by another way.
  void record_post(std::int64_t post, std::int64_t author) { posts_[post] = author; }

  // Somebody, one whom `user` follows (0: nobody), some post.
  std::int64_t random_user();
  std::int64_t random_followee(std::int64_t user);
  std::int64_t random_post();
  bool chance(unsigned one_in) { return random_() % one_in == 0; }

  std::vector<std::int64_t> users() const;
  const std::map<std::int64_t, std::int64_t>& posts() const { return posts_; }
  // The definition: own posts and those of followees, newest first.
  std::vector<std::int64_t> expected_feed(std::int64_t user) const;

 private:
  void load_user_ids(const support::FreshDatabase& database);

  std::vector<std::pair<int, int>> edges_;
  std::map<std::int64_t, std::set<std::int64_t>> follows_;  // by user
  std::map<std::int64_t, std::int64_t> posts_;              // post -> author, ascending
  std::mt19937 random_{2};
};

}  // namespace feedctl::api
