#pragma once
// A page cache with pages made at once, without a database.
#include <memory>
#include <string>

#include "hot/page_cache.hpp"

namespace feedctl::test {

inline hot::CachedPagePtr make_page(const std::string& body) {
  auto page = std::make_shared<hot::CachedPage>();
  page->body = body;
  return page;
}

struct TestPageCache : hot::PageCache {
  void keep(int limit, const std::string& body, Clock::duration life) {
    const auto now = Clock::now();
    hot::PageCache::store(generation(), limit, make_page(body), now, now + life);
  }
  Lookup look(int limit) { return hot::PageCache::lookup(limit, std::chrono::seconds{60}); }
  hot::CachedPagePtr find(int limit) { return look(limit).page; }
};

}  // namespace feedctl::test
