// A post on the wire.
#include "posts/posts.hpp"

namespace feedctl::posts {

namespace {

void append_author(json::Writer& writer, const std::optional<Author>& author) {
  if (!author) {
    writer.null("author_id").null("author");
    return;
  }
  writer.integer("author_id", author->id);
  writer.key("author").open_object();
  writer.integer("id", author->id).text("handle", author->handle).text("name", author->name);
  writer.null("avatar").close_object();
}

}  // namespace

void append_members(json::Writer& writer, const Post& post) {
  writer.integer("id", post.id);
  append_author(writer, post.author);
  writer.text("text", post.text).null("image");
  writer.integer("like_count", post.like_count).integer("view_count", post.view_count);
  if (post.liked) writer.boolean("liked", *post.liked);
  writer.text("created_at", rfc3339(post.created_at));
}

void append_json(json::Writer& writer, const Post& post) {
  writer.open_object();
  append_members(writer, post);
  writer.close_object();
}

void append_array(json::Writer& writer, std::span<const Post> posts) {
  writer.open_array();
  for (const auto& post : posts) append_json(writer, post);
  writer.close_array();
}

}  // namespace feedctl::posts
