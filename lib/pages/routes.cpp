#include "pages/routes.hpp"

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/url.hpp"
#include "http/absolute_url.hpp"

namespace feedctl::pages {

namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr const char* base_path = "/api/v1/pages/";

Error invalid_page() {
  return Error(ErrorCode::not_found, "Invalid page");
}

// nullopt: the last page.
std::optional<std::int64_t> parse_page_number(const Request& request) {
  const auto* text = request.query_param("page");
  if (text == nullptr || text->empty()) return 1;
  if (*text == "last") return std::nullopt;
  const auto number = parse_id(*text);
  if (!number) throw invalid_page();
  return number;
}

// The same request for another page of the list. The first page has no number.
std::string list_url(const Request& request, const std::string& origin, std::int64_t number) {
  std::string url = origin + base_path;
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

void append_link(json::Writer& writer, const char* name, const std::optional<std::string>& url) {
  if (url)
    writer.text(name, *url);
  else
    writer.null(name);
}

Response list_pages(const Deps& deps, const Request& request) {
  const auto list = deps.pages.list(parse_page_number(request));
  if (!list) throw invalid_page();
  const auto origin = http::origin_of(request);
  const auto neighbour = [&](bool exists, std::int64_t number) {
    return exists ? std::optional(list_url(request, origin, number)) : std::nullopt;
  };
  std::string body;
  json::Writer writer(body);
  writer.open_object().integer("count", list->count);
  append_link(writer, "next", neighbour(list->has_next(), list->number + 1));
  append_link(writer, "previous", neighbour(list->number > 1, list->number - 1));
  writer.key("results").open_array();
  for (const auto& page : list->pages) {
    writer.open_object().integer("id", page.id).text("title", page.title);
    writer.text("url", origin + base_path + std::to_string(page.id) + "/").close_object();
  }
  writer.close_array().close_object();
  return http::json_response(200, std::move(body));
}

void append_content(json::Writer& writer, const Content& content) {
  writer.open_object().integer("id", content.id).text("type", content.type->name);
  writer.text("title", content.title).integer("counter", content.counter);
  for (const auto& member : content.type->members) {
    const auto* value = content.payload.find(member.name);
    if (const auto* text = value == nullptr ? nullptr : value->text())
      writer.text(member.name, *text);
    else
      writer.null(member.name);
  }
  writer.close_object();
}

void report_shown(const OnContentsShown& on_contents_shown, const Page& page) {
  for (const auto& type : content_types()) {
    std::vector<Id> shown;
    for (const auto& content : page.contents) {
      if (content.type == &type) shown.push_back(content.id);
    }
    if (!shown.empty()) on_contents_shown(type.label, shown);
  }
}

Response show_page(const Deps& deps, const Request& request) {
  const auto id = request.path_id("id");
  const auto page = deps.pages.get(id);
  if (!page) throw Error(ErrorCode::not_found, "Page with id " + std::to_string(id) + " not found");
  std::string body;
  json::Writer writer(body);
  writer.open_object().integer("id", page->id).text("title", page->title);
  writer.key("contents").open_array();
  for (const auto& content : page->contents) append_content(writer, content);
  writer.close_array().close_object();
  // A HEAD shows nothing.
  if (deps.on_contents_shown && request.method == Method::get)
    report_shown(deps.on_contents_shown, *page);
  return http::json_response(200, std::move(body));
}

}  // namespace

void add_routes(http::Router& router, Deps deps) {
  const auto add = [&](const std::string& pattern,
                       Response (*handler)(const Deps&, const Request&)) {
    router.add(
        {.method = Method::get,
         .pattern = pattern,
         .policy = http::Policy::public_,
         .handler = [deps, handler](const Request& request) { return handler(deps, request); }});
  };
  add("/api/v1/pages", list_pages);
  add("/api/v1/pages/{id}", show_page);
}

}  // namespace feedctl::pages
