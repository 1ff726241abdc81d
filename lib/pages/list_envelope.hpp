#pragma once
// Page-number pagination: ?page=N or ?page=last, and the envelope of count, next, previous and
// results. Pure functions.
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "http/message.hpp"
#include "pages/pages.hpp"

namespace feedctl::pages {

// nullopt: the last page. Error(not_found) for what is no number.
std::optional<std::int64_t> parse_page_number(const http::Request& request);
Error invalid_page();

// `path`: of the list. The links keep other query parameters. `results` writes the items.
http::Response list_response(const http::Request& request, std::string_view path,
                             const ListPosition& position,
                             const std::function<void(json::Writer&)>& results);

}  // namespace feedctl::pages
