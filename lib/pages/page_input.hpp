#pragma once
// Reads what a client writes into a page, and its searches. Pure functions. Faults of a body are
// collected, so that the client sees all of them at once.
#include <string_view>

#include "base/json.hpp"
#include "http/message.hpp"
#include "pages/page_editor.hpp"

namespace feedctl::pages {

// `is_new`: the title is required.
PageInput read_page(const ContentTypes& types, const json::Value& body, bool is_new);
PlaceInput read_new_place(const ContentTypes& types, const json::Value& body);
PlaceInput read_move(const json::Value& body);

// A query parameter that is searched for. Error(invalid_argument) where it is longer than 200
// characters or no text. "" where it is absent or blank.
std::string search_text(const http::Request& request, std::string_view name);
// Error(invalid_argument) for an unknown state or type.
ListFilter page_filter(const http::Request& request);
ListFilter content_filter(const http::Request& request, const ContentTypes& types);

}  // namespace feedctl::pages
