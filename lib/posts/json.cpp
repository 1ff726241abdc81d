// A post on the wire.
#include <charconv>

#include "posts/posts.hpp"

namespace feedctl::posts {

namespace {

void append_number(std::string& out, std::int64_t number) {
  char text[24];
  const auto end = std::to_chars(std::begin(text), std::end(text), number).ptr;
  out.append(text, end);
}

}  // namespace

std::string author_piece(const std::optional<Author>& author) {
  if (!author) return R"("author_id":null,"author":null,)";
  std::string out = "\"author_id\":";
  json::Writer writer(out);
  append_number(out, author->id);
  out += ",\"author\":";
  writer.open_object();
  writer.integer("id", author->id).text("handle", author->handle).text("name", author->name);
  writer.null("avatar").close_object();
  return out += ',';
}

std::string text_piece(std::string_view text) {
  std::string out = "\"text\":";
  json::append_quoted(out, text);
  return out += ",\"image\":null,\"like_count\":";
}

std::string time_piece(Time created_at) {
  return ",\"created_at\":\"" + rfc3339(created_at) + '"';
}

void append_members(std::string& out, const Pieces& pieces) {
  out += "\"id\":";
  append_number(out, pieces.id);
  out += ',';
  out.append(pieces.author).append(pieces.text);
  append_number(out, pieces.like_count);
  out += ",\"view_count\":";
  append_number(out, pieces.view_count);
  if (pieces.liked) out += *pieces.liked ? ",\"liked\":true" : ",\"liked\":false";
  out += pieces.time;
}

void append_members(json::Writer& writer, const Post& post) {
  const auto author = author_piece(post.author);
  const auto text = text_piece(post.text);
  const auto time = time_piece(post.created_at);
  std::string members;
  members.reserve(author.size() + text.size() + time.size() + members_room);
  append_members(members,
                 {post.id, author, text, post.like_count, post.view_count, post.liked, time});
  writer.raw(members);
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
