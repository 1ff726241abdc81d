#include "pages/list_envelope.hpp"

#include "base/url.hpp"
#include "http/absolute_url.hpp"

namespace feedctl::pages {

namespace {

// The same request for another page of the list. The first page has no number.
std::string list_url(const http::Request& request, std::string_view path, std::int64_t number) {
  std::string url = http::origin_of(request).append(path);
  char separator = '?';
  const auto add = [&](const std::string& name, const std::string& value) {
    url.append(1, separator).append(percent_encode(name)).append("=").append(percent_encode(value));
    separator = '&';
  };
  for (const auto& [name, value] : request.query) {
    if (name != "page") add(name, value);
  }
  if (number > 1) add("page", std::to_string(number));
  return url;
}

}  // namespace

Error invalid_page() {
  return Error(ErrorCode::not_found, "Invalid page");
}

std::optional<std::int64_t> parse_page_number(const http::Request& request) {
  const auto text = request.filter_param("page");
  if (!text) return 1;
  if (*text == "last") return std::nullopt;
  const auto number = parse_id(*text);
  if (!number) throw invalid_page();
  return number;
}

http::Response list_response(const http::Request& request, std::string_view path,
                             const ListPosition& position,
                             const std::function<void(json::Writer&)>& results) {
  std::string body;
  json::Writer writer(body);
  const auto append_link = [&](const char* name, bool exists, std::int64_t number) {
    if (exists)
      writer.text(name, list_url(request, path, number));
    else
      writer.null(name);
  };
  writer.open_object().integer("count", position.count);
  append_link("next", position.has_next(), position.number + 1);
  append_link("previous", position.number > 1, position.number - 1);
  writer.key("results").open_array();
  results(writer);
  writer.close_array().close_object();
  return http::json_response(200, std::move(body));
}

}  // namespace feedctl::pages
