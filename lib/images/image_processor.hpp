#pragma once
// Decoding and encoding of untrusted images, each in a process of its own that has limits of memory
// and time, no files, no network and few system calls (docs/media.md). What comes out was encoded
// anew: upright, in sRGB, without metadata and without trailing bytes.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_slice.hpp"
#include "base/time.hpp"
#include "base/unique_fd.hpp"

namespace feedctl::images {

enum class Format { jpeg, png, webp };
std::string_view content_type_of(Format format);  // "image/jpeg"
std::string_view extension_of(Format format);     // "jpg", "png", "webp"
std::optional<Format> parse_content_type(std::string_view type);

inline constexpr std::uint32_t max_side = 8192;
inline constexpr std::uint64_t max_pixels = 40'000'000;

struct Header {
  Format format{};
  std::uint32_t width = 0;  // as stored, before the orientation is applied
  std::uint32_t height = 0;
};

// Reads what the bytes say about the image, without decoding it and in constant memory.
// Error(unsupported_media): neither JPEG, PNG nor WebP. Error(unprocessable): truncated, damaged,
// too large, animated, or with too much metadata; the text says which.
Header read_header(const FileSlice& image);

// An encoded image in an unlinked file or in memory of its own (memfd).
struct Image {
  UniqueFd file;
  std::size_t size = 0;
  Format format{};
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  FileSlice slice() const { return {file.get(), 0, size}; }
};

struct Thumbnails {
  std::vector<Image> images;  // WebP, of the widths that are smaller than the image's, ascending
  std::string blurhash;       // 4 x 3 components, fewer for a narrow image
};

// Owns one helper process, which forks one confined process an image. Starts the helper when it is
// first needed, and again where it has ended. Thread-safe.
class ImageProcessor {
 public:
  struct Options {
    int concurrency = 2;  // images at once; others wait for their turn until their deadline
    std::string executable = "/proc/self/exe";  // runs `executable image-processor`
  };
  explicit ImageProcessor(Options options);
  ~ImageProcessor();  // ends the helper and what it works on

  // Whether this build has the image libraries. Without them all calls are Error(unavailable) with
  // what to install.
  static bool is_available();

  // The whole image anew, in its format; reduced where a side is longer than `longest_side`.
  // Errors as read_header(). Error(unprocessable) also where decoding fails, takes too much memory
  // or processor time, or crashes. Error(unavailable): no turn or no result before the deadline, or
  // no helper.
  Image sanitize(const FileSlice& image, std::uint32_t longest_side, Deadline deadline);
  // The same errors.
  Thumbnails thumbnails(const FileSlice& image, std::span<const std::uint32_t> widths,
                        Deadline deadline);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The descriptor of its socket that the helper process inherits.
inline constexpr int helper_socket = 3;
bool is_helper_socket(int fd);
// The main function of the helper process: serves the socket until its peer closes it. Returns the
// exit code. Without threads.
int run_image_processor(int socket);

}  // namespace feedctl::images
