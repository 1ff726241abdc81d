#pragma once
// Pages and contents as editors see them: with drafts, versions and links. Plain values.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "pages/pages.hpp"

namespace feedctl::pages {

enum class State { draft, published };
std::string_view to_string(State state);
// nullopt: no state.
std::optional<State> parse_state(std::string_view text);

struct ContentRecord {
  Id id = 0;
  std::string type;  // its name, which may be registered no more
  std::string title;
  std::int64_t counter = 0;
  std::int64_t version = 0;
  Time updated_at = {};
  json::Value payload = {};  // an object
};

// A content with the pages that show it.
struct ContentDetail {
  ContentRecord content;
  std::vector<PageSummary> pages;  // the first ones
};

struct PageLink {
  Id id = 0;
  ContentRecord content;
};

struct PageRecord {
  Id id = 0;
  std::string title;
  State state = State::draft;
  std::int64_t version = 0;
  Time created_at = {};
  Time updated_at = {};
  std::vector<PageLink> links = {};  // in order
};

struct PageRow {
  Id id = 0;
  std::string title;
  State state = State::draft;
  std::int64_t version = 0;
  std::int64_t content_count = 0;
  Time updated_at = {};
};

// A search in a list of pages or contents, bounded as the queries say.
struct ListFilter {
  std::optional<std::string> search = {};  // within the title
  std::optional<Id> id = {};               // found, too
  std::optional<std::string> kind = {};    // the state of pages, the type of contents
};

}  // namespace feedctl::pages
