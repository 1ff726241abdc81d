#include "media/upload_meter.hpp"

#include <string>

#include "metrics/metrics.hpp"

namespace feedctl::media {

namespace {

metrics::Gauge& in_progress() {
  static auto& gauge = metrics::gauge("feedctl_media_in_progress",
                                      "Uploads that are checked, encoded or stored now.");
  return gauge;
}

metrics::Histogram& make_seconds(Kind kind) {
  return metrics::histogram("feedctl_media_upload_seconds",
                            "Duration of uploads from their body to their answer, by kind.",
                            {{"kind", std::string(to_string(kind))}});
}

metrics::Histogram& seconds_of(Kind kind) {
  static auto& images = make_seconds(Kind::post_image);
  static auto& avatars = make_seconds(Kind::avatar);
  return kind == Kind::avatar ? avatars : images;
}

}  // namespace

std::string_view result_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::unauthenticated:
    case ErrorCode::permission_denied:
    case ErrorCode::not_found:
    case ErrorCode::conflict:
    case ErrorCode::too_large:
    case ErrorCode::unsupported_media:
    case ErrorCode::unprocessable:
    case ErrorCode::rate_limited:
      return "refused";
    case ErrorCode::unavailable:
      return "unavailable";
    default:
      return "failed";
  }
}

UploadMeter::UploadMeter(Kind kind) : kind_(kind) {
  in_progress().add(1);
}

UploadMeter::~UploadMeter() {
  in_progress().add(-1);
  seconds_of(kind_).observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count());
  metrics::counter("feedctl_media_uploads_total", "Uploads of images, by kind and result.",
                   {{"kind", std::string(to_string(kind_))}, {"result", std::string(result_)}})
      .add();
}

}  // namespace feedctl::media
