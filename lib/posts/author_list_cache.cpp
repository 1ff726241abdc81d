#include "posts/author_list_cache.hpp"

namespace feedctl::posts {

std::string serialize(const AuthorList& list) {
  std::string out = list.is_complete ? "1 " : "0 ";
  for (const auto id : list.posts) out += std::to_string(id) + ',';
  if (!list.posts.empty()) out.pop_back();
  return out;
}

std::optional<AuthorList> parse_author_list(std::string_view text) {
  const auto head = text.substr(0, 2);
  if (head != "0 " && head != "1 ") return std::nullopt;
  AuthorList list{head == "1 ", {}};
  for (text.remove_prefix(2); !text.empty();) {
    const auto comma = text.find(',');
    const auto id = parse_id(text.substr(0, comma));
    if (!id || (!list.posts.empty() && *id >= list.posts.back())) return std::nullopt;
    list.posts.push_back(*id);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return list;
}

std::string list_key(Id author) {
  return "user:" + std::to_string(author) + ":posts";
}

events::Handler invalidate_author_lists(AuthorListCache& lists) {
  return [&lists](events::UnitOfWork& unit, std::span<const events::Event> events) {
    if (!lists.is_enabled()) return;
    std::vector<Id> authors;
    for (const auto& event : events) {
      const bool theirs =
          event.type == events::Type::post_created || event.type == events::Type::post_deleted;
      if (theirs && event.actor != 0) authors.push_back(event.actor);
    }
    if (authors.empty()) return;
    unit.after_commit([&lists, authors = std::move(authors)] { lists.invalidate(authors); });
  };
}

}  // namespace feedctl::posts
