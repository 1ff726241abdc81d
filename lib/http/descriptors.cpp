#include "http/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "base/log.hpp"

namespace feedctl::http {

std::size_t raised_descriptor_limit() {
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

Limits share_descriptors(std::size_t descriptors, Limits limits) {
  const auto asked = limits.connections;
  const auto others = std::min<std::size_t>(512, descriptors / 4);
  limits.body_files = std::min(limits.body_files, descriptors / 4);
  limits.connections = std::min(limits.connections, descriptors - others - limits.body_files);
  if (limits.connections < asked / 2) {
    log::warning("few files may be open, so fewer clients are served at once",
                 {{"open_files", descriptors},
                  {"connections", limits.connections},
                  {"body_files", limits.body_files},
                  {"hint", "raise the limit of open files (ulimit -n, LimitNOFILE=)"}});
  }
  return limits;
}

}  // namespace feedctl::http
