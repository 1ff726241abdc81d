#include "media/image_response.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "http/range.hpp"

namespace feedctl::media {

namespace {

constexpr std::chrono::seconds max_age{300};  // of an answer in a client's cache
constexpr std::size_t max_thumbnail_bytes = 16 * 1024 * 1024;

// The object that a link names.
struct Target {
  std::string key;
  std::string content_type;
  std::string name;  // for people, and in the ETag: "12", "12-320"
  std::size_t max_size = 0;
};

Error no_such_image() {
  return Error(ErrorCode::not_found, "no such image");
}

std::string extension_of(std::string_view content_type) {
  const auto format = images::parse_content_type(content_type);
  return format ? std::string(images::extension_of(*format)) : "bin";
}

Target target_of(const VisibleImage& image, std::optional<std::uint32_t> width) {
  const auto id = std::to_string(image.image.id);
  if (!width) return {image.object_key, image.content_type, id, image.byte_count};
  const auto& widths = image.image.thumbnails;
  if (std::find(widths.begin(), widths.end(), *width) == widths.end()) throw no_such_image();
  return {thumbnail_key(image.object_key, *width),
          std::string(images::content_type_of(images::Format::webp)),
          id + '-' + std::to_string(*width), max_thumbnail_bytes};
}

void add_headers(http::Response& response, const Target& target) {
  response.header("Cache-Control", "private, max-age=" + std::to_string(max_age.count()))
      .header("Content-Security-Policy", "default-src 'none'; sandbox")
      .header("Cross-Origin-Resource-Policy", "cross-origin")
      .header("Content-Disposition",
              "inline; filename=\"" + target.name + '.' + extension_of(target.content_type) + '"');
}

// A client must not follow the redirect from its cache when the link has expired.
http::Response redirect_to(std::string link, std::chrono::seconds link_ttl) {
  const auto age = std::min(max_age, link_ttl * 4 / 5);
  http::Response response;
  response.status = 302;
  response.content_type.clear();
  response.header("Location", std::move(link))
      .header("Cache-Control", "private, max-age=" + std::to_string(age.count()))
      .header("Cross-Origin-Resource-Policy", "cross-origin");
  return response;
}

std::shared_ptr<const http::FileBody> open_file(blob::BlobStore& store, const Target& target,
                                                Deadline deadline) {
  auto object = store.open(target.key, target.max_size, deadline);
  if (!object) {
    log::warning("the object of an image is not in the store: see feedctl media verify",
                 {{"key", target.key}});
    throw no_such_image();
  }
  return std::make_shared<http::FileBody>(
      http::FileBody{std::make_shared<UniqueFd>(std::move(object->file)), 0, object->size});
}

// The bytes of one link never change.
http::Response file_response(const http::Request& request, blob::BlobStore& store,
                             const Target& target) {
  http::Response response;
  response.content_type = target.content_type;
  add_headers(response, target);
  response = http::with_etag(request, std::move(response), target.name);
  if (response.status != 200) return response;
  response.file = open_file(store, target, request.deadline);
  return http::with_range(request, std::move(response));
}

}  // namespace

http::Response image_response(const http::Request& request, const MediaService& media,
                              const VisibleImage& image, std::optional<std::uint32_t> width) {
  auto& store = media.require_store();
  const auto target = target_of(image, width);
  const auto link_ttl = media.config().link_ttl;
  if (auto link = store.presigned_link(target.key, media.now(), link_ttl))
    return redirect_to(*std::move(link), link_ttl);
  return file_response(request, store, target);
}

DirectLink direct_link(const MediaService& media, const VisibleImage& image) {
  const auto now = media.now();
  const auto ttl = media.config().link_ttl;
  if (auto link = media.require_store().presigned_link(image.object_key, now, ttl))
    return {*std::move(link), now + ttl};
  return {link_of(image.image.id), std::nullopt};
}

}  // namespace feedctl::media
