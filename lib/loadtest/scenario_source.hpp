#pragma once
// Requests of a scenario mix: picks an operation by its weight and a user by the pool, and
// remembers posts, cursors, likes and follows from answers for later requests.
//
// An operation that has nothing to work on yet, such as `feed_next` before the first cursor, gives
// way to another one of the mix. What it remembers is bounded. Each generator thread has its own;
// the mix and the pool are shared and immutable.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loadtest/mix.hpp"
#include "loadtest/recent_items.hpp"
#include "loadtest/request_source.hpp"
#include "loadtest/request_writer.hpp"
#include "loadtest/user_pool.hpp"

namespace feedctl::loadtest {

// What the server has before the run.
struct KnownIds {
  std::vector<Id> posts;
  std::vector<Id> pages;  // of the content hub
};

struct ScenarioOptions {
  std::string authority;   // "127.0.0.1:8000"
  std::string key_prefix;  // of Idempotency-Keys; no other source has it
  std::uint64_t seed = 0;  // equal seeds and answers give equal requests
};

class ScenarioSource final : public RequestSource {
 public:
  static constexpr std::size_t max_posts = 4096, max_cursors = 256, max_pairs = 4096;

  ScenarioSource(std::shared_ptr<const Mix> mix, std::shared_ptr<const UserPool> users,
                 const KnownIds& known, ScenarioOptions options);

  // False: no operation of the mix has anything to work on.
  bool next(PlannedRequest& request) override;
  Outcome on_answer(const PlannedRequest& request, const Answer& answer) override;

 private:
  // A user, and the post or user that the request is about.
  struct Pair {
    std::size_t user = 0;  // the rank in the pool
    Id target = 0;
  };
  struct SentRequest {
    std::uint64_t number = 0;
    Pair pair;
  };
  struct Cursor {
    std::size_t user = 0;
    std::string text;
  };

  std::uint64_t random();
  std::size_t pick_operation();
  std::optional<std::size_t> usable_operation(std::size_t wanted) const;
  bool is_usable(const MixOperation& operation) const;
  void write(const MixOperation& operation, PlannedRequest& request);
  void write_feed(std::string& out, std::string_view cursor);
  void write_post(std::string& out);
  void write_view(std::string& out);
  void write_views(std::string& out);
  void write_like(std::string& out);
  void write_unlike(std::string& out);
  void write_follow(std::string& out, bool follows);
  void write_read(std::string& out, std::string_view path, Id id, std::string_view query = "");
  void write_page(std::string& out);
  void write_raw(const RawRequest& raw, PlannedRequest& request);
  void append_filled(std::string& out, std::string_view text);
  void finish_command(bool takes_key);
  void append_text();
  const LoadUser* actor() const;
  void learn(const MixOperation& operation, const SentRequest& sent, const Answer& answer);
  void learn_posts(std::string_view body);

  std::shared_ptr<const Mix> mix_;
  std::shared_ptr<const UserPool> users_;
  std::vector<Id> pages_;
  RequestWriter writer_;
  std::uint64_t random_state_;
  std::vector<double> cumulative_weights_;
  const bool needs_posts_, needs_cursors_, needs_likes_, needs_follows_;
  RecentItems<Id> posts_{max_posts};
  RecentItems<Cursor> cursors_{max_cursors};
  RecentItems<Pair> likes_{max_pairs}, follows_{max_pairs};
  std::vector<SentRequest> sent_;  // by number; a later one overwrites
  std::uint64_t number_ = 0;       // of the request that is written
  std::uint64_t post_lists_ = 0;   // answers with posts so far
  Pair pair_;
  bool is_anonymous_ = false;
  std::string body_;
};

}  // namespace feedctl::loadtest
