#pragma once
// The SQL of pages, one statement a call. Errors are those of the store. Thread-safe.
#include <optional>

#include "pages/pages.hpp"

namespace feedctl::pages::queries {

// Leaves `number` as it is. No pages: there is no such page of the list, or there are none at all.
PageList list(store::Database& database, std::optional<std::int64_t> number, std::int64_t size);
std::optional<Page> get(store::Database& database, Id id);

}  // namespace feedctl::pages::queries
