#include "http_server/fd_limits.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "base/log.hpp"

namespace feedctl::http {

std::size_t raise_fd_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const auto before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (before != limit.rlim_max && ::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    log::warning("cannot raise the limit of open files");
    limit.rlim_cur = before;
  }
  return limit.rlim_cur;
}

Limits fit_to_fd_limit(std::size_t fd_limit, Limits limits) {
  const auto requested = limits.max_connections;
  const auto others = std::min<std::size_t>(512, fd_limit / 4);
  limits.max_body_files = std::min(limits.max_body_files, fd_limit / 4);
  limits.max_sent_files = std::min(limits.max_sent_files, fd_limit / 8);
  limits.max_connections = std::min(
      limits.max_connections, fd_limit - others - limits.max_body_files - limits.max_sent_files);
  if (limits.max_connections < requested / 2) {
    log::warning("few files may be open, so fewer clients are served at once",
                 {{"open_files", fd_limit},
                  {"connections", limits.max_connections},
                  {"body_files", limits.max_body_files},
                  {"sent_files", limits.max_sent_files},
                  {"hint", "raise the limit of open files (ulimit -n, LimitNOFILE=)"}});
  }
  return limits;
}

}  // namespace feedctl::http
