#pragma once
// Runs the handler of a route as the server does, and waits for an asynchronous one.
#include <future>
#include <memory>
#include <utility>

#include "http/router.hpp"

namespace feedctl::support {

inline http::Response call_handler(const http::Route& route, const http::Request& request) {
  if (!route.async_handler) return route.handler(request);
  const auto resumed = std::make_shared<std::promise<http::Continuation>>();
  route.async_handler(request, [resumed](http::Continuation continuation, http::RunOn) {
    resumed->set_value(std::move(continuation));
  });
  return resumed->get_future().get()();
}

}  // namespace feedctl::support
