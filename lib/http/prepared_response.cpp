#include "http/prepared_response.hpp"

#include "http/compress.hpp"
#include "http/fast_request_head.hpp"
#include "http/header_text.hpp"
#include "http/serialize.hpp"

namespace feedctl::http {

namespace {

PreparedResponse::Variant make_variant(Response response, std::string_view body) {
  PreparedResponse::Variant variant;
  variant.status = response.status;
  variant.body = body;
  add_common_headers(response);
  append_head(variant.head, response, body.size());
  return variant;
}

Response not_modified(Response response, const std::string& tag) {
  response.status = 304;
  response.content_type.clear();
  if (auto* etag = response.find_header("ETag")) *etag = tag;
  return response;
}

}  // namespace

PreparedResponse::PreparedResponse(Response response, std::string gzipped)
    : response_(std::move(response)), gzip_body_(std::move(gzipped)) {
  if (const auto* etag = response_.find_header("ETag")) etag_ = *etag;
  weak_etag_ = to_weak_etag(etag_);
  auto bare = response_;
  bare.body.clear();
  plain_ = vary_ = make_variant(bare, response_.body);
  if (!etag_.empty()) {
    not_modified_ = make_variant(not_modified(bare, etag_), {});
    auto varies = bare;
    add_vary_encoding(varies);
    not_modified_vary_ = make_variant(not_modified(varies, etag_), {});
    not_modified_weak_ = make_variant(not_modified(varies, weak_etag_), {});
  }
  if (response_.body.size() < min_gzip_size || !is_compressible(response_.content_type)) return;
  auto varies = bare;
  add_vary_encoding(varies);
  vary_ = make_variant(varies, response_.body);
  if (gzip_body_.empty()) gzip_body_ = gzip(response_.body, high_gzip_level);
  if (gzip_body_.size() >= response_.body.size()) {
    gzip_body_.clear();
    return;
  }
  varies.header("Content-Encoding", "gzip");
  if (auto* etag = varies.find_header("ETag")) *etag = weak_etag_;
  gzipped_ = make_variant(varies, gzip_body_);
}

const PreparedResponse::Variant& PreparedResponse::variant(const FastRequestHead& head,
                                                           bool is_gzip_enabled) const {
  const auto if_none_match = head.field(Field::if_none_match);
  if (if_none_match && !etag_.empty() && etag_matches(*if_none_match, etag_)) {
    if (!is_gzip_enabled) return not_modified_;
    const bool weak = if_none_match->find(weak_etag_) != std::string_view::npos;
    return weak ? not_modified_weak_ : not_modified_vary_;
  }
  if (!is_gzip_enabled) return plain_;
  const auto accept_encoding = head.field(Field::accept_encoding);
  return accept_encoding && !gzip_body_.empty() && accepts_gzip(*accept_encoding) ? gzipped_
                                                                                  : vary_;
}

}  // namespace feedctl::http
