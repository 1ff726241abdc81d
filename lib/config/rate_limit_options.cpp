#include "config/rate_limit_options.hpp"

#include <iterator>
#include <utility>

namespace feedctl::config {

namespace {

std::vector<Option> user_options() {
  return {
      {.key = "rate_limit.user.read",
       .help = "reads of one user; answers from memory count nowhere",
       .field = [](Config& c) -> Field { return &c.rate_limit.user.read; },
       .is_reloadable = true},
      {.key = "rate_limit.user.write",
       .help = "writes of one user",
       .field = [](Config& c) -> Field { return &c.rate_limit.user.write; },
       .is_reloadable = true},
      {.key = "rate_limit.user.upload",
       .help = "uploads of one user",
       .field = [](Config& c) -> Field { return &c.rate_limit.user.upload; },
       .is_reloadable = true},
      {.key = "rate_limit.user.admin",
       .help = "requests of one user to the routes of admins and editors",
       .field = [](Config& c) -> Field { return &c.rate_limit.user.admin; },
       .is_reloadable = true},
  };
}

std::vector<Option> address_options() {
  return {
      {.key = "rate_limit.address.read",
       .help = "reads from one client address, or from one /64 of IPv6",
       .field = [](Config& c) -> Field { return &c.rate_limit.address.read; },
       .is_reloadable = true},
      {.key = "rate_limit.address.write",
       .help = "writes from one address",
       .field = [](Config& c) -> Field { return &c.rate_limit.address.write; },
       .is_reloadable = true},
      {.key = "rate_limit.address.login",
       .help = "sign-ins and new tokens from one address",
       .field = [](Config& c) -> Field { return &c.rate_limit.address.login; },
       .is_reloadable = true},
      {.key = "rate_limit.address.upload",
       .help = "uploads from one address",
       .field = [](Config& c) -> Field { return &c.rate_limit.address.upload; },
       .is_reloadable = true},
      {.key = "rate_limit.address.admin",
       .help = "requests from one address to the routes of admins and editors",
       .field = [](Config& c) -> Field { return &c.rate_limit.address.admin; },
       .is_reloadable = true},
  };
}

void append(std::vector<Option>& options, std::vector<Option> more) {
  options.insert(options.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
}

}  // namespace

std::vector<Option> with_rate_limit_options(std::vector<Option> options) {
  append(options, {{.key = "rate_limit.enabled",
                    .help = "refuse requests above these rates with 429",
                    .field = [](Config& c) -> Field { return &c.rate_limit.enabled; },
                    .is_reloadable = true}});
  append(options, user_options());
  append(options, address_options());
  append(options, {{.key = "rate_limit.exempt_addresses",
                    .help = "addresses or CIDR ranges without a limit by address; unix: peers on a "
                            "unix socket",
                    .field = [](Config& c) -> Field { return &c.rate_limit.exempt_addresses; },
                    .max_value = 256,
                    .rule = "networks",
                    .is_reloadable = true}});
  return options;
}

}  // namespace feedctl::config
