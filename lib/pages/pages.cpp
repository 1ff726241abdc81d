#include "pages/pages.hpp"

#include <algorithm>
#include <limits>

#include "pages/queries.hpp"

namespace feedctl::pages {

std::int64_t PageList::last_number() const {
  return std::max<std::int64_t>((count + Pages::page_size - 1) / Pages::page_size, 1);
}

std::optional<PageList> Pages::list(std::optional<std::int64_t> number) {
  constexpr auto max_number = std::numeric_limits<std::int64_t>::max() / page_size;
  if (number && (*number < 1 || *number > max_number)) return std::nullopt;
  auto list = queries::list(database_, number, page_size);
  list.number = number.value_or(list.last_number());
  if (list.pages.empty() && list.number > 1) return std::nullopt;
  return list;
}

std::optional<Page> Pages::get(Id id) {
  return queries::get(database_, id);
}

}  // namespace feedctl::pages
