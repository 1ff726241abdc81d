#include "imports/archive_file.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "imports/entry_name.hpp"
#include "imports/recording_sink.hpp"
#include "support/archive_writer.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::imports;
using support::ArchiveEntries;
using support::ArchiveWriter;
using Format = support::ArchiveWriter::Format;

namespace {

std::string read_entry(ArchiveFile& archive) {
  std::string text;
  std::array<char, 1000> buffer;
  while (const auto size = archive.read(buffer)) text.append(buffer.data(), size);
  return text;
}

ArchiveEntries read_all(ArchiveFile& archive) {
  ArchiveEntries found;
  while (const auto entry = archive.next()) found.emplace_back(entry->name, read_entry(archive));
  return found;
}

ArchiveEntries read_all(const std::filesystem::path& path, const ArchiveLimits& limits = {}) {
  auto archive = ArchiveFile::open(path, limits);
  return read_all(archive);
}

std::string fault_of(const std::filesystem::path& path, const ArchiveLimits& limits = {}) {
  return bad_data_of([&] { read_all(path, limits); });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr Format formats[] = {Format::zip, Format::tar, Format::tar_gz};

// Bytes that no method makes smaller.
std::string noise(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

}  // namespace

TEST_CASE("zip, tar and tar.gz give their entries, and once more after a rewind") {
  const support::TempFolder folder;
  const ArchiveEntries entries{{"outbox.json", "{}"}, {"media/a.png", noise(300'000)}, {"e", ""}};
  for (const auto format : formats) {
    const auto path = support::write_archive(folder.path() / "a", format, entries);
    auto archive = ArchiveFile::open(path);
    CHECK(read_all(archive) == entries);
    archive.rewind();
    archive.next();
    archive.next();
    CHECK(archive.where() == "a: media/a.png");
    archive.rewind();
    CHECK(read_all(archive) == entries);
    CHECK_FALSE(archive.is_bare());
  }
}

TEST_CASE("an entry that is not read is passed by") {
  const support::TempFolder folder;
  for (const auto format : formats) {
    const auto path = support::write_archive(folder.path() / "a", format,
                                             {{"big", noise(500'000)}, {"small", "s"}});
    auto archive = ArchiveFile::open(path);
    REQUIRE(archive.next());
    REQUIRE(archive.next()->name == "small");
    CHECK(read_entry(archive) == "s");
    CHECK_FALSE(archive.next());
  }
}

TEST_CASE("a bare file is one entry, also in gzip") {
  const support::TempFolder folder;
  auto archive = ArchiveFile::open(folder.write("notes.json", "[1]"));
  CHECK(read_all(archive) == ArchiveEntries{{"notes.json", "[1]"}});
  CHECK(archive.is_bare());
  // "[1]\n" by gzip -n.
  const unsigned char gzip[] = {0x1f, 0x8b, 8, 0, 0,    0,    0,    0,    2, 3, 0x8b, 0x36,
                                0x8c, 0xe5, 2, 0, 0x1f, 0x12, 0x21, 0xf7, 4, 0, 0,    0};
  const auto path = folder.write("tweets.js.gz", std::string(std::begin(gzip), std::end(gzip)));
  CHECK(read_all(path) == ArchiveEntries{{"tweets.js", "[1]\n"}});
}

TEST_CASE("names that leave the folder, links and devices are counted and left out") {
  const support::TempFolder folder;
  const auto path = folder.path() / "evil.tar";
  ArchiveWriter writer(path, Format::tar);
  writer.add("../outside", "1").add("/absolute", "2").add("a/../../b", "3").add("C:\\boot", "4");
  writer.add_symbolic_link("link", "/etc/passwd").add_hard_link("hard", "/etc/passwd");
  writer.add_device("null").add_folder("folder").add("./a//b", "5");
  writer.close();
  auto archive = ArchiveFile::open(path);
  CHECK(read_all(archive) == ArchiveEntries{{"a/b", "5"}});
  CHECK(archive.skipped_entries() == 8);
  CHECK_FALSE(std::filesystem::exists(folder.path().parent_path() / "outside"));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("names are cleaned") {
  CHECK(clean_entry_name("./data//tweets.js") == "data/tweets.js");
  CHECK(clean_entry_name("data\\tweets.js") == "data/tweets.js");
  CHECK(clean_entry_name("..data/..a") == "..data/..a");
  for (const char* bad : {"", "/", "./", "..", "a/..", "..\\a", "c:/a", "a\nb", "a\xff"}) {
    CHECK_FALSE(clean_entry_name(bad));
  }
  CHECK_FALSE(clean_entry_name(std::string(5000, 'a')));
  CHECK(base_name("a/b/outbox.json") == "outbox.json");
}

TEST_CASE("entries with equal names are all given, in their order") {
  const support::TempFolder folder;
  const ArchiveEntries entries{{"outbox.json", "1"}, {"outbox.json", "2"}};
  for (const auto format : formats)
    CHECK(read_all(support::write_archive(folder.path() / "a", format, entries)) == entries);
}

TEST_CASE("what unpacks to far more than it has is refused, read or passed by") {
  const support::TempFolder folder;
  ArchiveLimits limits;
  limits.ratio_from = 1 << 20;
  for (const auto format : {Format::zip, Format::tar_gz}) {
    const auto path = folder.path() / "bomb";
    support::write_archive(path, format, {{"zeros", std::string(8 << 20, '\0')}, {"b", "b"}});
    CHECK(contains(fault_of(path, limits), "bomb: zeros: looks like a zip bomb"));
    limits.max_ratio = 2000;
    CHECK(fault_of(path, limits).empty());
    limits.max_ratio = 200;
  }
  // Passed by, a tar in gzip unpacks all the same.
  auto archive = ArchiveFile::open(folder.path() / "bomb", limits);
  CHECK(contains(bad_data_of([&] {
                   while (archive.next()) continue;
                 }),
                 "zip bomb"));
}

TEST_CASE("the limits of entries and of bytes hold") {
  const support::TempFolder folder;
  const auto path = support::write_archive(folder.path() / "a.zip", Format::zip,
                                           {{"a", noise(9000)}, {"b", "b"}, {"c", "c"}});
  ArchiveLimits limits;
  limits.max_entries = 2;
  CHECK(contains(fault_of(path, limits), "more than 2 entries"));
  limits.max_entries = 3;
  CHECK(fault_of(path, limits).empty());
  limits.max_bytes = 8000;
  CHECK(contains(fault_of(path, limits), "a.zip: a: unpacks to more bytes"));
}

TEST_CASE("a cut archive is damaged, wherever it is cut") {
  const support::TempFolder folder;
  const ArchiveEntries entries{{"a", noise(5000)}, {"b", noise(5000)}};
  for (const auto format : formats) {
    const auto path = support::write_archive(folder.path() / "a", format, entries);
    const auto bytes = support::read_file(path);
    for (std::size_t size = 1; size < std::min<std::size_t>(bytes.size(), 10'000); size += 1371) {
      const auto fault = fault_of(folder.write("cut", bytes.substr(0, size)));
      INFO(size);
      CHECK(contains(fault, "damaged"));
    }
  }
}

TEST_CASE("what is no archive is refused with what would be one") {
  const support::TempFolder folder;
  for (const auto& bytes : {std::string("Rar!\x1a\x07\x01"), std::string("7z\xbc\xaf\x27\x1c"),
                            std::string("\xfd"
                                        "7zXZ"),
                            std::string(), noise(5000), std::string("{}")}) {
    CHECK(contains(fault_of(folder.write("a.zip", bytes)), "a.zip: is not a zip, tar or tar.gz"));
  }
  CHECK(contains(fault_of(folder.path() / "none.zip"), "cannot open"));
  CHECK(contains(fault_of(folder.path()), "is no regular file"));
  const auto pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(contains(fault_of(pipe), "is no regular file"));
}

TEST_CASE("a zip that is packed by another method is refused") {
  const support::TempFolder folder;
  const auto path = support::write_archive(folder.path() / "a.zip", Format::zip, {{"a", "aaaa"}});
  auto bytes = support::read_file(path);
  for (const auto* begin : {"PK\x03\x04", "PK\x01\x02"}) {
    const auto at = bytes.find(begin);
    REQUIRE(at != std::string::npos);
    bytes[at + (begin[2] == 3 ? 8 : 10)] = 14;  // LZMA
  }
  CHECK(contains(fault_of(folder.write("a.zip", bytes)), "a.zip: a: is packed by an unusual"));
}
