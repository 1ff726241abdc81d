#pragma once
// The JSON of pages and contents for editors. Pure functions.
#include <string_view>

#include "base/json_writer.hpp"
#include "http/message.hpp"
#include "pages/records.hpp"

namespace feedctl::pages {

// The members of a content's type, without braces. A missing one is null; of a type that is not
// registered there are none.
void append_payload(json::Writer& writer, const ContentType* type, const json::Value& payload);

// `pages`: nullptr leaves the member out.
void append_content(json::Writer& writer, const ContentTypes& types, const ContentRecord& content,
                    const std::vector<PageSummary>* pages = nullptr);
void append_page_row(json::Writer& writer, const PageRow& page);

// With ETag.
http::Response page_response(const http::Request& request, const ContentTypes& types, int status,
                             const PageRecord& page);
http::Response content_response(const ContentTypes& types, int status, const ContentDetail& detail);

}  // namespace feedctl::pages
