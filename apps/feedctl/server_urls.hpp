#pragma once
// Where the processes of this machine answer HTTP, by the configuration, for commands that call
// them. Plain functions; any thread.
#include <optional>
#include <string>

#include "config/config.hpp"

namespace feedctl::cli {

// "http://127.0.0.1:8000" of serve: the loopback address where it listens to all, else
// server.host. Error(usage): it has no fixed port, or listens on a unix socket.
std::string configured_serve_url(const config::Config& config);
// Of work, by work.port; nullopt: it has none.
std::optional<std::string> configured_work_url(const config::Config& config);

// `url` with this path, unless it has one of its own. Error(usage), which names `what`: no URL.
std::string url_with_path(const std::string& url, const std::string& path, const std::string& what);

}  // namespace feedctl::cli
