// The values of header fields that the front reads itself. They come without control bytes, but
// must not need that.
#include <algorithm>

#include "base/error.hpp"
#include "fuzz/fuzz.hpp"
#include "http/authority.hpp"
#include "http/compress.hpp"
#include "http/content_negotiation.hpp"
#include "http/header_text.hpp"
#include "http/json_body.hpp"
#include "http/message.hpp"
#include "http/problem.hpp"
#include "http_server/host_allowlist.hpp"
#include "http_server/request_ids.hpp"
#include "http_server/trusted_proxies.hpp"

namespace feedctl::fuzz {
namespace {

using namespace feedctl::http;

Request with(const char* name, std::string_view value) {
  Request request;
  request.headers.emplace_back(name, value);
  return request;
}

void check_tags(std::string_view list) {
  if (etag_matches(list, "\"a\"")) {
    require(trimmed(list) == "*" || list.find("\"a\"") != std::string_view::npos,
            "a tag that is not there");
  }
  with_etag(with("if-none-match", list), json_response(200, "{}"), "a");
}

void check_codings(std::string_view list) {
  require(accepts_gzip(std::string(list) + ",gzip;q=1"), "gzip is asked for and not given");
  if (accepts_gzip(list)) {
    const auto text = to_lower(list);
    require(text.find("gzip") != std::string::npos || text.find('*') != std::string::npos,
            "gzip is given and not asked for");
  }
}

void check_types(std::string_view list) {
  accepts(list, "application/json");
  require(accepts(std::string(list) + ",application/json", "application/json"),
          "the type itself is not enough");
  auto request = with("content-type", list);
  request.has_body = true;
  request.body = "{}";
  try {
    JsonBody::parse(request);
  } catch (const HttpError& error) {
    require(error.status() == 415, "a type that is another mistake");
  }
}

void check_ids(std::string_view value) {
  auto request = with("x-request-id", value);
  request.headers.emplace_back("traceparent", value);
  assign_request_ids(request);
  const auto& id = request.request_id;
  require(!id.empty() && id.size() <= 128, "the length of a request id");
  require(std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7f; }),
          "a request id that cannot be written");
  require(is_traceparent(request.traceparent), "a trace that is none");
  require(trace_id(request).size() == 32, "a trace without an id");
}

void check_addresses(std::string_view value) {
  static const TrustedProxies proxies({"10.0.0.0/8", "::1", "unix"});
  for (const std::string peer : {"10.0.0.1", "1.2.3.4", "unix"}) {
    auto request = with("x-forwarded-for", value);
    request.headers.emplace_back("x-forwarded-for", std::string(value) + ", 10.1.1.1");
    const auto client = proxies.client_address(peer, request);
    require(client == peer || IpAddress::parse(client).has_value(), "a client without an address");
    if (peer == "1.2.3.4") require(client == peer, "a stranger was believed");
  }
  if (const auto address = IpAddress::parse(value)) {
    const auto again = IpAddress::parse(address->to_string());
    require(again && again->bytes == address->bytes, "an address that changes");
  }
}

void check_host(std::string_view value) {
  static const HostAllowlist rules({"t", ".example.org"});
  if (!HostAllowlist::is_well_formed(value) || !rules.allows(value)) return;
  const auto host = parse_authority(value).host;
  const std::string_view domain = "example.org";
  require(host == "t" ||
              (host.size() >= domain.size() && host.substr(host.size() - domain.size()) == domain),
          "a host that is not ours");
}

void check_numbers(std::string_view value) {
  Request request;
  request.query.emplace_back("limit", value);
  request.path_params.emplace_back("id", value);
  try {
    const int limit = request.limit(50, 100);
    require(std::to_string(limit) == value && limit >= 1 && limit <= 100, "a limit of its own");
  } catch (const Error& error) {
    require(error.code() == ErrorCode::invalid_argument, "a limit that is another mistake");
  }
  try {
    const auto id = request.path_id("id");
    require(id >= 1 && std::to_string(id) == value, "an id of its own");
  } catch (const Error& error) {
    require(error.code() == ErrorCode::not_found, "an id that is another mistake");
  }
}

}  // namespace

void fields(std::string_view bytes) {
  check_tags(bytes);
  check_codings(bytes);
  check_types(bytes);
  check_ids(bytes);
  check_addresses(bytes);
  check_host(bytes);
  check_numbers(bytes);
}

}  // namespace feedctl::fuzz
