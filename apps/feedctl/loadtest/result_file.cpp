#include "feedctl/loadtest/result_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/error.hpp"
#include "loadtest/result_json.hpp"

namespace feedctl::cli {

namespace {

namespace fs = std::filesystem;

// At most one byte more than read_json() accepts.
std::string read_start(const std::string& path) {
  std::error_code failure;
  const auto size = fs::file_size(path, failure);
  // Checked before opening: opening a FIFO blocks until it has a writer, and a device has no end.
  if (failure || !fs::is_regular_file(path, failure)) {
    throw Error(ErrorCode::bad_data, "cannot read " + path)
        .with_hint("give a file that `feedctl loadtest --result FILE` wrote");
  }
  std::ifstream in(path, std::ios::binary);
  std::string text(std::min<std::uintmax_t>(size, loadtest::max_result_bytes) + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || !in.is_open())
    throw Error(ErrorCode::bad_data, "cannot read " + path).with_hint("check its permissions");
  return text;
}

Error cannot_write(const std::string& path, const std::string& reason) {
  return Error(ErrorCode::failed, "cannot write " + path + ": " + reason)
      .with_hint("give a path in a folder that you may write to");
}

}  // namespace

loadtest::LoadResult read_result_file(const std::string& path) {
  return loadtest::read_json(read_start(path), path);
}

void write_report_file(const std::string& path, std::string_view text) {
  // A pipe or a device, such as /dev/stdout, cannot be replaced.
  std::error_code failure;
  const bool is_special = fs::exists(path, failure) && !fs::is_regular_file(path, failure);
  const auto written = is_special ? path : path + "." + std::to_string(::getpid()) + ".tmp";
  errno = 0;
  std::ofstream out(written, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) {
    const auto reason = std::generic_category().message(errno);
    if (!is_special) fs::remove(written, failure);
    throw cannot_write(path, reason);
  }
  if (is_special) return;
  fs::rename(written, path, failure);
  if (!failure) return;
  const auto reason = failure.message();
  fs::remove(written, failure);
  throw cannot_write(path, reason);
}

}  // namespace feedctl::cli
