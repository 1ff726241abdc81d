#pragma once
// The hosts that a request may name: exact names, ".example.org" for a domain and all subdomains,
// or "*". An entry with a port requires that port; a Host without a port means 80 and 443. Names
// compare in normal form (http/authority.hpp). Without entries every host is allowed. Thread-safe,
// also while replace() runs.
#include <string>
#include <string_view>
#include <vector>

#include "base/reloadable.hpp"

namespace feedctl::http {

class HostAllowlist {
 public:
  explicit HostAllowlist(const std::vector<std::string>& allowed);
  void replace(const std::vector<std::string>& allowed);
  bool allows(std::string_view host) const;
  // Whether the text is host[:port].
  static bool is_well_formed(std::string_view host);

 private:
  struct Rule {
    std::string host;
    std::string port;  // "" for any
    bool includes_subdomains = false;
    bool matches_any = false;
  };
  static std::vector<Rule> parse(const std::vector<std::string>& allowed);
  static bool matches(const Rule& rule, std::string_view host, std::string_view port);

  Reloadable<std::vector<Rule>> allowed_;
};

}  // namespace feedctl::http
