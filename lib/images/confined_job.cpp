#include "images/confined_job.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <new>

#include "base/failpoint.hpp"
#include "images/blurhash.hpp"
#include "images/codecs.hpp"
#include "images/exif.hpp"
#include "images/sandbox.hpp"

namespace feedctl::images {

namespace {

// What the confined process does instead of its work: 1 crashes, 2 never ends, 3 takes memory
// without end, 4 makes a system call that is not allowed, 5 writes without end, 6 makes thumbnails
// of half the widths.
const failpoint::Point misbehavior("images.confined");

constexpr std::uint32_t blurhash_side = 64;

[[noreturn]] void finish(const Finished& message) {
  send_message(call_fd, message);
  ::_exit(0);
}

[[noreturn]] void refuse_unconfined(int call) {
  Finished message;
  message.failure = Failure::not_confined;
  send_message(call, message);
  ::_exit(0);
}

// The descriptors get the numbers of sandbox.hpp; all others are closed.
void place_fds(std::span<const UniqueFd> fds) {
  constexpr int above_all = first_output_fd + static_cast<int>(max_outputs);
  int copies[max_passed_fds];
  for (std::size_t i = 0; i < fds.size(); ++i) {
    copies[i] = ::fcntl(fds[i].get(), F_DUPFD_CLOEXEC, above_all);
    if (copies[i] < 0) refuse_unconfined(fds.front().get());
  }
  int number = call_fd;
  for (std::size_t i = 0; i < fds.size(); ++i) ::dup2(copies[i], number++);
  if (::close_range(static_cast<unsigned>(number), ~0U, 0) != 0) refuse_unconfined(call_fd);
}

// Signals end the process at once and without a text; a failed allocation throws. A write beyond
// the limit fails instead, so that the caller learns why.
void reset_handlers() {
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGXCPU, SIGABRT})
    ::signal(number, SIG_DFL);
  ::signal(SIGXFSZ, SIG_IGN);
  std::set_new_handler(nullptr);
}

void write_without_end() {
  OutputFile to(first_output_fd);
  for (const Bytes piece(1024 * 1024);;) to.write(piece.data(), piece.size());
}

void misbehave(std::int64_t how, Request& request) {
  if (how == 1) __builtin_trap();
  for (volatile bool spins = how == 2; spins;) {
  }
  for (std::vector<Bytes> all; how == 3;) all.emplace_back(16 * 1024 * 1024, 1);
  if (how == 4) ::socket(AF_INET, SOCK_STREAM, 0);
  if (how == 5) write_without_end();
  for (auto& width : request.widths) width = how == 6 ? width / 2 : width;
}

Bytes read_bytes(const FileSlice& image, const ByteRange& range) {
  ByteReader in(image);
  in.skip(range.offset);
  Bytes bytes(range.size);
  in.read(bytes);
  return bytes;
}

Bytes read_profile(const FileSlice& image, const Layout& layout) {
  Bytes profile;
  for (const auto& piece : layout.profile) {
    const auto bytes = read_bytes(image, piece);
    profile.insert(profile.end(), bytes.begin(), bytes.end());
  }
  if (layout.header.format == Format::png && !profile.empty()) return inflate_profile(profile);
  return profile;
}

// An image that stands as its orientation says.
class Job {
 public:
  explicit Job(const Request& request)
      : request_(request),
        image_{input_fd, request.offset, request.size},
        layout_(read_layout(image_)),
        orientation_(read_orientation(read_bytes(image_, layout_.exif))) {}

  Finished run() {
    if (request_.longest_side != 0)
      sanitize();
    else
      make_thumbnails();
    return finished_;
  }

 private:
  bool turns() const { return orientation_ >= 5; }
  std::uint32_t width() const { return turns() ? layout_.header.height : layout_.header.width; }
  std::uint32_t height() const { return turns() ? layout_.header.width : layout_.header.height; }

  std::uint32_t height_for(std::uint32_t wanted_width) const {
    const double exact = static_cast<double>(height()) * wanted_width / width();
    return std::max(1U, static_cast<std::uint32_t>(std::lround(exact)));
  }

  // At least of the given size, once it is upright.
  Decoded decode(std::uint32_t min_width, std::uint32_t min_height) const {
    const auto file = read_bytes(image_, {0, image_.size});
    const auto profile = read_profile(image_, layout_);
    if (turns()) std::swap(min_width, min_height);
    switch (layout_.header.format) {
      case Format::jpeg:
        return decode_jpeg(file, profile, {min_width, min_height});
      case Format::png:
        return decode_png(file, profile);
      case Format::webp:
        return decode_webp(file, profile);
    }
    give_up(Failure::damaged);
  }

  void sanitize() {
    const auto longest = std::max(width(), height());
    auto new_width = width(), new_height = height();
    if (longest > request_.longest_side) {
      const double scale = static_cast<double>(request_.longest_side) / longest;
      new_width = std::max(1U, static_cast<std::uint32_t>(std::lround(width() * scale)));
      new_height = std::max(1U, static_cast<std::uint32_t>(std::lround(height() * scale)));
    }
    auto image = decode(new_width, new_height);
    // Reduced before it is turned: that takes less memory.
    const auto stored_width = turns() ? new_height : new_width;
    const auto stored_height = turns() ? new_width : new_height;
    if (image.bitmap.width != stored_width || image.bitmap.height != stored_height)
      image.bitmap = rescale(image.bitmap, stored_width, stored_height);
    image.bitmap = orient(std::move(image.bitmap), orientation_);
    encode(image);
  }

  void encode(const Decoded& image) {
    OutputFile to(next_output());
    switch (layout_.header.format) {
      case Format::jpeg:
        encode_jpeg(image, to);
        break;
      case Format::png:
        encode_png(image.bitmap, to);
        break;
      case Format::webp:
        encode_webp(image.bitmap, layout_.is_lossless, to);
        break;
    }
    add_output(to, image.bitmap);
  }

  int next_output() const { return first_output_fd + static_cast<int>(finished_.output_count); }

  void add_output(OutputFile& to, const Bitmap& image) {
    finished_.outputs[finished_.output_count++] = {to.finish(), image.width, image.height};
  }

  void make_thumbnails() {
    // The widths ascend.
    std::uint32_t count = 0;
    while (count < request_.width_count && request_.widths[count] < width()) ++count;
    const auto largest = count == 0 ? 0 : request_.widths[count - 1];
    const auto min_width = std::min(std::max(largest, blurhash_side), width());
    auto bitmap = decode(min_width, height_for(min_width)).bitmap;
    bitmap = orient(std::move(bitmap), orientation_);
    for (auto i = count; i > 0; --i) add_thumbnail(bitmap, i - 1);
    set_blurhash(bitmap);
  }

  // Each from the one before it, which is larger: the largest first.
  void add_thumbnail(Bitmap& bitmap, std::uint32_t index) {
    const auto wanted_width = request_.widths[index];
    const auto wanted_height = height_for(wanted_width);
    if (bitmap.width != wanted_width || bitmap.height != wanted_height)
      bitmap = rescale(bitmap, wanted_width, wanted_height);
    OutputFile to(first_output_fd + static_cast<int>(index));
    encode_webp(bitmap, false, to);
    finished_.outputs[index] = {to.finish(), bitmap.width, bitmap.height};
    ++finished_.output_count;
  }

  void set_blurhash(const Bitmap& bitmap) {
    const auto longest = std::max(bitmap.width, bitmap.height);
    const auto side = std::min(longest, blurhash_side);
    const auto text = blurhash(rescale(bitmap, std::max(1U, bitmap.width * side / longest),
                                       std::max(1U, bitmap.height * side / longest)));
    if (text.size() >= max_blurhash) give_up(Failure::damaged);
    std::copy(text.begin(), text.end(), finished_.blurhash.begin());
  }

  const Request& request_;
  FileSlice image_;
  Layout layout_;
  int orientation_;
  Finished finished_;
};

[[noreturn]] void work(Request request, std::int64_t how) {
  try {
    misbehave(how, request);
    finish(Job(request).run());
  } catch (const std::bad_alloc&) {
    give_up(Failure::too_much_memory);
  } catch (...) {
    give_up(Failure::damaged);
  }
}

}  // namespace

void give_up(Failure failure) {
  Finished message;
  message.failure = failure;
  finish(message);
}

void run_confined(const Request& request, std::span<const UniqueFd> fds) {
  place_fds(fds);
  reset_handlers();
  const auto how = misbehavior.value_or(0);
  if (!confine()) refuse_unconfined(call_fd);
  work(request, how);
}

}  // namespace feedctl::images
