#include "imports/archive_file.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/display_text.hpp"
#include "base/unique_fd.hpp"
#include "base/utf8.hpp"
#include "imports/entry_name.hpp"
#include "imports/zip_directory.hpp"

namespace feedctl::imports {
namespace {

constexpr std::size_t block_size = 64 * 1024;
constexpr int max_retries = 16;

struct FreeArchive {
  void operator()(archive* handle) const { ::archive_read_free(handle); }
};

UniqueFd open_regular_file(const std::filesystem::path& path) {
  // Without O_NONBLOCK the opening of a named pipe would wait for a writer.
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat found {};
  if (!file.is_open() || ::fstat(file.get(), &found) != 0)
    throw Error(ErrorCode::bad_data,
                "cannot open " + path.string() + ": " + std::generic_category().message(errno));
  if (!S_ISREG(found.st_mode))
    throw Error(ErrorCode::bad_data, path.string() + " is no regular file")
        .with_hint("name the archive itself, as it was downloaded");
  return file;
}

}  // namespace

class ArchiveFile::Reader {
 public:
  Reader(const std::filesystem::path& path, const ArchiveLimits& limits)
      : file_(open_regular_file(path)),
        name_(path.filename().string()),
        bare_name_(bare_entry_name(name_)),
        limits_(limits) {
    begin();
  }

  void begin() {
    archive_.reset(::archive_read_new());
    if (!archive_) throw std::bad_alloc();
    offset_ = 0;
    compressed_ = entry_bytes_ = 0;
    entries_ = skipped_ = 0;
    is_first_header_read_ = false;
    fault_.clear();
    entry_.clear();
    choose_formats();
    set_callbacks();
    if (::archive_read_open1(archive_.get()) != ARCHIVE_OK) throw not_an_archive();
  }

  std::optional<Entry> next() {
    entry_.clear();
    while (auto* header = next_header()) {
      if (++entries_ > limits_.max_entries)
        throw bad_data("has more than " + std::to_string(limits_.max_entries) + " entries");
      auto found = to_entry(header);
      if (!found) {
        ++skipped_;
        continue;
      }
      entry_ = found->name;
      check_packing(header);
      return found;
    }
    return std::nullopt;
  }

  std::size_t read(std::span<char> buffer) {
    if (entry_.empty() || buffer.empty()) return 0;
    const auto size = ::archive_read_data(archive_.get(), buffer.data(), buffer.size());
    if (size < 0) throw damaged();
    entry_bytes_ += static_cast<std::uint64_t>(size);
    if (!fault_.empty()) throw damaged();
    if (const auto* fault = limit_fault()) throw bad_data(fault);
    return static_cast<std::size_t>(size);
  }

  bool is_bare() const { return ::archive_format(archive_.get()) == ARCHIVE_FORMAT_RAW; }
  std::size_t skipped() const { return skipped_; }
  std::string where() const { return entry_.empty() ? name_ : name_ + ": " + entry_; }

  Error bad_data(const std::string& what) const {
    return Error(ErrorCode::bad_data, where() + ": " + what);
  }

 private:
  void choose_formats() {
    auto* handle = archive_.get();
    ::archive_read_support_filter_gzip(handle);
    ::archive_read_support_format_tar(handle);
    ::archive_read_support_format_zip_streamable(handle);
    if (has_small_zip_directory(file_.get(), max_zip_directory_bytes))
      ::archive_read_support_format_zip_seekable(handle);
    // Takes any bytes for one entry, so only where the name says what they are.
    if (!bare_name_.empty()) ::archive_read_support_format_raw(handle);
  }

  void set_callbacks() {
    auto* handle = archive_.get();
    ::archive_read_set_callback_data(handle, this);
    ::archive_read_set_read_callback(handle, [](archive*, void* self, const void** buffer) {
      return static_cast<Reader*>(self)->deliver(buffer);
    });
    ::archive_read_set_skip_callback(handle, [](archive*, void* self, la_int64_t size) {
      return static_cast<Reader*>(self)->skip(size);
    });
    ::archive_read_set_seek_callback(handle, [](archive*, void* self, la_int64_t by, int from) {
      return static_cast<Reader*>(self)->seek(by, from);
    });
  }

  la_ssize_t deliver(const void** buffer) {
    if (const auto* fault = limit_fault()) return refuse(fault);
    if (!is_first_header_read_ && compressed_ > max_zip_directory_bytes + max_search_bytes)
      return refuse("the list of entries is too long");
    const auto size = ::pread(file_.get(), block_.data(), block_.size(), offset_);
    if (size < 0) return refuse(std::generic_category().message(errno).c_str());
    offset_ += size;
    compressed_ += static_cast<std::uint64_t>(size);
    *buffer = block_.data();
    return size;
  }

  // libarchive asks nobody else: its message would name neither file nor limit.
  la_ssize_t refuse(const char* why) {
    fault_ = why;
    ::archive_set_error(archive_.get(), EIO, "%s", why);
    return -1;
  }

  la_int64_t skip(la_int64_t size) {
    const auto left = std::max<la_int64_t>(file_size() - offset_, 0);
    const auto skipped = std::clamp<la_int64_t>(size, 0, left);
    offset_ += skipped;
    return skipped;
  }

  la_int64_t seek(la_int64_t by, int from) {
    const auto base = from == SEEK_SET ? 0 : from == SEEK_CUR ? offset_ : file_size();
    if (by < -base || by > file_size() - base) return ARCHIVE_FATAL;
    return offset_ = base + by;
  }

  la_int64_t file_size() const {
    struct stat found {};
    return ::fstat(file_.get(), &found) == 0 ? found.st_size : 0;
  }

  // The most bytes that any layer has made: a gzip stream within another may grow and shrink.
  std::uint64_t decompressed() const {
    auto most = entry_bytes_;
    const int layers = ::archive_filter_count(archive_.get());
    for (int layer = 0; layer + 1 < layers; ++layer) {
      const auto bytes = ::archive_filter_bytes(archive_.get(), layer);
      most = std::max(most, static_cast<std::uint64_t>(std::max<la_int64_t>(bytes, 0)));
    }
    return most;
  }

  const char* limit_fault() const {
    const auto bytes = decompressed();
    if (bytes > limits_.max_bytes) return "unpacks to more bytes than the limit";
    if (bytes <= limits_.ratio_from) return nullptr;
    const auto compressed = std::max<std::uint64_t>(compressed_, 1);
    return bytes / compressed > limits_.max_ratio ? "looks like a zip bomb" : nullptr;
  }

  // nullptr: the end.
  archive_entry* next_header() {
    archive_entry* header = nullptr;
    for (int tries = 0; tries < max_retries; ++tries) {
      const int status = ::archive_read_next_header(archive_.get(), &header);
      is_first_header_read_ = true;
      // libarchive takes an error behind a gzip stream for the end.
      if (!fault_.empty()) throw damaged();
      if (const auto* fault = limit_fault()) throw bad_data(fault);
      if (status == ARCHIVE_EOF) return nullptr;
      if (status == ARCHIVE_OK || status == ARCHIVE_WARN) return header;
      if (status != ARCHIVE_RETRY) break;
    }
    throw entries_ == 0 ? not_an_archive() : damaged();
  }

  // nullopt: an entry that is left out.
  std::optional<Entry> to_entry(archive_entry* header) const {
    const bool is_link = ::archive_entry_hardlink(header) || ::archive_entry_symlink(header);
    if (is_link || ::archive_entry_filetype(header) != AE_IFREG) return std::nullopt;
    std::optional<std::uint64_t> size;
    if (::archive_entry_size_is_set(header))
      size = static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_entry_size(header), 0));
    if (is_bare()) return Entry{bare_name_, std::nullopt};
    const char* name = ::archive_entry_pathname_utf8(header);
    if (!name) name = ::archive_entry_pathname(header);
    auto cleaned = clean_entry_name(name ? name : "");
    if (!cleaned) return std::nullopt;
    return Entry{std::move(*cleaned), size};
  }

  // Other methods take as much memory as the archive says.
  void check_packing(archive_entry* header) const {
    if (::archive_entry_is_encrypted(header))
      throw bad_data("is encrypted").with_hint("unpack it and pack it again without a password");
    if (::archive_format(archive_.get()) != ARCHIVE_FORMAT_ZIP) return;
    const std::string_view format = ::archive_format_name(archive_.get());
    for (const auto* known : {"(uncompressed)", "(deflation)"}) {
      if (format.find(known) != std::string_view::npos) return;
    }
    throw bad_data("is packed by an unusual method").with_hint("pack it again with zip or tar");
  }

  Error not_an_archive() const {
    if (!fault_.empty()) return damaged();
    return bad_data("is not a zip, tar or tar.gz archive, or is damaged")
        .with_hint("name the archive as it was downloaded; a bare file ends in .json, .js or .car")
        .with_detail(libarchive_message());
  }

  Error damaged() const {
    if (!fault_.empty()) return bad_data(fault_);
    return bad_data("is damaged: " + libarchive_message()).with_hint("download the archive again");
  }

  std::string libarchive_message() const {
    const char* text = ::archive_error_string(archive_.get());
    const std::string message = text ? text : "unknown";
    return validate_name(message, max_message) ? "unreadable" : message;
  }

  static constexpr std::size_t max_message = 400;
  static constexpr std::uint64_t max_search_bytes = 4 << 20;

  UniqueFd file_;
  std::string name_;
  std::string bare_name_;
  ArchiveLimits limits_;
  std::array<char, block_size> block_{};
  std::unique_ptr<archive, FreeArchive> archive_;
  la_int64_t offset_ = 0;
  std::uint64_t compressed_ = 0;   // bytes of the file that were read
  std::uint64_t entry_bytes_ = 0;  // bytes of entries that were read
  std::size_t entries_ = 0;
  std::size_t skipped_ = 0;
  bool is_first_header_read_ = false;
  std::string fault_;  // why deliver() has refused
  std::string entry_;  // the current one; empty: none
};

ArchiveFile::ArchiveFile(std::unique_ptr<Reader> reader) : reader_(std::move(reader)) {}
ArchiveFile::ArchiveFile(ArchiveFile&&) noexcept = default;
ArchiveFile& ArchiveFile::operator=(ArchiveFile&&) noexcept = default;
ArchiveFile::~ArchiveFile() = default;

ArchiveFile ArchiveFile::open(const std::filesystem::path& path, const ArchiveLimits& limits) {
  return ArchiveFile(std::make_unique<Reader>(path, limits));
}

std::optional<ArchiveFile::Entry> ArchiveFile::next() {
  return reader_->next();
}

std::size_t ArchiveFile::read(std::span<char> buffer) {
  return reader_->read(buffer);
}

void ArchiveFile::rewind() {
  reader_->begin();
}

bool ArchiveFile::is_bare() const {
  return reader_->is_bare();
}

std::size_t ArchiveFile::skipped_entries() const {
  return reader_->skipped();
}

std::string ArchiveFile::where() const {
  return reader_->where();
}

Error ArchiveFile::bad_data(const std::string& what) const {
  return reader_->bad_data(what);
}

}  // namespace feedctl::imports
