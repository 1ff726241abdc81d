#include "support/archive_writer.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <stdexcept>

namespace feedctl::support {

struct ArchiveWriter::Handle {
  archive* out = ::archive_write_new();
  archive_entry* entry = ::archive_entry_new();
  bool is_open = true;

  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    ::archive_entry_free(entry);
    ::archive_write_free(out);
  }

  void check(int status) const {
    if (status == ARCHIVE_OK) return;
    const char* why = ::archive_error_string(out);
    throw std::runtime_error(std::string("libarchive: ") + (why ? why : "unknown"));
  }

  archive_entry* fresh(const std::string& name, unsigned type) {
    ::archive_entry_clear(entry);
    ::archive_entry_set_pathname(entry, name.c_str());
    ::archive_entry_set_filetype(entry, type);
    ::archive_entry_set_perm(entry, 0644);
    return entry;
  }

  void write_header() const { check(::archive_write_header(out, entry)); }
};

ArchiveWriter::ArchiveWriter(const std::filesystem::path& path, Format format)
    : handle_(std::make_unique<Handle>()) {
  auto* out = handle_->out;
  handle_->check(format == Format::zip ? ::archive_write_set_format_zip(out)
                                       : ::archive_write_set_format_pax_restricted(out));
  if (format == Format::tar_gz) handle_->check(::archive_write_add_filter_gzip(out));
  handle_->check(::archive_write_open_filename(out, path.c_str()));
}

ArchiveWriter::~ArchiveWriter() {
  if (handle_->is_open) ::archive_write_close(handle_->out);
}

ArchiveWriter& ArchiveWriter::add(const std::string& name, std::string_view content) {
  return begin(name, content.size()).write(content);
}

ArchiveWriter& ArchiveWriter::add_symbolic_link(const std::string& name,
                                                const std::string& target) {
  ::archive_entry_set_symlink(handle_->fresh(name, AE_IFLNK), target.c_str());
  handle_->write_header();
  return *this;
}

ArchiveWriter& ArchiveWriter::add_hard_link(const std::string& name, const std::string& target) {
  ::archive_entry_set_hardlink(handle_->fresh(name, AE_IFREG), target.c_str());
  handle_->write_header();
  return *this;
}

ArchiveWriter& ArchiveWriter::add_device(const std::string& name) {
  ::archive_entry_set_rdev(handle_->fresh(name, AE_IFCHR), 1);
  handle_->write_header();
  return *this;
}

ArchiveWriter& ArchiveWriter::add_folder(const std::string& name) {
  handle_->fresh(name, AE_IFDIR);
  handle_->write_header();
  return *this;
}

ArchiveWriter& ArchiveWriter::begin(const std::string& name, std::uint64_t size) {
  ::archive_entry_set_size(handle_->fresh(name, AE_IFREG), static_cast<la_int64_t>(size));
  handle_->write_header();
  return *this;
}

ArchiveWriter& ArchiveWriter::write(std::string_view piece) {
  if (::archive_write_data(handle_->out, piece.data(), piece.size()) < 0)
    handle_->check(ARCHIVE_FATAL);
  return *this;
}

void ArchiveWriter::close() {
  handle_->is_open = false;
  handle_->check(::archive_write_close(handle_->out));
}

std::filesystem::path write_archive(const std::filesystem::path& path, ArchiveWriter::Format format,
                                    const ArchiveEntries& entries) {
  ArchiveWriter writer(path, format);
  for (const auto& [name, content] : entries) writer.add(name, content);
  writer.close();
  return path;
}

}  // namespace feedctl::support
