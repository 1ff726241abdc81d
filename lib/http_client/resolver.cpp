#include "http_client/resolver.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

#include "http_client/failure.hpp"

namespace feedctl::http_client {

namespace {

constexpr int max_lookups = 16;
std::atomic<int> lookups{0};

IpAddress to_address(const sockaddr* address) {
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    IpAddress found;
    std::memcpy(found.bytes.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
    return found;
  }
  sockaddr_in v4{};
  std::memcpy(&v4, address, sizeof v4);
  auto found = IpAddress::parse("0.0.0.0").value();
  std::memcpy(&found.bytes[12], &v4.sin_addr, sizeof v4.sin_addr);
  return found;
}

class Lookup {
 public:
  explicit Lookup(std::string host) : host_(std::move(host)) {}

  void run() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(host_.c_str(), nullptr, &hints, &list);
    std::vector<IpAddress> found;
    for (const auto* entry = list; code == 0 && entry != nullptr; entry = entry->ai_next) {
      if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6)
        found.push_back(to_address(entry->ai_addr));
    }
    if (list != nullptr) ::freeaddrinfo(list);
    finish(std::move(found), code == 0 ? "has no address" : ::gai_strerror(code));
  }

  std::vector<IpAddress> wait(Deadline deadline) {
    std::unique_lock lock(mutex_);
    if (!finished_.wait_until(lock, deadline.at(), [this] { return done_; }))
      throw CallFailure("the name was not resolved in time");
    if (addresses_.empty()) throw CallFailure("the name cannot be resolved: " + problem_);
    return addresses_;
  }

 private:
  void finish(std::vector<IpAddress> addresses, const char* problem) {
    const std::lock_guard lock(mutex_);
    addresses_ = std::move(addresses);
    problem_ = problem;
    done_ = true;
    finished_.notify_all();
  }

  const std::string host_;
  std::mutex mutex_;
  std::condition_variable finished_;
  bool done_ = false;
  std::vector<IpAddress> addresses_;
  std::string problem_;
};

void start(std::shared_ptr<Lookup> lookup) {
  if (lookups.fetch_add(1) >= max_lookups) {
    lookups.fetch_sub(1);
    throw CallFailure("too many names are being resolved");
  }
  try {
    std::thread([lookup = std::move(lookup)] {
      lookup->run();
      lookups.fetch_sub(1);
    }).detach();
  } catch (const std::system_error&) {
    lookups.fetch_sub(1);
    throw CallFailure("no thread for resolving the name");
  }
}

}  // namespace

std::vector<IpAddress> resolve(const std::string& host, Deadline deadline) {
  if (const auto address = IpAddress::parse(host)) return {*address};
  const auto lookup = std::make_shared<Lookup>(host);
  start(lookup);
  return lookup->wait(deadline);
}

}  // namespace feedctl::http_client
