// The routes of editors, below /api/v1/admin/.
#include "audit/request_actor.hpp"
#include "base/error.hpp"
#include "http/json_body.hpp"
#include "pages/editor_json.hpp"
#include "pages/if_match.hpp"
#include "pages/list_envelope.hpp"
#include "pages/page_input.hpp"
#include "pages/routes.hpp"

namespace feedctl::pages {

namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr const char* pages_path = "/api/v1/admin/pages";
constexpr const char* contents_path = "/api/v1/admin/contents";
constexpr int default_suggestions = 20, max_suggestions = 50;

std::string location(const char* path, Id id) {
  return std::string(path) + "/" + std::to_string(id);
}

bool flag(const Request& request, std::string_view name) {
  const auto* text = request.query_param(name);
  if (text == nullptr || *text == "false") return false;
  if (*text == "true") return true;
  throw Error(ErrorCode::invalid_argument, std::string(name) + " must be true or false");
}

Response list_content_types(const EditorDeps& deps, const Request&) {
  std::string body;
  json::Writer writer(body);
  writer.open_object().key("types").open_array();
  for (const auto& type : deps.types.all()) {
    writer.open_object().text("name", type.name).text("label", type.label);
    writer.text("title", type.title).boolean("allowed", type.is_allowed);
    writer.key("members").open_array();
    for (const auto& member : type.members) {
      writer.open_object().text("name", member.name).text("kind", to_string(member.kind));
      writer.boolean("optional", member.is_optional).close_object();
    }
    writer.close_array().close_object();
  }
  writer.close_array().close_object();
  return http::json_response(200, std::move(body));
}

Response autocomplete(const EditorDeps& deps, const Request& request) {
  const auto found = deps.contents.autocomplete(
      search_text(request, "q"), request.limit(default_suggestions, max_suggestions));
  std::string body;
  json::Writer writer(body);
  writer.open_object().key("results").open_array();
  for (const auto& content : found) {
    writer.open_object().text("value", deps.types.value_of(content.type, content.id));
    writer.text("text", content.title).text("type", content.type);
    writer.text("type_title", deps.types.find(content.type)->title).close_object();
  }
  writer.close_array().close_object();
  return http::json_response(200, std::move(body));
}

Response list_pages(const EditorDeps& deps, const Request& request) {
  const auto list = deps.pages.list(page_filter(request), parse_page_number(request));
  if (!list) throw invalid_page();
  return list_response(request, pages_path, list->position, [&](json::Writer& writer) {
    for (const auto& page : list->items) append_page_row(writer, page);
  });
}

Response create_page(const EditorDeps& deps, const Request& request) {
  const auto body = http::JsonBody::parse(request);
  const auto page =
      deps.pages.create(read_page(deps.types, body.value(), true), audit::actor_of(request));
  return page_response(request, deps.types, 201, page)
      .header("Location", location(pages_path, page.id));
}

Response get_page(const EditorDeps& deps, const Request& request) {
  return page_response(request, deps.types, 200, deps.pages.get(request.path_id("id")));
}

Response change_page(const EditorDeps& deps, const Request& request) {
  const auto id = request.path_id("id");
  const auto expected = expected_version(request, "page");
  const auto body = http::JsonBody::parse(request);
  const auto page = deps.pages.change(id, expected, read_page(deps.types, body.value(), false),
                                      audit::actor_of(request));
  return page_response(request, deps.types, 200, page);
}

Response delete_page(const EditorDeps& deps, const Request& request) {
  const auto id = request.path_id("id");
  deps.pages.remove(id, expected_version(request, "page"), audit::actor_of(request));
  return http::no_content();
}

Response add_page_content(const EditorDeps& deps, const Request& request) {
  const auto id = request.path_id("id");
  const auto expected = expected_version(request, "page");
  const auto body = http::JsonBody::parse(request);
  const auto page = deps.pages.add_content(id, expected, read_new_place(deps.types, body.value()),
                                           audit::actor_of(request));
  return page_response(request, deps.types, 200, page);
}

Response move_page_content(const EditorDeps& deps, const Request& request) {
  const auto link = request.path_id("link_id");
  const auto expected = expected_version(request, "page");
  const auto body = http::JsonBody::parse(request);
  const auto page =
      deps.pages.move_content(link, expected, read_move(body.value()), audit::actor_of(request));
  return page_response(request, deps.types, 200, page);
}

Response remove_page_content(const EditorDeps& deps, const Request& request) {
  const auto link = request.path_id("link_id");
  const auto page =
      deps.pages.remove_content(link, expected_version(request, "page"), audit::actor_of(request));
  return page_response(request, deps.types, 200, page);
}

Response list_contents(const EditorDeps& deps, const Request& request) {
  const auto list =
      deps.contents.list(content_filter(request, deps.types), parse_page_number(request));
  if (!list) throw invalid_page();
  return list_response(request, contents_path, list->position, [&](json::Writer& writer) {
    for (const auto& content : list->items) append_content(writer, deps.types, content);
  });
}

Response create_content(const EditorDeps& deps, const Request& request) {
  const auto body = http::JsonBody::parse(request);
  const auto made = deps.contents.create(body.value(), audit::actor_of(request));
  return content_response(deps.types, 201, made)
      .header("Location", location(contents_path, made.content.id));
}

Response get_content(const EditorDeps& deps, const Request& request) {
  return content_response(deps.types, 200, deps.contents.get(request.path_id("id")));
}

Response change_content(const EditorDeps& deps, const Request& request) {
  const auto id = request.path_id("id");
  const auto expected = expected_version(request, "content");
  const auto body = http::JsonBody::parse(request);
  const auto changed = deps.contents.change(id, expected, body.value(), audit::actor_of(request));
  return content_response(deps.types, 200, changed);
}

Response delete_content(const EditorDeps& deps, const Request& request) {
  const auto id = request.path_id("id");
  deps.contents.remove(id, expected_version(request, "content"), flag(request, "unlink"),
                       audit::actor_of(request));
  return http::no_content();
}

}  // namespace

void add_editor_routes(http::Router& router, const EditorDeps& deps) {
  const auto add = [&](Method method, const std::string& pattern,
                       Response (*handler)(const EditorDeps&, const Request&)) {
    router.add({.method = method,
                .pattern = pattern,
                .policy = http::Policy::editor,
                .handler = [deps, handler](const Request& request) {
                  return answer_conflicts(request, [&] { return handler(deps, request); });
                }});
  };
  add(Method::get, "/api/v1/admin/content-types", list_content_types);
  add(Method::get, "/api/v1/admin/autocomplete", autocomplete);
  add(Method::get, "/api/v1/admin/pages", list_pages);
  add(Method::post, "/api/v1/admin/pages", create_page);
  add(Method::get, "/api/v1/admin/pages/{id}", get_page);
  add(Method::patch, "/api/v1/admin/pages/{id}", change_page);
  add(Method::del, "/api/v1/admin/pages/{id}", delete_page);
  add(Method::post, "/api/v1/admin/pages/{id}/contents", add_page_content);
  add(Method::patch, "/api/v1/admin/page-contents/{link_id}", move_page_content);
  add(Method::del, "/api/v1/admin/page-contents/{link_id}", remove_page_content);
  add(Method::get, "/api/v1/admin/contents", list_contents);
  add(Method::post, "/api/v1/admin/contents", create_content);
  add(Method::get, "/api/v1/admin/contents/{id}", get_content);
  add(Method::patch, "/api/v1/admin/contents/{id}", change_content);
  add(Method::del, "/api/v1/admin/contents/{id}", delete_content);
}

}  // namespace feedctl::pages
