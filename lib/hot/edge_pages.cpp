#include "hot/edge_pages.hpp"

#include <algorithm>
#include <charconv>

#include "http/page_request.hpp"

namespace feedctl::hot {
namespace {

// The limit of "" or "limit=42"; 0 for any other query.
int limit_of(std::string_view query, int fallback, int max) {
  constexpr std::string_view name = "limit=";
  if (query.empty()) return fallback;
  if (query.substr(0, name.size()) != name) return 0;
  const auto digits = query.substr(name.size());
  if (digits.empty() || digits.front() < '1' || digits.front() > '9') return 0;
  int limit = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, limit);
  return error == std::errc{} && stop == end && limit <= max ? limit : 0;
}

}  // namespace

http::Response response_of(const ReadyPage& page, const http::Request& request, int limit,
                           std::chrono::seconds age) {
  auto response = http::json_response(200, page.body);
  if (page.next_cursor) response.header("Link", http::next_link(request, limit, *page.next_cursor));
  age = std::max(age, std::chrono::seconds{0});  // a clock may have been put back since
  if (page.stale) response.header("X-Feed-Stale", "1").header("Age", std::to_string(age.count()));
  return response;
}

http::MemoryAnswer EdgePages::answer(const http::Glance& glance) {
  if (glance.has(http::Field::authorization) || glance.has(http::Field::x_user_id)) return {};
  const int limit = limit_of(glance.query(), default_limit_, max_limit_);
  if (limit == 0) return {};
  auto page = feed_.ready(limit);
  if (!page && glance.strained) page = feed_.last_page(limit);
  if (!page) return {};
  std::chrono::seconds age{0};
  if (page->stale) age = std::chrono::duration_cast<std::chrono::seconds>(now() - page->made_at);
  return {dressed(glance, limit, std::move(page), age), std::nullopt};
}

std::shared_ptr<const http::Ready> EdgePages::dressed(const http::Glance& glance, int limit,
                                                      ReadyPtr page, std::chrono::seconds age) {
  const std::lock_guard lock(mutex_);
  const auto same = [&](const Place& place) {
    return place.limit == limit && place.path == glance.path();
  };
  auto place = std::find_if(places_.begin(), places_.end(), same);
  if (place == places_.end()) {
    place = std::min_element(places_.begin(), places_.end(),
                             [](const Place& a, const Place& b) { return a.used < b.used; });
  }
  if (place->used != uses_) place->used = ++uses_;
  const bool current = same(*place) && place->page && place->page->made_at == page->made_at &&
                       place->page->stale == page->stale && place->age == age;
  if (current) return place->ready;
  http::Request request;
  request.path = glance.path();
  auto response = response_of(*page, request, limit, age);
  if (!page->stale) response.header("ETag", page->etag);
  auto ready = std::make_shared<const http::Ready>(std::move(response), page->gzip);
  *place = {request.path, limit, std::move(page), age, ready, uses_};
  return ready;
}

}  // namespace feedctl::hot
