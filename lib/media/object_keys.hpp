#pragma once
// The keys of media in the blob store. Pure functions.
#include <cstdint>
#include <string>
#include <string_view>

#include "images/image_processor.hpp"
#include "media/media.hpp"

namespace feedctl::media {

// What an image belongs to: the id of a post or of a user.
struct Subject {
  Kind kind{};
  Id id = 0;
};

// "posts/7/<hash>-12.jpg", "users/7/avatars/<hash>-12.png". `hash`: the SHA-256 of the bytes in
// hex. Two uploads of the same bytes have different keys, so that each is removed for itself.
std::string object_key(const Subject& subject, std::string_view hash, Id media,
                       images::Format format);
// "posts/7/<hash>-12-320.webp": the thumbnail of the object `object_key`.
std::string thumbnail_key(std::string_view object_key, std::uint32_t width);
// "quarantine/12": what the client of a presigned form stores.
std::string quarantine_key(Id upload);

}  // namespace feedctl::media
