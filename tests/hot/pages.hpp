#pragma once
// First pages that are made in no time, without a database.
#include <memory>
#include <string>

#include "hot/ready.hpp"

namespace feedctl::test {

inline hot::ReadyPtr page_of(const std::string& body) {
  auto page = std::make_shared<hot::ReadyPage>();
  page->body = body;
  return page;
}

struct Pages : hot::ReadyPages {
  void keep(int limit, const std::string& body, Clock::duration life) {
    const auto now = Clock::now();
    hot::ReadyPages::keep(ticket(), limit, page_of(body), now, now + life);
  }
  Found look(int limit) { return hot::ReadyPages::find(limit, std::chrono::seconds{60}); }
  hot::ReadyPtr find(int limit) { return look(limit).page; }
};

}  // namespace feedctl::test
