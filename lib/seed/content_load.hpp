#pragma once
// Loads a fixture of pages and contents in one transaction. Loading it again changes the same rows;
// counters stay as they are by then. Versions rise where something changes. Call it from one
// thread.
#include <cstddef>
#include <string>

#include "seed/content_fixture.hpp"
#include "store/database.hpp"

namespace feedctl::seed {

struct ContentReport {
  std::size_t pages = 0, contents = 0, links = 0;  // new or changed
};

// Needs the owner's connection, as it moves the sequences of ids. Error(bad_data) if a page or a
// content of a link is neither in the fixture nor in the database.
ContentReport load_content(store::Database& owner, const ContentFixture& fixture,
                           const std::string& source);

bool has_pages(store::Database& database);

}  // namespace feedctl::seed
