#pragma once
// gzip where it pays: negotiated by Accept-Encoding, never for what is small, compressed already or
// of a kind that does not shrink. Thread-safe; each thread keeps one deflater per level it used.
//
// BREACH: an answer may be compressed where nobody else can make a user's browser ask for it with
// the user's rights. Users are told by a bearer token, which browsers never add by themselves; what
// is for admins and what is an error is left alone all the same (docs/http.md).
#include <cstddef>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace feedctl::http {

inline constexpr std::size_t worth_compressing = 1024;  // a smaller body gains nothing
inline constexpr int quick_level = 1;                   // for what is compressed for one request
inline constexpr int thorough_level = 6;                // for what is compressed once for many

// Whether an Accept-Encoding field prefers gzip to the plain form; nullptr: it was not sent.
bool accepts_gzip(const std::string* accept_encoding);
bool accepts_gzip(std::string_view accept_encoding);
bool compressible(std::string_view content_type);

// Error(internal) where zlib fails, which takes a lack of memory.
std::string gzip(std::string_view bytes, int level);

// The tag of the compressed form: the same, but weak, since the bytes differ.
std::string weak_tag(std::string_view etag);

// Says that the answer depends on Accept-Encoding; once is enough.
void vary_by_encoding(Response& response);

// Compresses a 200 where that pays and the request admits it; adds Vary wherever the answer depends
// on the request's Accept-Encoding. A 304 gets the tag in the form that the client has, and Vary
// whatever the size of its 200, which nobody need have made.
void compress(const Request& request, Response& response);

}  // namespace feedctl::http
