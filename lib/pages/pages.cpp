#include "pages/pages.hpp"

#include <algorithm>
#include <limits>

#include "pages/queries.hpp"

namespace feedctl::pages {

std::int64_t ListPosition::last_number() const {
  return std::max<std::int64_t>((count + page_size - 1) / page_size, 1);
}

bool is_page_number(std::optional<std::int64_t> number) {
  constexpr auto max_number = std::numeric_limits<std::int64_t>::max() / page_size;
  return !number || (*number >= 1 && *number <= max_number);
}

std::optional<ListPage<PageSummary>> Pages::list(std::optional<std::int64_t> number) {
  if (!is_page_number(number)) return std::nullopt;
  return with_number(queries::list(database_, number), number);
}

std::optional<Page> Pages::get(Id id) {
  return queries::get(database_, types_, id);
}

}  // namespace feedctl::pages
