#include "loadtest/final_check.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "base/error.hpp"
#include "base/url.hpp"
#include "http_client/client.hpp"
#include "loadtest/check_answer.hpp"

namespace feedctl::loadtest {

namespace {

constexpr int max_reads = 5;   // of one post
constexpr int max_waits = 20;  // of the whole check: the server may be away
constexpr std::size_t max_like_pages = 100;
// In a row: then the server is gone, and each further read may take a time-out.
constexpr std::size_t max_unanswered = 3;

std::string path_of(Id post) {
  return "/v1/posts/" + std::to_string(post);
}

// No value: it could not be read.
std::optional<std::set<Id>> fetch_likers(const Fetch& fetch, Id post) {
  std::set<Id> users;
  std::string cursor;
  for (std::size_t i = 0; i < max_like_pages; ++i) {
    const auto answer = fetch(path_of(post) + "/likes?limit=100" +
                              (cursor.empty() ? "" : "&cursor=" + percent_encode(cursor)));
    if (!answer || answer->status != 200) return std::nullopt;
    const auto page = read_likes_page(answer->body);
    users.insert(page.users.begin(), page.users.end());
    if (!page.next_cursor) return users;
    cursor = *page.next_cursor;
  }
  return std::nullopt;
}

std::string likes_fault(const CheckedPost& post, std::int64_t shown, const std::set<Id>& likers) {
  for (const auto& [user, state] : post.likes) {
    const bool is_listed = likers.contains(user);
    if (state == Certainty::yes && !is_listed)
      return "the like of user " + std::to_string(user) + " was acknowledged and is not listed";
    if (state == Certainty::no && is_listed)
      return "the like of user " + std::to_string(user) + " was taken back and is listed";
  }
  if (shown == static_cast<std::int64_t>(likers.size())) return "";
  return "like_count is " + std::to_string(shown) + ", and " + std::to_string(likers.size()) +
         " likes are listed";
}

// "": as expected. No value: it could not be read.
std::optional<std::string> fault_of(const CheckedPost& post, const Fetch& fetch) {
  const auto answer = fetch(path_of(post.id));
  if (!answer || answer->status >= 500 || answer->status == 429) return std::nullopt;
  if (answer->status == 404)
    return post.exists == Certainty::yes ? "it was acknowledged and is not found" : "";
  if (answer->status != 200) return "it is answered " + std::to_string(answer->status);
  if (post.exists == Certainty::no) return "its deletion was acknowledged and it is shown";
  const auto likers = fetch_likers(fetch, post.id);
  if (!likers) return std::nullopt;
  return likes_fault(post, read_post(answer->body).like_count, *likers);
}

std::optional<std::string> read_fault(const CheckedPost& post, const Fetch& fetch) {
  try {
    return fault_of(post, fetch);
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

FinalCheck check_final_state(CheckLog& log, const Fetch& fetch, const std::function<void()>& wait) {
  FinalCheck result;
  int waits = 0;
  std::size_t unanswered_in_a_row = 0;
  for (const auto& post : log.posts()) {
    if (unanswered_in_a_row == max_unanswered) {
      ++result.unanswered;
      continue;
    }
    auto fault = read_fault(post, fetch);
    for (int read = 1; read < max_reads && waits < max_waits && fault != ""; ++read) {
      ++waits;
      wait();
      fault = read_fault(post, fetch);
    }
    if (!fault) {
      ++result.unanswered;
      ++unanswered_in_a_row;
      continue;
    }
    unanswered_in_a_row = 0;
    ++result.compared;
    log.add_check();
    if (!fault->empty())
      log.add_finding("after the load, post " + std::to_string(post.id) + ": " + *fault);
  }
  return result;
}

Fetch make_fetch(const std::string& url) {
  http_client::Options options;
  options.allow_loopback_http = options.allow_private_addresses = options.allow_private_http = true;
  const auto client = std::make_shared<http_client::Client>(std::move(options));
  return [client, url](const std::string& target) -> std::optional<FetchedAnswer> {
    try {
      auto answer = client->get(url + target);
      return FetchedAnswer{answer.status, std::move(answer.body),
                           std::string(answer.header("x-request-id"))};
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable) throw;
      return std::nullopt;
    }
  };
}

}  // namespace feedctl::loadtest
