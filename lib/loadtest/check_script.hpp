#pragma once
// The script of --check: an author and a reader who use the API, and what each answer must be.
//
// The first steps make both users and the follow. A round posts, reads both feeds, views, likes,
// unlikes, walks the reader's feed to its end, unfollows and follows again, and deletes the oldest
// post. Each read of a feed carries the token of the last answer, so that it must show everything
// before. Others may like and view the posts: counts are compared as lower bounds. One thread at a
// time.
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "loadtest/check_answer.hpp"
#include "loadtest/check_log.hpp"
#include "loadtest/check_step.hpp"
#include "loadtest/page_order.hpp"

namespace feedctl::loadtest {

struct ScriptOptions {
  // Begins handles, texts and idempotency keys: 1 to 20 of [a-z0-9_], of this script alone.
  std::string name;
  std::optional<CheckUser> author = {}, reader = {};  // without: it makes them
  // Redis may lose views that are not flushed yet, so counts may shrink.
  bool may_views_shrink = false;
};

class CheckScript {
 public:
  static constexpr std::size_t max_posts = 8;
  static constexpr std::size_t max_walk_pages = 40;

  // `log` must outlive it.
  CheckScript(ScriptOptions options, CheckLog& log);

  Steps first_steps();
  Steps next_round();

  // An answer carried X-Feed-Token; "": it did not.
  void on_token(std::string_view token);
  // A request has no clear answer: the database may have been restarted.
  void on_failure() { may_token_be_ahead_ = true; }
  // A database that lost power counts transactions anew, so a token may be ahead of it. False: no
  // failure explains that the token is refused.
  bool drop_token();
  void hand_over_posts();
  std::uint64_t finding_count() const { return finding_count_; }

 private:
  struct OwnPost {
    CheckedPost checked;
    std::int64_t views_of_post = 0, views_of_feed = 0, views_posted = 0;  // the highest so far
  };
  enum class Role : std::uint8_t { author, reader };

  // check_script_steps.cpp
  Step create_user(Role role);
  Step set_following(bool follows);
  Step publish();
  Step expect_in_feed(Role role);
  Step expect_no_author();
  Step set_like(Role role, bool likes);
  Step expect_post(Role role);
  Step view();
  Step walk(std::string cursor);  // "": the first page
  Step delete_oldest();
  Step expect_gone();

  Step command(std::string what, std::string method, std::string target, std::string body,
               Role role, std::vector<int> statuses);
  CheckRequest feed_request(Role role, const std::string& query) const;
  void compare_counts(const ShownPost& shown, Role role, bool is_in_feed, const Answer& answer);
  void compare_likes(const OwnPost& post, const ShownPost& shown, Role role, const Answer& answer);
  void note_deleted(Id post, Certainty exists);
  static std::set<Id> ids_of(const std::map<Id, OwnPost>& posts);
  void report(const std::string& sentence, const Answer& answer);
  OwnPost* newest();
  const CheckUser& user(Role role) const { return role == Role::author ? author_ : reader_; }
  std::string new_key();

  const ScriptOptions options_;
  CheckLog& log_;
  CheckUser author_, reader_;
  std::map<Id, OwnPost> posts_;    // that exist
  std::map<Id, OwnPost> deleted_;  // the last ones
  std::optional<PageWalk> walk_;
  std::string token_;
  bool may_token_be_ahead_ = false;
  std::uint64_t key_count_ = 0, finding_count_ = 0;
};

}  // namespace feedctl::loadtest
