#include "feed_stream/post_events.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/json_writer.hpp"

namespace feedctl::feed_stream {

using events::Type;

namespace {

std::string post_event_text(const posts::Post& post) {
  std::string text = "event: post\ndata: ";
  json::Writer writer(text);
  posts::append_json(writer, post);
  return text += '\n';
}

std::string image_event_text(const posts::Post& post) {
  return "event: image\ndata: {\"id\":" + std::to_string(post.id) +
         ",\"image\":" + (post.image ? posts::image_json(*post.image) : "null") + "}\n";
}

}  // namespace

bool changes_image(Type type) {
  return type == Type::post_image_uploaded || type == Type::post_image_deleted ||
         type == Type::post_image_processed;
}

bool takes_post_away(Type type) {
  return type == Type::post_deleted || type == Type::post_hidden;
}

bool needs_post(Type type) {
  return type == Type::post_created || changes_image(type);
}

void drop_uploads_of_new_posts(std::vector<events::Event>& events) {
  std::set<std::pair<events::TransactionId, Id>> made;
  for (const auto& event : events) {
    if (event.type == Type::post_created) made.emplace(event.xid, event.object);
  }
  if (made.empty()) return;
  const auto says_nothing = [&](const events::Event& event) {
    return event.type == Type::post_image_uploaded && made.count({event.xid, event.object}) > 0;
  };
  events.erase(std::remove_if(events.begin(), events.end(), says_nothing), events.end());
}

PostTexts texts_of(const posts::Post& post) {
  return {post_event_text(post), image_event_text(post)};
}

std::string delete_event_text(Id post) {
  return "event: delete\ndata: {\"id\":" + std::to_string(post) + "}\n";
}

}  // namespace feedctl::feed_stream
