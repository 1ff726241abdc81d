#include "http/memory.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "http/compress.hpp"
#include "http/identify.hpp"
#include "http/once_a_second.hpp"

namespace feedctl::http {

namespace {

// What an answer is worth as one of many in a buffer; bigger ones are not copied twice for it.
constexpr std::size_t head_room = 512;

MemoryAnswer ask(const Route& route, const Glance& glance) {
  static OnceASecond warnings;
  try {
    return route.from_memory(glance);
  } catch (const std::exception& error) {  // the handler will say what is wrong
    if (const auto suppressed = warnings.turn()) {
      log::warning(
          "an answer from memory failed",
          {{"route", route.pattern}, {"error", error.what()}, {"suppressed", *suppressed}});
    }
    return {};
  }
}

const std::string& content_type_of(const MemoryAnswer& found) {
  return found.made ? found.made->content_type : found.ready->content_type();
}

// Its body stays in `response`.
Ready::Form form_of(Response& response, bool compresses) {
  const bool varies = response.status == 304 || response.body.size() >= worth_compressing;
  if (compresses && varies) vary_by_encoding(response);
  add_standing_fields(response);
  Ready::Form form{response.status, {}, response.body};
  append_head(form.head, response, response.body.size());
  return form;
}

}  // namespace

Memory::Memory(const Router& router, const Dispatcher& dispatcher, const ProxyRules& proxies,
               Observer& observer)
    : router_(router), dispatcher_(dispatcher), proxies_(proxies), observer_(observer) {
  const auto& routes = router.routes();
  any_ = std::any_of(routes.begin(), routes.end(),
                     [](const Route& route) { return route.from_memory != nullptr; });
}

const Route* Memory::route_of(Glance& glance, Router::Values& values) const {
  if (!any_ || glance.doubtful()) return nullptr;
  const auto* route = router_.find(glance.method(), glance.path(), values);
  if (route == nullptr || !route->from_memory) return nullptr;
  glance.path_values = values.all();
  return route;
}

bool Memory::answer(const Route& route, Glance& glance, const Asking& asking,
                    std::string& out) const {
  const auto coding = glance.field(Field::accept_encoding);
  glance.gzips = coding && dispatcher_.compresses() && accepts_gzip(*coding);
  auto found = ask(route, glance);
  if (!found.ready && !found.made) return false;
  if (const auto accept = glance.field(Field::accept);
      accept && !accepts(*accept, content_type_of(found))) {
    return false;
  }
  Ready::Form own;
  if (found.made) own = form_of(*found.made, dispatcher_.compresses());
  const auto& form = found.made ? own : found.ready->form(glance, dispatcher_.compresses());
  Request ids;
  identify(ids, glance.field(Field::x_request_id), glance.field(Field::traceparent));
  const auto origin = glance.field(Field::origin);
  out.reserve(out.size() + form.head.size() + form.body.size() + head_room);
  out += form.head;
  dispatcher_.cors().decorate(
      origin ? &*origin : nullptr,
      [&](std::string_view name, std::string_view value) { append_field(out, name, value); });
  append_field(out, "X-Request-Id", ids.request_id);
  append_field(out, "traceparent", ids.traceparent);
  append_field(out, "Date", http_date());
  append_end(out, asking.delivery);
  if (!asking.delivery.head) out += form.body;
  observe(route, glance, asking, found, ids, form.status,
          asking.delivery.head ? 0 : form.body.size());
  return true;
}

void Memory::observe(const Route& route, const Glance& glance, const Asking& asking,
                     const MemoryAnswer& found, const Request& ids, int status,
                     std::size_t bytes) const {
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - asking.received;
  observer_.remembered(route, glance.method(), status, took.count());
  if (!observer_.logs()) return;
  Request request = ids;
  request.method = glance.method();
  request.path = glance.path();
  request.route = route.pattern;
  if (const auto hops = glance.field(Field::x_forwarded_for)) {
    request.headers.emplace_back("x-forwarded-for", *hops);
  }
  request.client = proxies_.client(asking.peer, request);
  if (found.user) request.identity = Identity{*found.user};
  observer_.log(request, status, bytes, took.count());
}

}  // namespace feedctl::http
