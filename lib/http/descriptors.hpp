#pragma once
// How the descriptors that the process may open are shared among those who need them: connections,
// files of request bodies, and everybody else (database, cache, bus, files).
#include <cstddef>

#include "http/server.hpp"

namespace feedctl::http {

// How many this process may open, raised to the most that it may allow itself.
std::size_t raised_descriptor_limit();

// `limits` with no more connections and body files than `descriptors` suffice for. Clients never
// take those that handlers need. Where that leaves far fewer than asked for, the log says so.
Limits share_descriptors(std::size_t descriptors, Limits limits);

}  // namespace feedctl::http
