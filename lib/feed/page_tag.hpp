#pragma once
// The entity tag of a page: made of what can change in it, so that it costs little and is the same
// in every process, whichever way the page was made.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "posts/posts.hpp"

namespace feedctl::feed {

// FNV-1a.
inline std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

inline void append_hex(std::string& out, std::uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[value >> shift & 15];
}

// Two lanes of multiply and fold: no defence against forgers, who could harm only themselves.
class PageTag {
 public:
  explicit PageTag(std::optional<Id> next) { add(static_cast<std::uint64_t>(next.value_or(0))); }

  // `author`: hash_of() their piece.
  void add(Id post, std::uint64_t author, std::int64_t likes, std::int64_t views, bool liked) {
    add(static_cast<std::uint64_t>(post));
    add(author);
    add(static_cast<std::uint64_t>(likes) << 1 | (liked ? 1 : 0));
    add(static_cast<std::uint64_t>(views));
  }
  std::string text() const {
    std::string out;
    out.reserve(48);  // with its reader's
    for (const auto lane : {a_, b_}) append_hex(out, lane);
    return out;
  }
  static std::uint64_t fold(std::uint64_t value, std::uint64_t by) {
    value *= by;
    return (value ^ value >> 29) * by;
  }

 private:
  void add(std::uint64_t value) {
    a_ = fold(a_ ^ value, 0x9E3779B97F4A7C15U);
    b_ = fold(b_ + value, 0xD6E8FEB86659FD93U);
  }
  std::uint64_t a_ = 0x243F6A8885A308D3U, b_ = 0x13198A2E03707344U;
};

inline std::string tag_of(std::span<const posts::Post> posts, std::optional<Id> next) {
  PageTag tag(next);
  for (const auto& post : posts) {
    tag.add(post.id, hash_of(posts::author_piece(post.author)), post.like_count, post.view_count,
            post.liked.value_or(false));
  }
  return tag.text();
}

// The tag of what this reader gets: the cursor in it is good for them alone, and for as long as the
// key that signed it. `key`: a hash that names it.
inline std::string tag_for(Id reader, std::uint64_t key, std::string tag) {
  append_hex(tag, PageTag::fold(key ^ static_cast<std::uint64_t>(reader), 0x9E3779B97F4A7C15U));
  return tag;
}

}  // namespace feedctl::feed
