#include "http/ready.hpp"

#include "http/compress.hpp"
#include "http/glance.hpp"
#include "http/serialize.hpp"
#include "http/text.hpp"

namespace feedctl::http {

namespace {

std::string* find(Response& response, std::string_view name) {
  for (auto& [known, value] : response.headers) {
    if (same_word(known, name)) return &value;
  }
  return nullptr;
}

Ready::Form form_of(Response response, std::string_view body) {
  Ready::Form form;
  form.status = response.status;
  form.body = body;
  add_standing_fields(response);
  append_head(form.head, response, body.size());
  return form;
}

Response not_modified(Response response, const std::string& tag) {
  response.status = 304;
  response.content_type.clear();
  if (auto* etag = find(response, "ETag")) *etag = tag;
  return response;
}

}  // namespace

Ready::Ready(Response response, std::string gzipped)
    : response_(std::move(response)), small_(std::move(gzipped)) {
  if (const auto* etag = find(response_, "ETag")) etag_ = *etag;
  weak_ = weak_tag(etag_);
  auto bare = response_;
  bare.body.clear();
  plain_ = varying_ = form_of(bare, response_.body);
  if (!etag_.empty()) {
    unchanged_ = form_of(not_modified(bare, etag_), {});
    auto varies = bare;
    vary_by_encoding(varies);
    unchanged_varying_ = form_of(not_modified(varies, etag_), {});
    unchanged_weak_ = form_of(not_modified(varies, weak_), {});
  }
  if (response_.body.size() < worth_compressing || !compressible(response_.content_type)) return;
  auto varies = bare;
  vary_by_encoding(varies);
  varying_ = form_of(varies, response_.body);
  if (small_.empty()) small_ = gzip(response_.body, thorough_level);
  if (small_.size() >= response_.body.size()) {
    small_.clear();
    return;
  }
  varies.header("Content-Encoding", "gzip");
  if (auto* etag = find(varies, "ETag")) *etag = weak_;
  gzipped_ = form_of(varies, small_);
}

const Ready::Form& Ready::form(const Glance& glance, bool gzip) const {
  const auto asked = glance.field(Field::if_none_match);
  if (asked && !etag_.empty() && names_tag(*asked, etag_)) {
    if (!gzip) return unchanged_;
    const bool weak = asked->find(weak_) != std::string_view::npos;
    return weak ? unchanged_weak_ : unchanged_varying_;
  }
  if (!gzip) return plain_;
  const auto coding = glance.field(Field::accept_encoding);
  return coding && !small_.empty() && accepts_gzip(*coding) ? gzipped_ : varying_;
}

}  // namespace feedctl::http
