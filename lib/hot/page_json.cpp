#include "hot/page_json.hpp"

#include "base/json_writer.hpp"

namespace feedctl::hot {

std::string to_json(const Page& page) {
  std::string body;
  json::Writer writer(body);
  writer.open_object().key("posts").open_array();
  for (const auto& [post, score] : page.posts) {
    writer.open_object();
    posts::append_members(writer, post);
    writer.integer("score", score).close_object();
  }
  writer.close_array().text("as_of", rfc3339(page.as_of));
  if (page.next_cursor)
    writer.text("next_cursor", *page.next_cursor);
  else
    writer.null("next_cursor");
  writer.close_object();
  return body;
}

}  // namespace feedctl::hot
