#include "audit/request_actor.hpp"

namespace feedctl::audit {

Actor actor_of(const http::Request& request) {
  return {request.identity->user_id, std::nullopt, request.request_id};
}

}  // namespace feedctl::audit
