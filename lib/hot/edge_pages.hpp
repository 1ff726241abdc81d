#pragma once
// First pages as the HTTP edge sends them: the ready bytes of the feed with their head, for the few
// forms in which they are asked for. Answers without waiting, so the server's loops may ask.
// Thread-safe.
#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "hot/hot.hpp"
#include "http/glance.hpp"
#include "http/ready.hpp"

namespace feedctl::hot {

// How a first page is answered, from memory or by the handler.
http::Response response_of(const ReadyPage& page, const http::Request& request, int limit,
                           std::chrono::seconds age);

class EdgePages {
 public:
  // `feed` must outlive it.
  EdgePages(Feed& feed, int default_limit, int max_limit)
      : feed_(feed), default_limit_(default_limit), max_limit_(max_limit) {}

  // None for a request that names anybody or anything but a limit, and where the feed has no page
  // that may be shown. While the next page or the handlers are late the last one is given, as
  // stale.
  http::MemoryAnswer answer(const http::Glance& glance);

 private:
  struct Place {
    std::string path;
    int limit = 0;
    ReadyPtr page;
    std::chrono::seconds age{0};  // of a stale one
    std::shared_ptr<const http::Ready> ready;
    std::uint64_t used = 0;  // the greatest: last
  };
  std::shared_ptr<const http::Ready> dressed(const http::Glance& glance, int limit, ReadyPtr page,
                                             std::chrono::seconds age);

  Feed& feed_;
  const int default_limit_, max_limit_;
  std::mutex mutex_;
  std::array<Place, 16> places_;
  std::uint64_t uses_ = 1;
};

}  // namespace feedctl::hot
