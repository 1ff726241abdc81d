#pragma once
// Pages as readers see them: ordered lists of contents of any registered type. Drafts do not exist
// here. Thread-safe.
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

inline constexpr std::int64_t page_size = 10;  // of a list page

// A position in a list that is read page by page.
struct ListPosition {
  std::int64_t count = 0;  // of all items
  std::int64_t number = 1;

  bool has_next() const { return number < last_number(); }
  std::int64_t last_number() const;  // at least 1: an empty list has one page
};

// One page of a list.
template <typename Item>
struct ListPage {
  ListPosition position;
  std::vector<Item> items;
};

// Whether a list may have that page: nullopt is its last one.
bool is_page_number(std::optional<std::int64_t> number);
// `page` with its number; nullopt: the list has no such page.
template <typename Item>
std::optional<ListPage<Item>> with_number(ListPage<Item> page, std::optional<std::int64_t> number) {
  page.position.number = number.value_or(page.position.last_number());
  if (page.items.empty() && page.position.number > 1) return std::nullopt;
  return page;
}

class Pages {
 public:
  Pages(store::Database& database, const ContentTypes& types)
      : database_(database), types_(types) {}

  const ContentTypes& types() const { return types_; }

  // The list by id; page `number` of it, from 1, or the last one (nullopt). nullopt: no such page.
  std::optional<ListPage<PageSummary>> list(std::optional<std::int64_t> number);
  // nullopt: no such page. Contents of a type that is not registered are left out.
  std::optional<Page> get(Id id);

 private:
  store::Database& database_;
  const ContentTypes& types_;
};

}  // namespace feedctl::pages
