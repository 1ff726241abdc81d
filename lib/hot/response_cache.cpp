#include "hot/response_cache.hpp"

#include <algorithm>
#include <charconv>

#include "http/pagination.hpp"

namespace feedctl::hot {
namespace {

// The limit of "" or "limit=42"; 0 for any other query.
int parse_limit(std::string_view query, int fallback, int max) {
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

http::Response make_response(const CachedPage& page, const http::Request& request, int limit,
                             std::chrono::seconds age) {
  auto response = http::json_response(200, page.body);
  if (page.next_cursor) response.header("Link", http::next_link(request, limit, *page.next_cursor));
  age = std::max(age, std::chrono::seconds{0});  // negative if the clock was set back
  if (page.is_stale)
    response.header("X-Feed-Stale", "1").header("Age", std::to_string(age.count()));
  return response;
}

http::InlineResponse ResponseCache::try_respond(const http::FastRequestHead& head) {
  if (head.has_field(http::Field::authorization) || head.has_field(http::Field::x_user_id))
    return {};
  const int limit = parse_limit(head.query(), default_limit_, max_limit_);
  if (limit == 0) return {};
  auto page = feed_.try_get_first_page(limit);
  if (!page && head.overloaded) page = feed_.get_stale_first_page(limit);
  if (!page) return {};
  std::chrono::seconds age{0};
  if (page->is_stale) age = std::chrono::duration_cast<std::chrono::seconds>(now() - page->made_at);
  return {.prepared = prepared_response(head, limit, std::move(page), age)};
}

std::shared_ptr<const http::PreparedResponse> ResponseCache::prepared_response(
    const http::FastRequestHead& head, int limit, CachedPagePtr page, std::chrono::seconds age) {
  const std::lock_guard lock(mutex_);
  const auto same = [&](const Entry& entry) {
    return entry.limit == limit && entry.path == head.path();
  };
  auto entry = std::find_if(entries_.begin(), entries_.end(), same);
  if (entry == entries_.end()) {
    entry = std::min_element(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return a.last_used < b.last_used;
    });
  }
  if (entry->last_used != use_counter_) entry->last_used = ++use_counter_;
  const bool current = same(*entry) && entry->page && entry->page->made_at == page->made_at &&
                       entry->page->is_stale == page->is_stale && entry->age == age;
  if (current) return entry->response;
  http::Request request;
  request.path = head.path();
  auto response = make_response(*page, request, limit, age);
  if (!page->is_stale) response.header("ETag", page->etag);
  auto prepared =
      std::make_shared<const http::PreparedResponse>(std::move(response), page->gzip_body);
  *entry = {request.path, limit, std::move(page), age, prepared, use_counter_};
  return prepared;
}

}  // namespace feedctl::hot
