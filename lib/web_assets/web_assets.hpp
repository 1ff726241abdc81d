#pragma once
// Static files embedded in the program, compressed at build time: the console, and the pages of the
// API documentation. Files from npm are there only where the build could fetch them. Immutable, so
// thread-safe.
#include <cstddef>
#include <string_view>

#include "http/message.hpp"

namespace feedctl::web_assets {

struct Asset {
  std::string_view path;  // "console/app.js"
  std::string_view content_type;
  std::string_view gzip;
  std::string_view etag;  // strong and quoted: a hash of the contents
  std::size_t size = 0;   // before compression
};

// nullptr: no such file is embedded.
const Asset* find(std::string_view path);

// Whether the files from npm are embedded.
bool has_vendor();

// `asset` may also be one that the caller made. 200, or 304 for a GET or HEAD that names the ETag.
// The body is the stored gzip where the client accepts it; its ETag is weak then, as in
// http::compress(). Clients keep the file and ask each time whether it is current.
// `content_security_policy` may be empty. Error(internal) where the stored bytes cannot be
// decompressed.
http::Response respond(const http::Request& request, const Asset& asset,
                       std::string_view content_security_policy);

// A page that says how to build with the files from npm.
http::Response respond_without_vendor(const http::Request& request);

}  // namespace feedctl::web_assets
