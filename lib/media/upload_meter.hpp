#pragma once
// Metrics of uploads: feedctl_media_uploads_total{kind,result}, feedctl_media_upload_seconds{kind}
// and feedctl_media_in_progress. Thread-safe.
#include <chrono>
#include <string_view>

#include "base/error.hpp"
#include "media/media.hpp"

namespace feedctl::media {

// Measures one upload. Without a result at its end, an exception ends it.
class UploadMeter {
 public:
  explicit UploadMeter(Kind kind);
  UploadMeter(const UploadMeter&) = delete;
  UploadMeter& operator=(const UploadMeter&) = delete;
  ~UploadMeter();

  // "stored", "replayed", "refused" (a 4xx), "unavailable" or "failed". The last call counts.
  void set_result(std::string_view result) { result_ = result; }

 private:
  const Kind kind_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::string_view result_ = "failed";
};

// The result for an Error with this code.
std::string_view result_of(ErrorCode code);

// Runs work(meter), and sets the result where an Error ends it.
template <typename Work>
auto with_meter(Kind kind, const Work& work) {
  UploadMeter meter(kind);
  try {
    return work(meter);
  } catch (const Error& error) {
    meter.set_result(result_of(error.code()));
    throw;
  }
}

}  // namespace feedctl::media
