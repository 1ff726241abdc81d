#pragma once
// Which Host a request may name: exact names, ".example.org" for a domain and all below it, "*".
// An entry with a port wants that port; a Host without one stands for 80 and 443. However a name is
// spelled, it is the same name (http/authority.hpp). No entries: any host. Thread-safe.
#include <string>
#include <string_view>
#include <vector>

#include "base/current.hpp"

namespace feedctl::http {

class HostRules {
 public:
  explicit HostRules(const std::vector<std::string>& allowed);
  void replace(const std::vector<std::string>& allowed);
  bool allows(std::string_view host) const;
  // Whether it reads as host[:port] at all.
  static bool well_formed(std::string_view host);

 private:
  struct Rule {
    std::string host;
    std::string port;    // "" for any
    bool below = false;  // and all names below it
    bool any = false;
  };
  static std::vector<Rule> parse(const std::vector<std::string>& allowed);
  static bool matches(const Rule& rule, std::string_view host, std::string_view port);

  Current<std::vector<Rule>> allowed_;
};

}  // namespace feedctl::http
