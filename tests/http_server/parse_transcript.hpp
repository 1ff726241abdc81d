#pragma once
// A transcript of what the RequestParser makes of some bytes, for any sizes of the reads; and
// whether the FastRequestParser agrees with it. For tests and fuzz targets. Pure functions.
#include <functional>
#include <string>
#include <string_view>

#include "http_server/host_allowlist.hpp"
#include "http_server/limits.hpp"

namespace feedctl::test {

// The number of bytes that the next read at `at` returns; at least 1.
using ReadSize = std::function<std::size_t(std::size_t at)>;

// Every request in `bytes` up to the first closing rejection, and how many bytes remain.
std::string parse_transcript(std::string_view bytes, const http::Limits& limits,
                             const http::HostAllowlist& hosts, const ReadSize& cut = nullptr);

// Empty where the fast parser accepts nothing at the start of `bytes`, or the same request as the
// full parser; else what differs.
std::string fast_path_difference(std::string_view bytes, const http::Limits& limits,
                                 const http::HostAllowlist& hosts);

}  // namespace feedctl::test
