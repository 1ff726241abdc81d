#pragma once
// A scenario mix: which operations a load test asks for, how often, and which statuses they expect.
// Plain values; the functions are pure.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace feedctl::loadtest {

enum class Action {
  feed,       // the first page of the actor's home feed
  feed_next,  // the page after one that was read
  hot,
  post_read,
  user_read,
  post,
  like,
  unlike,  // of a like that this run made
  follow,
  unfollow,  // of a follow that this run made
  view,
  views_batch,
  page,
  health,
  raw,
};

// nullopt for "raw", and for any other word that is no operation.
std::optional<Action> parse_action(std::string_view name);
// All but raw.
std::vector<std::string> action_names();

// Path and body may hold {user}, {post} and {random}: the actor's id, the id of a post that the run
// knows, and a number that does not repeat.
struct RawRequest {
  std::string method = "GET";
  std::string path;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
};

struct MixOperation {
  std::string name;
  Action action = Action::feed;
  double weight = 1;
  std::vector<int> expect = {200};  // statuses
  bool is_anonymous = false;        // sends no credentials
  RawRequest raw = {};
};

struct Mix {
  std::string name;
  std::vector<MixOperation> operations;
  double zipf_exponent = 0.8;  // of the users who act; 0: all alike
  std::size_t min_text = 20, max_text = 280;
  int page_size = 20;   // of feeds
  int batch_size = 20;  // views of one views_batch
  bool sends_idempotency_keys = true;
};

std::vector<std::string> operation_names(const Mix& mix);
// The operation as it is without a word about it in the mix.
MixOperation default_operation(std::string name, Action action);
// Whether an operation acts for a user.
bool needs_users(const Mix& mix);
bool uses(const Mix& mix, Action action);
// Whether an operation works on posts that exist.
bool needs_posts(const Mix& mix);
bool has_placeholder(const RawRequest& raw, std::string_view placeholder);

}  // namespace feedctl::loadtest
