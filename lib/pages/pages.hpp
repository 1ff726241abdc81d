#pragma once
// Pages: ordered lists of contents of any registered type. Read only. Thread-safe.
//
// Errors as of store::Database.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "pages/content_types.hpp"
#include "store/database.hpp"

namespace feedctl::pages {

struct Content {
  Id id = 0;
  const ContentType* type = nullptr;
  std::string title;
  std::int64_t counter = 0;  // its impressions, up to the last flush
  json::Value payload;       // an object
};

struct Page {
  Id id = 0;
  std::string title;
  std::vector<Content> contents;  // in order
};

struct PageSummary {
  Id id = 0;
  std::string title;
};

// One page of the list of pages.
struct PageList {
  std::int64_t count = 0;  // of all pages
  std::int64_t number = 1;
  std::vector<PageSummary> pages;

  bool has_next() const { return number < last_number(); }
  std::int64_t last_number() const;  // at least 1: an empty list has one page
};

class Pages {
 public:
  static constexpr std::int64_t page_size = 10;

  explicit Pages(store::Database& database) : database_(database) {}

  // The list by id; page `number` of it, from 1, or the last one (nullopt). nullopt: no such page.
  std::optional<PageList> list(std::optional<std::int64_t> number);
  // nullopt: no such page. Contents of a type that is not registered are left out.
  std::optional<Page> get(Id id);

 private:
  store::Database& database_;
};

}  // namespace feedctl::pages
