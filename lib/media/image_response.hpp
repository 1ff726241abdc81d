#pragma once
// Answers with the bytes of an image, or with a redirect to a presigned link. The links of this
// server do not change; what they show may stop being visible at any time. Thread-safe.
#include <cstdint>
#include <optional>
#include <string>

#include "http/message.hpp"
#include "media/media_service.hpp"

namespace feedctl::media {

// The image, or its thumbnail of that width. Error(not_found) where the image has no such
// thumbnail, or its object is not there. Error(unavailable) as of blob::BlobStore.
http::Response image_response(const http::Request& request, const MediaService& media,
                              const VisibleImage& image, std::optional<std::uint32_t> width);

// How the bytes can be read without this server, where the store has links; else the path here.
struct DirectLink {
  std::string url;
  std::optional<Time> expires_at;  // nullopt: never
};
DirectLink direct_link(const MediaService& media, const VisibleImage& image);

}  // namespace feedctl::media
