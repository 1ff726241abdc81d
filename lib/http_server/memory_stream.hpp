#pragma once
// httplib's Stream over memory: reads a given request head and collects the response. One thread at
// a time. The functions without `override` are pure virtual from httplib 0.20 on.
#include <httplib.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace feedctl::http {

class MemoryStream final : public httplib::Stream {
 public:
  MemoryStream(std::string_view input, std::string& output) : input_(input), output_(output) {}

  using httplib::Stream::write;
  bool is_readable() const final { return !input_.empty(); }
  bool is_writable() const final { return true; }
  virtual bool wait_readable() const { return true; }
  virtual bool wait_writable() const { return true; }
  virtual time_t duration() const { return 0; }
  ssize_t read(char* to, size_t size) final {
    const auto n = std::min(size, input_.size());
    std::memcpy(to, input_.data(), n);
    input_.remove_prefix(n);
    return static_cast<ssize_t>(n);
  }
  ssize_t write(const char* from, size_t size) final {
    output_.append(from, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const final {}
  void get_local_ip_and_port(std::string&, int&) const final {}
  socket_t socket() const final { return 0; }

 private:
  std::string_view input_;
  std::string& output_;
};

}  // namespace feedctl::http
