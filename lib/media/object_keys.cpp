#include "media/object_keys.hpp"

namespace feedctl::media {

namespace {

std::string folder_of(const Subject& subject) {
  const auto id = std::to_string(subject.id);
  return subject.kind == Kind::avatar ? "users/" + id + "/avatars/" : "posts/" + id + '/';
}

}  // namespace

std::string object_key(const Subject& subject, std::string_view hash, Id media,
                       images::Format format) {
  auto key = folder_of(subject);
  key += hash;
  key += '-' + std::to_string(media) + '.';
  key += images::extension_of(format);
  return key;
}

std::string thumbnail_key(std::string_view object_key, std::uint32_t width) {
  std::string key(object_key.substr(0, object_key.rfind('.')));
  return key + '-' + std::to_string(width) + ".webp";
}

std::string quarantine_key(Id upload) {
  return "quarantine/" + std::to_string(upload);
}

}  // namespace feedctl::media
