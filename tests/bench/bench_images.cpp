// bench_images PHOTO FEEDCTL SECONDS: encodes a photo anew, again and again, in the confined
// processes that FEEDCTL starts. Prints how often, and the seconds that it took.
#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "base/unique_fd.hpp"
#include "images/image_processor.hpp"

using namespace feedctl;

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  const UniqueFd photo(::open(argv[1], O_RDONLY | O_CLOEXEC));
  struct stat file {};
  if (::fstat(photo.get(), &file) != 0) return 66;
  const FileSlice slice{photo.get(), 0, static_cast<std::size_t>(file.st_size)};
  images::ImageProcessor processor({1, argv[2]});
  processor.sanitize(slice, images::max_side, Deadline::after(std::chrono::seconds{30}));

  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  int count = 0;
  for (const auto limit = std::atof(argv[3]); seconds() < limit; ++count)
    processor.sanitize(slice, images::max_side, Deadline::after(std::chrono::seconds{30}));
  std::printf("%d %f\n", count, seconds());
  return 0;
}
