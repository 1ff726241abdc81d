#pragma once
// Optimistic concurrency by ETag and If-Match (RFC 9110, 13.1.1). Pure functions.
#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "pages/edit_errors.hpp"

namespace feedctl::pages {

// The ETag of a version: "7".
std::string etag_of(std::int64_t version);

// The versions in If-Match. Weak tags count too: the server weakens an ETag where it compresses the
// body, and a version is as strong. HttpError(428) without If-Match; `what` is then named, as
// "page". Error(invalid_argument) where it is malformed, as a tag without quotes.
ExpectedVersion expected_version(const http::Request& request, std::string_view what);

http::Response conflict_response(const http::Request& request, const VersionConflict& conflict);
http::Response conflict_response(const http::Request& request, const ContentInUse& conflict);

// Runs a change. 412 with `current_version` for a stale version; 409 with `pages` for a content
// that pages show.
template <typename Work>
http::Response answer_conflicts(const http::Request& request, Work&& work) {
  try {
    return work();
  } catch (const VersionConflict& conflict) {
    return conflict_response(request, conflict);
  } catch (const ContentInUse& conflict) {
    return conflict_response(request, conflict);
  }
}

}  // namespace feedctl::pages
