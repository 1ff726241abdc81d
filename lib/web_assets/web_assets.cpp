#include "web_assets/web_assets.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "http/compress.hpp"
#include "web_assets/asset_table.hpp"

namespace feedctl::web_assets {

namespace {

struct Decompressed {
  std::once_flag once;
  std::string bytes;
};

std::string plain_bytes(const Asset& asset) {
  return http::gunzip(asset.gzip, asset.size);
}

// Few clients refuse gzip. For them an embedded file is decompressed once, and kept.
std::string cached_plain_bytes(const Asset& asset) {
  static std::vector<Decompressed> all(all_assets().size());
  const auto* embedded = find(asset.path);
  if (embedded != &asset) return plain_bytes(asset);
  auto& entry = all[static_cast<std::size_t>(embedded - all_assets().data())];
  std::call_once(entry.once, [&] { entry.bytes = plain_bytes(asset); });
  return entry.bytes;
}

void add_body(const http::Request& request, const Asset& asset, http::Response& response) {
  if (http::accepts_gzip(request.header("accept-encoding"))) {
    response.body = asset.gzip;
    response.header("Content-Encoding", "gzip");
    if (auto* etag = response.find_header("ETag")) *etag = http::to_weak_etag(*etag);
    return;
  }
  response.body = cached_plain_bytes(asset);
}

}  // namespace

const Asset* find(std::string_view path) {
  const auto assets = all_assets();
  const auto found =
      std::lower_bound(assets.begin(), assets.end(), path,
                       [](const Asset& asset, std::string_view name) { return asset.path < name; });
  return found != assets.end() && found->path == path ? &*found : nullptr;
}

bool has_vendor() {
  static const bool has = find("console/vendor/htm-preact.mjs") != nullptr;
  return has;
}

http::Response respond(const http::Request& request, const Asset& asset,
                       std::string_view content_security_policy) {
  http::Response empty;
  empty.content_type = asset.content_type;
  auto response = http::with_etag(request, std::move(empty), std::string(asset.etag));
  response.header("Cache-Control", "no-cache");
  http::add_vary_encoding(response);
  if (!content_security_policy.empty()) {
    response.header("Content-Security-Policy", std::string(content_security_policy));
  }
  if (response.status == 200) add_body(request, asset, response);
  return response;
}

http::Response respond_without_vendor(const http::Request& request) {
  const auto* page = find("web_assets/missing.html");
  if (page == nullptr) throw Error(ErrorCode::internal, "web_assets/missing.html is not embedded");
  return respond(request, *page, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
}

}  // namespace feedctl::web_assets
