#pragma once
// Which Host a request may name: exact names, ".example.org" for a domain and all below it, "*".
// An entry with a port wants that port. No entries: any host. Thread-safe.
#include <string>
#include <string_view>
#include <vector>

#include "base/current.hpp"

namespace feedctl::http {

class HostRules {
 public:
  explicit HostRules(std::vector<std::string> allowed);
  void replace(std::vector<std::string> allowed);
  bool allows(std::string_view host) const;
  // Whether it reads as host[:port] at all.
  static bool well_formed(std::string_view host);

 private:
  Current<std::vector<std::string>> allowed_;
};

}  // namespace feedctl::http
