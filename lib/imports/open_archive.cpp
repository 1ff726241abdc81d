#include "imports/open_archive.hpp"

#include <array>
#include <vector>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "imports/bluesky.hpp"
#include "imports/entry_name.hpp"
#include "imports/mastodon.hpp"
#include "imports/misskey.hpp"
#include "imports/twitter.hpp"

namespace feedctl::imports {

namespace {

constexpr std::size_t peeked_bytes = 4096;
constexpr std::size_t max_names_in_message = 5;

std::string read_start(ArchiveFile& archive) {
  std::string start(peeked_bytes, '\0');
  std::size_t filled = 0;
  while (filled < start.size()) {
    const auto read = archive.read(std::span(start).subspan(filled));
    if (read == 0) break;
    filled += read;
  }
  start.resize(filled);
  return start;
}

// Images, videos and texts tell nothing.
bool can_tell(std::string_view name) {
  for (const auto* end : {".json", ".js", ".car"}) {
    if (name.ends_with(end)) return true;
  }
  return false;
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// The header of a CAR file: a map of CBOR with two members after its length.
bool is_car(std::string_view start) {
  const auto header = start.substr(0, 128);
  return header.size() > 8 &&
         (has(header.substr(0, 4), "\xa2") || has(header.substr(0, 4), "\xa1")) &&
         has(header, "eroots") && has(header, "gversion");
}

// A list whose members are notes; an export without notes is known by its name only.
bool is_note_list(std::string_view name, std::string_view text) {
  if (!text.starts_with('[')) return false;
  if (has(text, "\"createdAt\"") &&
      (has(text, "\"visibility\"") || has(text, "\"renoteId\"") || has(text, "\"cw\"")))
    return true;
  return base_name(name).starts_with("notes");
}

bool is_mastodon(std::string_view name, std::string_view text) {
  if (!text.starts_with('{')) return false;
  return has(text, "OrderedCollection") || has(text, "orderedItems") ||
         (base_name(name) == "actor.json" && has(text, "activitystreams"));
}

std::optional<ArchiveFormat> format_of(std::string_view name, std::string_view start) {
  if (is_car(start)) return ArchiveFormat::bluesky;
  auto text = without_bom(start);
  const auto begin = text.find_first_not_of(" \t\r\n");
  text = begin == std::string_view::npos ? std::string_view{} : text.substr(begin);
  if (text.starts_with("window.YTD.")) return ArchiveFormat::twitter;
  if (is_mastodon(name, text)) return ArchiveFormat::mastodon;
  if (is_note_list(name, text)) return ArchiveFormat::misskey;
  return std::nullopt;
}

// The first names, for a message.
class FoundNames {
 public:
  void add(const std::string& name) {
    ++count_;
    if (names_.size() < max_names_in_message) names_.push_back(name);
  }
  std::string describe() const {
    if (count_ == 0) return "holds no files";
    auto text = "holds " + join(names_, ", ");
    if (count_ > names_.size()) text += " and " + std::to_string(count_ - names_.size()) + " more";
    return text;
  }

 private:
  std::vector<std::string> names_;
  std::size_t count_ = 0;
};

}  // namespace

std::string_view name_of(ArchiveFormat format) {
  switch (format) {
    case ArchiveFormat::mastodon:
      return "Mastodon";
    case ArchiveFormat::twitter:
      return "Twitter/X";
    case ArchiveFormat::misskey:
      return "Misskey";
    case ArchiveFormat::bluesky:
      return "Bluesky";
  }
  return "unknown";
}

ArchiveFormat detect_format(ArchiveFile& archive, const std::string& archive_name) {
  FoundNames found;
  archive.rewind();
  while (const auto entry = archive.next()) {
    found.add(entry->name);
    if (!can_tell(entry->name)) continue;
    if (const auto format = format_of(entry->name, read_start(archive))) return *format;
  }
  throw Error(ErrorCode::bad_data,
              archive_name + " is no archive of a known network: it " + found.describe())
      .with_hint(
          "known are the archives of Mastodon (outbox.json), Twitter/X (data/tweets.js), Misskey "
          "(notes-*.json) and Bluesky (a .car file)");
}

void read_archive(const std::filesystem::path& path, ImportSink& sink,
                  const std::optional<std::string>& handle, const ArchiveLimits& limits, Time now) {
  auto archive = ArchiveFile::open(path, limits);
  switch (detect_format(archive, path.filename().string())) {
    case ArchiveFormat::mastodon:
      return read_mastodon(archive, sink, now);
    case ArchiveFormat::twitter:
      return read_twitter(archive, sink, now);
    case ArchiveFormat::misskey:
      return read_misskey(archive, sink, handle, now);
    case ArchiveFormat::bluesky:
      return read_bluesky(archive, sink, now);
  }
}

}  // namespace feedctl::imports
