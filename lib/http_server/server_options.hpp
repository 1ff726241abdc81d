#pragma once
// The options of a Server. A plain value.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "http_server/limits.hpp"

namespace feedctl::http {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 8000;               // 0: any free port
  std::optional<int> listen_fd;  // a listening socket that the process inherited
  int loop_threads = 0;          // event loops; 0: one for each core
  int handler_threads = 16;
  std::vector<std::string> allowed_hosts;    // empty: any Host
  std::vector<std::string> trusted_proxies;  // addresses or CIDRs; see TrustedProxies
  std::vector<std::string> cors_origins;     // exact, or "*" for any
  bool access_log = true;
  bool gzip = true;
  std::chrono::milliseconds handler_timeout{1500};  // Request::deadline is this far ahead
  std::chrono::milliseconds upload_timeout{20000};  // the same for uploads; see Exchange::is_upload
  Limits limits;
};

}  // namespace feedctl::http
