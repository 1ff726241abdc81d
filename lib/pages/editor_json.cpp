#include "pages/editor_json.hpp"

#include "http/absolute_url.hpp"
#include "pages/if_match.hpp"

namespace feedctl::pages {

void append_payload(json::Writer& writer, const ContentType* type, const json::Value& payload) {
  if (type == nullptr) return;
  for (const auto& member : type->members) {
    const auto* value = payload.find(member.name);
    if (const auto* text = value == nullptr ? nullptr : value->text())
      writer.text(member.name, *text);
    else
      writer.null(member.name);
  }
}

void append_content(json::Writer& writer, const ContentTypes& types, const ContentRecord& content,
                    const std::vector<PageSummary>* pages) {
  writer.open_object().integer("id", content.id);
  writer.text("value", types.value_of(content.type, content.id)).text("type", content.type);
  writer.text("title", content.title).integer("counter", content.counter);
  writer.integer("version", content.version).text("updated_at", rfc3339(content.updated_at));
  if (pages != nullptr) {
    writer.key("pages").open_array();
    for (const auto& page : *pages)
      writer.open_object().integer("id", page.id).text("title", page.title).close_object();
    writer.close_array();
  }
  append_payload(writer, types.find(content.type), content.payload);
  writer.close_object();
}

void append_page_row(json::Writer& writer, const PageRow& page) {
  writer.open_object().integer("id", page.id).text("title", page.title);
  writer.text("state", to_string(page.state)).integer("version", page.version);
  writer.integer("content_count", page.content_count);
  writer.text("updated_at", rfc3339(page.updated_at)).close_object();
}

http::Response page_response(const http::Request& request, const ContentTypes& types, int status,
                             const PageRecord& page) {
  std::string body;
  json::Writer writer(body);
  writer.open_object().integer("id", page.id).text("title", page.title);
  writer.text("state", to_string(page.state)).integer("version", page.version);
  writer.text("created_at", rfc3339(page.created_at));
  writer.text("updated_at", rfc3339(page.updated_at));
  writer.text("url", http::origin_of(request) + "/api/v1/pages/" + std::to_string(page.id) + "/");
  writer.key("contents").open_array();
  for (const auto& link : page.links) {
    writer.open_object().integer("link_id", link.id).key("content");
    append_content(writer, types, link.content);
    writer.close_object();
  }
  writer.close_array().close_object();
  auto response = http::json_response(status, std::move(body));
  response.header("ETag", etag_of(page.version));
  return response;
}

http::Response content_response(const ContentTypes& types, int status,
                                const ContentDetail& detail) {
  std::string body;
  json::Writer writer(body);
  append_content(writer, types, detail.content, &detail.pages);
  auto response = http::json_response(status, std::move(body));
  response.header("ETag", etag_of(detail.content.version));
  return response;
}

}  // namespace feedctl::pages
