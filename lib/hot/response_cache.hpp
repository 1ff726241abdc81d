#pragma once
// A cache of prepared HTTP responses: the first pages of the hot feed with their headers, one for
// each of the 16 last used paths and limits. Never waits, so it runs on the event loops.
// Thread-safe.
#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "hot/hot_feed.hpp"
#include "http/fast_request_head.hpp"
#include "http/prepared_response.hpp"

namespace feedctl::hot {

// The response with a first page, for the cache and for the handler.
http::Response make_response(const CachedPage& page, const http::Request& request, int limit,
                             std::chrono::seconds age);

class ResponseCache {
 public:
  // `feed` must outlive this object.
  ResponseCache(HotFeed& feed, int default_limit, int max_limit)
      : feed_(feed), default_limit_(default_limit), max_limit_(max_limit) {}

  // No response for a request with an actor, or with a parameter other than `limit`, and if the
  // feed has no page that may be shown. While the next page is late, or the server is overloaded,
  // the last page is sent, marked as stale.
  http::InlineResponse try_respond(const http::FastRequestHead& head);

 private:
  struct Entry {
    std::string path;
    int limit = 0;
    CachedPagePtr page;
    std::chrono::seconds age{0};  // of a stale page
    std::shared_ptr<const http::PreparedResponse> response;
    std::uint64_t last_used = 0;  // value of use_counter_
  };
  std::shared_ptr<const http::PreparedResponse> prepared_response(const http::FastRequestHead& head,
                                                                  int limit, CachedPagePtr page,
                                                                  std::chrono::seconds age);

  HotFeed& feed_;
  const int default_limit_, max_limit_;
  std::mutex mutex_;
  std::array<Entry, 16> entries_;
  std::uint64_t use_counter_ = 1;
};

}  // namespace feedctl::hot
