#pragma once
// The SQL of pages as readers see them, one statement a call. Errors are those of the store.
// Thread-safe.
#include <optional>

#include "pages/pages.hpp"

namespace feedctl::pages::queries {

// Leaves the number as it is. No pages: there is no such page of the list, or there are none at
// all.
ListPage<PageSummary> list(store::Database& database, std::optional<std::int64_t> number);
std::optional<Page> get(store::Database& database, const ContentTypes& types, Id id);

// A content's payload as the database keeps it. Error(internal) if it is no JSON.
json::Value parse_payload(std::string_view text);

}  // namespace feedctl::pages::queries
