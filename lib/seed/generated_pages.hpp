#pragma once
// Pages of a generated world with their contents, videos and audios in several languages. Plain
// functions; generate_pages() is thread-safe. Internal to lib/seed.
#include <cstdint>
#include <string>
#include <vector>

#include "seed/generated_world.hpp"
#include "store/database.hpp"

namespace feedctl::seed {

struct GeneratedPages {
  struct Page {
    std::string title;
    Time at;
  };
  struct Content {
    std::string type, title, payload;  // payload: a JSON object
    std::int64_t counter;              // impressions
    Time at;
  };
  struct Link {
    std::size_t page, content, position;  // indexes, and the place on the page
  };
  std::vector<Page> pages;
  std::vector<Content> contents;
  std::vector<Link> links;
};

// shape.pages pages. Each has one to six contents; some of them it shares with an earlier page.
GeneratedPages generate_pages(const Shape& shape);

// The database draws their ids.
void insert_pages(store::WriteTx& tx, const GeneratedPages& pages);

}  // namespace feedctl::seed
