#pragma once
// What the framer makes of some bytes, in words, however they are cut; and whether the glance that
// goes before it agrees. For the tests that cut everywhere and for the fuzz targets.
#include <functional>
#include <string>
#include <string_view>

#include "http/hosts.hpp"
#include "http/server.hpp"

namespace feedctl::test {

// How many of the bytes from `at` on come in the next read; at least 1.
using Cut = std::function<std::size_t(std::size_t at)>;

// Every request in `bytes` up to the first that is refused for good, and what is left of them.
std::string framed(std::string_view bytes, const http::Limits& limits, const http::HostRules& hosts,
                   const Cut& cut = nullptr);

// Empty where the glance takes nothing at the start of `bytes` or the same as the framer; else in
// what they differ.
std::string disagreement(std::string_view bytes, const http::Limits& limits,
                         const http::HostRules& hosts);

}  // namespace feedctl::test
