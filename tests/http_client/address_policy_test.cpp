#include "http_client/address_policy.hpp"

#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::http_client;

namespace {

bool is_allowed(const char* address, AddressPolicy policy = {}) {
  return is_address_allowed(IpAddress::parse(address).value(), policy);
}

}  // namespace

TEST_CASE("public addresses are allowed") {
  for (const auto* address : {"8.8.8.8", "140.82.121.4", "172.15.0.1", "172.32.0.1", "100.128.0.1",
                              "2606:4700::1111", "64:ff9b::8.8.8.8", "2002:808:808::1"}) {
    INFO(address);
    CHECK(is_allowed(address));
  }
}

TEST_CASE("addresses of this machine and of private networks need permission") {
  const AddressPolicy loopback{.allow_loopback = true};
  const AddressPolicy all{.allow_private = true};
  for (const auto* address : {"127.0.0.1", "127.9.9.9", "::1", "64:ff9b::127.0.0.1"}) {
    INFO(address);
    CHECK_FALSE(is_allowed(address));
    CHECK(is_allowed(address, loopback));
    CHECK(is_allowed(address, all));
  }
  for (const auto* address : {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
                              "100.64.0.1", "fd00::1", "2002:a00:1::1", "::ffff:10.1.2.3"}) {
    INFO(address);
    CHECK_FALSE(is_allowed(address));
    CHECK_FALSE(is_allowed(address, loopback));
    CHECK(is_allowed(address, all));
  }
}

TEST_CASE("addresses that no provider can have are never allowed") {
  const AddressPolicy all{.allow_loopback = true, .allow_private = true};
  for (const auto* address :
       {"0.0.0.0", "0.1.2.3", "169.254.169.254", "224.0.0.1", "255.255.255.255", "240.0.0.1",
        "::", "fe80::1", "ff02::1", "::7f00:1", "2001:db8::1", "64:ff9b::169.254.169.254"}) {
    INFO(address);
    CHECK_FALSE(is_allowed(address, all));
  }
}
