#include "posts/post_json.hpp"

#include <charconv>

#include "base/fnv1a.hpp"

namespace feedctl::posts {

namespace {

void append_number(std::string& out, std::int64_t number) {
  char text[24];
  const auto end = std::to_chars(std::begin(text), std::end(text), number).ptr;
  out.append(text, end);
}

}  // namespace

std::string author_fragment(const std::optional<Author>& author) {
  if (!author) return R"("author_id":null,"author":null,)";
  std::string out = "\"author_id\":";
  json::Writer writer(out);
  append_number(out, author->id);
  out += ",\"author\":";
  writer.open_object();
  writer.integer("id", author->id).text("handle", author->handle).text("name", author->name);
  media::append_avatar(writer, "avatar", author->avatar);
  writer.close_object();
  return out += ',';
}

std::string image_json(const media::Image& image) {
  std::string out;
  json::Writer writer(out);
  media::append_json(writer, image);
  return out;
}

std::string text_fragment(std::string_view text, const std::optional<media::Image>& image) {
  std::string out = "\"text\":";
  json::append_quoted(out, text);
  out += ",\"image\":";
  out += image ? image_json(*image) : "null";
  return out += ",\"like_count\":";
}

std::uint64_t image_hash(const std::optional<media::Image>& image) {
  return image ? fnv1a_hash(image_json(*image)) : 0;
}

std::string time_fragment(Time created_at) {
  return ",\"created_at\":\"" + rfc3339(created_at) + '"';
}

void append_members(std::string& out, const JsonFragments& fragments) {
  out += "\"id\":";
  append_number(out, fragments.id);
  out += ',';
  out.append(fragments.author).append(fragments.text);
  append_number(out, fragments.like_count);
  out += ",\"view_count\":";
  append_number(out, fragments.view_count);
  if (fragments.liked) out += *fragments.liked ? ",\"liked\":true" : ",\"liked\":false";
  out += fragments.time;
}

void append_members(json::Writer& writer, const Post& post) {
  const auto author = author_fragment(post.author);
  const auto text = text_fragment(post.text, post.image);
  const auto time = time_fragment(post.created_at);
  std::string members;
  members.reserve(author.size() + text.size() + time.size() + members_reserve_bytes);
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
