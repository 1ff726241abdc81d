#include "events/events.hpp"

#include "base/json_writer.hpp"

namespace feedctl::events {

std::string_view name_of(Type type) {
  switch (type) {
    case Type::post_liked:
      return "PostLiked";
    case Type::post_unliked:
      return "PostUnliked";
    case Type::user_followed:
      return "UserFollowed";
    case Type::user_unfollowed:
      return "UserUnfollowed";
    case Type::post_created:
      return "PostCreated";
    case Type::post_deleted:
      return "PostDeleted";
    case Type::user_created:
      return "UserCreated";
    case Type::user_updated:
      return "UserUpdated";
    case Type::user_deleted:
      return "UserDeleted";
    case Type::post_image_uploaded:
      return "PostImageUploaded";
    case Type::avatar_uploaded:
      return "AvatarUploaded";
    case Type::caches_warmed:
      return "CachesWarmed";
    case Type::views_flushed:
      return "ViewsFlushed";
    case Type::user_suspended:
      return "UserSuspended";
    case Type::user_reinstated:
      return "UserReinstated";
    case Type::post_hidden:
      return "PostHidden";
    case Type::post_image_deleted:
      return "PostImageDeleted";
    case Type::avatar_deleted:
      return "AvatarDeleted";
    case Type::post_image_processed:
      return "PostImageProcessed";
    case Type::post_unhidden:
      return "PostUnhidden";
  }
  return "";
}

namespace {

void append_views(json::Writer& writer, const std::vector<ViewDelta>& deltas) {
  writer.key("views").open_array();
  for (const auto& delta : deltas) {
    writer.open_object().integer("post", delta.post).integer("count", delta.count).close_object();
  }
  writer.close_array();
}

}  // namespace

void append_json(std::string& out, const Event& event) {
  json::Writer writer(out);
  writer.open_object().text("xid", std::to_string(event.xid)).integer("id", event.id);
  writer.text("at", rfc3339(event.at));
  if (const auto name = name_of(event.type); !name.empty()) writer.text("event", name);
  writer.integer("type", static_cast<int>(event.type)).integer("shard", event.shard);
  writer.integer("actor", event.actor).integer("object", event.object);
  if (event.liked_at) writer.text("liked_at", rfc3339(*event.liked_at));
  if (!event.view_deltas.empty()) append_views(writer, event.view_deltas);
  writer.close_object();
}

std::string to_json(const Event& event) {
  std::string out;
  append_json(out, event);
  return out;
}

}  // namespace feedctl::events
