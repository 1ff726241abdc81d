#pragma once
// The entity tag of a feed page, a hash of everything that can change in it. It is equal in every
// process, whether memory or the definition made the page. Pure functions.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/encoding.hpp"
#include "base/fnv1a.hpp"
#include "base/ids.hpp"
#include "posts/posts.hpp"

namespace feedctl::feed {

// Two 64-bit multiply-fold lanes. Not collision-resistant: a forger would only affect themselves.
class PageEtag {
 public:
  explicit PageEtag(std::optional<Id> next) { add(static_cast<std::uint64_t>(next.value_or(0))); }

  // `author`: fnv1a_hash() of the author's fragment. `image`: posts::image_hash().
  void add(Id post, std::uint64_t author, std::uint64_t image, std::int64_t likes,
           std::int64_t views, bool liked) {
    add(static_cast<std::uint64_t>(post));
    add(author);
    if (image != 0) add(image);
    add(static_cast<std::uint64_t>(likes) << 1 | (liked ? 1 : 0));
    add(static_cast<std::uint64_t>(views));
  }
  std::string text() const {
    std::string out;
    out.reserve(48);  // reader_etag() appends
    for (const auto lane : {a_, b_}) append_hex(out, lane);
    return out;
  }
  static std::uint64_t mix(std::uint64_t value, std::uint64_t by) {
    value *= by;
    return (value ^ value >> 29) * by;
  }

 private:
  void add(std::uint64_t value) {
    a_ = mix(a_ ^ value, 0x9E3779B97F4A7C15U);
    b_ = mix(b_ + value, 0xD6E8FEB86659FD93U);
  }
  std::uint64_t a_ = 0x243F6A8885A308D3U, b_ = 0x13198A2E03707344U;
};

inline std::string page_etag(std::span<const posts::Post> posts, std::optional<Id> next) {
  PageEtag tag(next);
  for (const auto& post : posts) {
    tag.add(post.id, fnv1a_hash(posts::author_fragment(post.author)), posts::image_hash(post.image),
            post.like_count, post.view_count, post.liked.value_or(false));
  }
  return tag.text();
}

// The tag of the page for one reader, since its cursor is valid for that reader and signing key
// only. `key_hash`: a hash of the signing key.
inline std::string reader_etag(Id reader, std::uint64_t key_hash, std::string tag) {
  append_hex(tag,
             PageEtag::mix(key_hash ^ static_cast<std::uint64_t>(reader), 0x9E3779B97F4A7C15U));
  return tag;
}

}  // namespace feedctl::feed
