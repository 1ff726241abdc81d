#pragma once
// A server in memory for the scripts of --check: it carries out their requests, right or wrong.
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "loadtest/check_log.hpp"
#include "loadtest/check_script.hpp"
#include "loadtest/check_session.hpp"

namespace feedctl::test {

struct FakeRequest {
  std::string method, target, body, idempotency_key;
  Id actor = 0;

  std::string path() const { return target.substr(0, target.find('?')); }
  std::string query(const std::string& name) const;
  bool is_feed() const { return path() == "/v1/feed"; }
};
FakeRequest parse_request(const std::string& bytes);

struct FakeAnswer {
  int status = 200;
  std::string body;
};

// The faults that it may have.
struct Faults {
  bool loses_posts = false;       // a feed lacks the newest post
  bool swaps_posts = false;       // a feed's first two posts are in the wrong order
  bool doubles_posts = false;     // a page begins with the last post of the page before
  bool skips_posts = false;       // a page leaves out a post at its begin
  bool keeps_unfollowed = false;  // a feed ignores an unfollow
  bool forgets_likes = false;     // like counts stay 0
  bool says_liked = false;        // every post is shown as liked
  bool shrinks_views = false;     // a view count falls after the second view
  bool keeps_deleted = false;     // a deleted post is still answered
  bool shows_deleted = false;     // and still in feeds
  bool refuses_tokens = false;    // min_token is answered 400
};

class FakeServer {
 public:
  explicit FakeServer(Faults faults = {}) : faults_(faults) {}
  FakeAnswer answer(const FakeRequest& request);
  // How often a command was carried out, by its key.
  const std::map<std::string, int>& keys() const { return keys_; }

 private:
  struct Post {
    Id author = 0;
    std::set<Id> likes;
    int views = 0;
    bool is_deleted = false;
  };
  FakeAnswer run_command(const FakeRequest& request);
  FakeAnswer feed(const FakeRequest& request) const;
  FakeAnswer show(Id post, Id actor) const;
  FakeAnswer view(const FakeRequest& request);
  std::vector<Id> feed_of(Id reader) const;
  std::string post_json(Id post, Id actor) const;

  const Faults faults_;
  Id next_id_ = 100;
  std::map<Id, Post> posts_;
  std::set<std::pair<Id, Id>> follows_;
  std::map<std::string, int> keys_;
  std::map<std::string, FakeAnswer> stored_;
};

// One script against a server, without a network.
class ScriptRun {
 public:
  explicit ScriptRun(Faults faults = {}, loadtest::ScriptOptions options = {.name = "lt"});

  // Sends `count` requests and gives their answers back; fewer once the session is over.
  void run(int count);
  // The next request alone.
  FakeRequest send();
  loadtest::Outcome give(const FakeAnswer& answer);
  loadtest::Outcome give_no_answer(loadtest::Outcome outcome, int status = 0);
  // Goes on until a request with this start of its target and this method comes; it is not
  // answered.
  FakeRequest run_to(const std::string& method, const std::string& target);

  loadtest::CheckLog log;
  FakeServer server;
  std::unique_ptr<loadtest::CheckSession> session;
  loadtest::Clock::time_point now{};

 private:
  loadtest::Outcome deliver(loadtest::Answer answer);
  FakeRequest last_;
};

}  // namespace feedctl::test
