#include "images/image_processor.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "base/error.hpp"
#include "images/blurhash.hpp"
#include "images/helper_call.hpp"
#include "images/helper_process.hpp"
#include "images/layout.hpp"
#include "images/turn_queue.hpp"
#include "images/wire.hpp"

namespace feedctl::images {

namespace {

constexpr std::size_t max_waiting = 256;
constexpr int max_attempts = 2;

void require_available() {
  if (ImageProcessor::is_available()) return;
  throw Error(ErrorCode::unavailable, "this feedctl was built without the image libraries")
      .with_hint("run scripts/packages, which installs them, and build feedctl again");
}

void require_success(Failure failure) {
  switch (failure) {
    case Failure::none:
      return;
    case Failure::damaged:
      throw undecodable();
    case Failure::too_much_memory:
      throw Error(ErrorCode::unprocessable, "the image takes too much memory; send a smaller one");
    case Failure::profile_too_large:
      throw profile_too_large();
    case Failure::output_too_large:
      throw Error(ErrorCode::unprocessable, "the image is too large; send a smaller one");
    case Failure::not_confined:
      throw Error(ErrorCode::unavailable, "this system cannot confine the processing of images")
          .with_hint("allow setrlimit, prctl, close_range and seccomp filters to feedctl");
  }
  throw undecodable();
}

// A process that an image has taken over may claim what it likes.
Image check(UniqueFd file, const Output& claimed, Format format) {
  struct stat what {};
  ::fstat(file.get(), &what);
  Image image{std::move(file), static_cast<std::size_t>(what.st_size), format, claimed.width,
              claimed.height};
  const auto header = read_header(image.slice());
  if (image.size != claimed.size || header.format != format || header.width != claimed.width ||
      header.height != claimed.height)
    throw undecodable();
  return image;
}

std::string check_blurhash(const std::array<char, max_blurhash>& claimed) {
  const auto end = std::find(claimed.begin(), claimed.end(), '\0');
  std::string text(claimed.begin(), end);
  if (end == claimed.end() || text.find_first_not_of(blurhash_alphabet) != std::string::npos)
    throw undecodable();
  return text;
}

}  // namespace

bool is_helper_socket(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

class ImageProcessor::Impl {
 public:
  explicit Impl(Options options)
      : options_(std::move(options)), turns_(std::max(1, options_.concurrency), max_waiting) {}

  CallResult call(Request request, const FileSlice& image, Deadline deadline) {
    request.offset = image.offset;
    request.size = image.size;
    const TurnQueue::Turn turn(turns_, deadline);
    for (int attempt = 0; attempt < max_attempts && !deadline.is_expired(); ++attempt) {
      const auto helper = get_helper();
      if (auto result = call_helper(*helper, request, image, deadline)) return std::move(*result);
      discard(helper);
    }
    throw Error(ErrorCode::unavailable, "images cannot be processed now; try again later");
  }

 private:
  std::shared_ptr<const HelperProcess> get_helper() {
    const std::lock_guard lock(mutex_);
    if (helper_ == nullptr || helper_->has_ended())
      helper_ = std::make_shared<const HelperProcess>(options_.executable);
    return helper_;
  }

  void discard(const std::shared_ptr<const HelperProcess>& ended) {
    const std::lock_guard lock(mutex_);
    if (helper_ == ended) helper_.reset();
  }

  const Options options_;
  TurnQueue turns_;
  std::mutex mutex_;
  std::shared_ptr<const HelperProcess> helper_;
};

ImageProcessor::ImageProcessor(Options options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

ImageProcessor::~ImageProcessor() = default;

Image ImageProcessor::sanitize(const FileSlice& image, std::uint32_t longest_side,
                               Deadline deadline) {
  require_available();
  const auto header = read_header(image);
  Request request;
  request.longest_side = std::clamp(longest_side, 1U, max_side);
  auto result = impl_->call(request, image, deadline);
  require_success(result.message.failure);
  return check(std::move(result.files.front()), result.message.outputs.front(), header.format);
}

Thumbnails ImageProcessor::thumbnails(const FileSlice& image, std::span<const std::uint32_t> widths,
                                      Deadline deadline) {
  require_available();
  read_header(image);
  Request request;
  std::vector<std::uint32_t> ascending(widths.begin(), widths.end());
  std::sort(ascending.begin(), ascending.end());
  ascending.erase(std::unique(ascending.begin(), ascending.end()), ascending.end());
  if (ascending.size() > max_outputs || (!ascending.empty() && ascending.front() == 0))
    throw Error(ErrorCode::internal, "thumbnails of 0 pixels, or of too many widths");
  std::copy(ascending.begin(), ascending.end(), request.widths.begin());
  request.width_count = static_cast<std::uint32_t>(ascending.size());
  auto result = impl_->call(request, image, deadline);
  require_success(result.message.failure);
  Thumbnails thumbnails;
  const auto count = std::min<std::size_t>(result.message.output_count, ascending.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto& claimed = result.message.outputs[i];
    if (claimed.width != ascending[i]) throw undecodable();
    thumbnails.images.push_back(check(std::move(result.files[i]), claimed, Format::webp));
  }
  thumbnails.blurhash = check_blurhash(result.message.blurhash);
  return thumbnails;
}

}  // namespace feedctl::images
