#include "pages/routes.hpp"

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "http/absolute_url.hpp"
#include "pages/editor_json.hpp"
#include "pages/list_envelope.hpp"

namespace feedctl::pages {

namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr const char* base_path = "/api/v1/pages/";

Response list_pages(const Deps& deps, const Request& request) {
  const auto list = deps.pages.list(parse_page_number(request));
  if (!list) throw invalid_page();
  const auto origin = http::origin_of(request);
  return list_response(request, base_path, list->position, [&](json::Writer& writer) {
    for (const auto& page : list->items) {
      writer.open_object().integer("id", page.id).text("title", page.title);
      writer.text("url", origin + base_path + std::to_string(page.id) + "/").close_object();
    }
  });
}

void append_shown_content(json::Writer& writer, const Content& content) {
  writer.open_object().integer("id", content.id).text("type", content.type->name);
  writer.text("title", content.title).integer("counter", content.counter);
  append_payload(writer, content.type, content.payload);
  writer.close_object();
}

void report_shown(const Deps& deps, const Page& page) {
  for (const auto& type : deps.pages.types().all()) {
    std::vector<Id> shown;
    for (const auto& content : page.contents) {
      if (content.type == &type) shown.push_back(content.id);
    }
    if (!shown.empty()) deps.on_contents_shown(type.label, shown);
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
  for (const auto& content : page->contents) append_shown_content(writer, content);
  writer.close_array().close_object();
  // A HEAD shows nothing.
  if (deps.on_contents_shown && request.method == Method::get) report_shown(deps, *page);
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
