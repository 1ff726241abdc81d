#pragma once
// gzip for responses, negotiated by Accept-Encoding (RFC 9110, 12.5.3). Small bodies and types that
// do not shrink stay as they are. Thread-safe; each thread keeps one deflater for each level.
//
// BREACH: compression is safe where no other site can make a browser send a request with the user's
// rights. A bearer token identifies users, and browsers never add one by themselves. The server
// still compresses neither admins' answers nor errors (docs/http.md).
#include <cstddef>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace feedctl::http {

inline constexpr std::size_t min_gzip_size = 1024;  // a smaller body gains nothing
inline constexpr int fast_gzip_level = 1;           // for one request
inline constexpr int high_gzip_level = 6;           // for a body that many requests share

// Whether an Accept-Encoding field prefers gzip to identity; nullptr: the client sent none.
bool accepts_gzip(const std::string* accept_encoding);
bool accepts_gzip(std::string_view accept_encoding);
bool is_compressible(std::string_view content_type);

// Error(internal) where zlib fails, which only happens without memory.
std::string gzip(std::string_view bytes, int level);

// The inverse of gzip(). Error(internal) where `bytes` is not gzip of exactly `size` bytes.
std::string gunzip(std::string_view bytes, std::size_t size);

// The ETag of the compressed variant: the same tag, but weak, since the bytes differ.
std::string to_weak_etag(std::string_view etag);

// Adds Accept-Encoding to Vary, where it is not there yet.
void add_vary_encoding(Response& response);

// Compresses a 200 that the client accepts as gzip, where that makes it smaller. Adds Vary wherever
// the answer depends on Accept-Encoding. A 304 gets the client's form of the ETag, and always Vary,
// since the size of its 200 is unknown.
void compress(const Request& request, Response& response);

}  // namespace feedctl::http
