#pragma once
// The friendships of 962 people, imported, and beside them what must follow from the file and from
// all that was done since over HTTP. Not thread-safe; calls fail the test where the server does.
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/api.hpp"
#include "support/fresh_database.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::api {

class RealGraph {
 public:
  explicit RealGraph(const support::FreshDatabase& database);
  // Learns the people's ids.
  void meet(const HttpClient& http);

  std::int64_t join(const HttpClient& http, const std::string& handle);
  void follow(const HttpClient& http, std::int64_t who, std::int64_t whom);
  void unfollow(const HttpClient& http, std::int64_t who, std::int64_t whom);
  void post(const HttpClient& http, std::int64_t author);
  void remove_post(const HttpClient& http, std::int64_t post);
  void leave(const HttpClient& http, std::int64_t user);
  // A post that came by another way.
  void note_post(std::int64_t post, std::int64_t author) { living_[post] = author; }

  // Somebody, one whom `user` follows (0: nobody), some post.
  std::int64_t someone();
  std::int64_t followee_of(std::int64_t user);
  std::int64_t some_post();
  bool chance(unsigned one_in) { return random_() % one_in == 0; }

  std::vector<std::int64_t> people() const;
  const std::map<std::int64_t, std::int64_t>& posts() const { return living_; }
  // The definition: own posts and those of followees, newest first.
  std::vector<std::int64_t> feed(std::int64_t user) const;

 private:
  std::vector<std::pair<int, int>> edges_;
  std::map<std::int64_t, std::set<std::int64_t>> follows_;  // by user
  std::map<std::int64_t, std::int64_t> living_;             // post -> author, ascending
  std::mt19937 random_{2};
};

}  // namespace feedctl::api
