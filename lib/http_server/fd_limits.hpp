#pragma once
// The split of the process's file descriptors between connections, body files, files that are sent
// and everything else (database, cache, bus, files). For one thread, at start.
#include <cstddef>

#include "http_server/limits.hpp"

namespace feedctl::http {

// Raises the soft limit of open files to the hard limit, and returns it.
std::size_t raise_fd_limit();

// Lowers max_connections, max_body_files and max_sent_files so that `fd_limit` suffices and clients
// never take the descriptors that handlers need. Logs a warning where far fewer connections are
// left.
Limits fit_to_fd_limit(std::size_t fd_limit, Limits limits);

}  // namespace feedctl::http
