#pragma once
// Answers that routes have in the memory of the process, given on the loop that read the request.
// They carry the fields that the same answer of a handler would. Loops share it; thread-safe.
#include <chrono>
#include <string>

#include "http/client_address.hpp"
#include "http/dispatch.hpp"
#include "http/glance.hpp"
#include "http/observe.hpp"
#include "http/serialize.hpp"

namespace feedctl::http {

class Memory {
 public:
  // All must outlive it.
  Memory(const Router& router, const Dispatcher& dispatcher, const ProxyRules& proxies,
         Observer& observer);

  // The route of a request if it has answers in memory at all. `values` belongs to the glance.
  const Route* route_of(Glance& glance, Router::Values& values) const;

  struct Asking {
    const std::string& peer;
    std::chrono::steady_clock::time_point received;
    Delivery delivery;
  };
  // Appends the whole answer to `out`; false where there is none, and nothing is appended.
  bool answer(const Route& route, Glance& glance, const Asking& asking, std::string& out) const;

 private:
  void observe(const Route& route, const Glance& glance, const Asking& asking,
               const MemoryAnswer& found, const Request& ids, int status, std::size_t bytes) const;

  const Router& router_;
  const Dispatcher& dispatcher_;
  const ProxyRules& proxies_;
  Observer& observer_;
  bool any_ = false;
};

}  // namespace feedctl::http
