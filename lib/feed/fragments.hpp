#pragma once
// The values of FragmentCache, each in one memory block with its bytes behind the struct. Immutable
// except for atomics.
#include <atomic>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string_view>

#include "base/ids.hpp"

namespace feedctl::feed {

// A post as JSON, with its image, without its author and `liked`.
struct PostFragment {
  Id id = 0;
  Id author = 0;
  std::uint64_t image_hash = 0;  // posts::image_hash()
  mutable std::atomic<std::int64_t> likes{0};
  mutable std::atomic<std::int64_t> views{0};
  mutable std::atomic<std::int64_t> refresh_at{0};  // seconds of the steady clock
  mutable std::atomic<bool> used{true};
  std::uint32_t text_size = 0, time_size = 0;

  std::string_view text() const { return {chars(), text_size}; }
  std::string_view time() const { return {chars() + text_size, time_size}; }
  std::size_t bytes() const { return sizeof(PostFragment) + text_size + time_size; }

  static PostFragment* make(std::string_view text, std::string_view time) {
    auto* made =
        new (::operator new(sizeof(PostFragment) + text.size() + time.size())) PostFragment;
    made->text_size = static_cast<std::uint32_t>(text.size());
    made->time_size = static_cast<std::uint32_t>(time.size());
    std::memcpy(static_cast<void*>(made + 1), text.data(), text.size());
    std::memcpy(reinterpret_cast<char*>(made + 1) + text.size(), time.data(), time.size());
    return made;
  }
  static void drop(void* block) { ::operator delete(block); }

 private:
  const char* chars() const { return reinterpret_cast<const char*>(this + 1); }
};

// An author as JSON.
struct AuthorFragment {
  Id id = 0;
  std::uint64_t hash = 0;  // of the text; equal in every process
  mutable std::atomic<bool> used{true};
  std::uint32_t size = 0;

  std::string_view text() const { return {reinterpret_cast<const char*>(this + 1), size}; }
  std::size_t bytes() const { return sizeof(AuthorFragment) + size; }

  static AuthorFragment* make(std::string_view text) {
    auto* made = new (::operator new(sizeof(AuthorFragment) + text.size())) AuthorFragment;
    made->size = static_cast<std::uint32_t>(text.size());
    std::memcpy(static_cast<void*>(made + 1), text.data(), text.size());
    return made;
  }
  static void drop(void* block) { ::operator delete(block); }
};

// The newest posts that a user likes.
struct LikeSet {
  Id id = 0;             // of the user
  Id complete_from = 0;  // all likes of posts from this id on are present
  std::uint32_t count = 0;
  mutable std::atomic<bool> used{true};

  std::span<const Id> posts() const { return {reinterpret_cast<const Id*>(this + 1), count}; }
  std::size_t bytes() const { return sizeof(LikeSet) + count * sizeof(Id); }

  // `posts` ascends.
  static LikeSet* make(Id user, Id from, std::span<const Id> posts) {
    auto* made = new (::operator new(sizeof(LikeSet) + posts.size_bytes())) LikeSet;
    made->id = user;
    made->complete_from = from;
    made->count = static_cast<std::uint32_t>(posts.size());
    if (!posts.empty()) std::memcpy(static_cast<void*>(made + 1), posts.data(), posts.size_bytes());
    return made;
  }
  static void drop(void* block) { ::operator delete(block); }
};

}  // namespace feedctl::feed
