#include "blob/s3_listing.hpp"

#include <charconv>

#include "base/error.hpp"
#include "blob/xml.hpp"

namespace feedctl::blob {

namespace {

Error bad_listing(const std::string& detail) {
  return Error(ErrorCode::unavailable, "S3 answered with a list that cannot be read")
      .with_detail(detail)
      .with_hint("media.s3_endpoint must be an S3 server");
}

std::uint64_t parse_object_size(std::string_view text) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc{} || end != text.data() + text.size()) throw bad_listing("a wrong size");
  return size;
}

Time parse_modified(std::string_view text) {
  const auto time = parse_rfc3339(text);
  if (!time) throw bad_listing("a wrong time");
  return *time;
}

Object to_object(const XmlElement& contents, std::string key) {
  return {std::move(key), parse_object_size(contents.text_of("Size")),
          parse_modified(contents.text_of("LastModified"))};
}

Listing to_listing(const XmlElement& root) {
  if (root.name != "ListBucketResult") throw bad_listing("the element is not ListBucketResult");
  Listing listing;
  std::string last;
  for (const auto& child : root.children) {
    if (child.name != "Contents") continue;
    last = std::string(child.text_of("Key"));
    if (is_key(last)) listing.objects.push_back(to_object(child, last));
  }
  if (root.text_of("IsTruncated") != "true") return listing;
  if (last.empty()) throw bad_listing("a truncated list is empty");
  listing.next = std::move(last);
  return listing;
}

}  // namespace

Listing parse_listing(std::string_view xml) {
  try {
    return to_listing(parse_xml(xml));
  } catch (const XmlError& error) {
    throw bad_listing(error.what());
  }
}

}  // namespace feedctl::blob
