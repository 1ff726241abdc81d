// Images of others, and many: only with FEEDCTL_LONG=1. The images of Pillow's own tests come from
// its source package, which `pip` gets.
#include <filesystem>

#include "base/error.hpp"
#include "images/image_builder.hpp"
#include "images/image_processor.hpp"
#include "support/catch.hpp"
#include "support/long_mode.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"
#include "support/third_party_tools.hpp"

using namespace feedctl;
using namespace feedctl::images;
using namespace feedctl::test_images;
namespace fs = std::filesystem;

namespace {

// "": they are in `folder`; else why not.
std::string fetch_pillow(const fs::path& folder) {
  if (fs::exists(folder / "complete")) return "";
  fs::create_directories(folder);
  support::RunOptions options;
  options.folder = folder;
  const auto script =
      "pip download --quiet --no-binary pillow --no-deps pillow && "
      "tar -xzf pillow-*.tar.gz --wildcards '*/Tests/images/*' && touch complete";
  const auto result = support::run({"/bin/sh", "-c", script}, options);
  return result.exit_code == 0 ? ""
                               : "the source package of Pillow is not to be had: " + result.err;
}

struct Counts {
  int accepted = 0;
  int refused = 0;
};

// Whatever it is, the answer is an image without metadata, or a refusal that is the image's fault.
void process(ImageProcessor& processor, const std::string& bytes, Counts& counts) {
  const MemoryFile file(bytes);
  const auto deadline = Deadline::after(std::chrono::minutes{5});
  try {
    const auto image = processor.sanitize(file.slice(), max_side, deadline);
    const auto out = read_all(image.slice());
    for (const auto* name : {"Exif", "ICC_PROFILE", "eXIf", "iCCP", "http://ns.adobe.com/"})
      CHECK(out.find(name) == std::string::npos);
    ++counts.accepted;
  } catch (const Error& error) {
    INFO(error.what());
    CHECK(
        (error.code() == ErrorCode::unprocessable || error.code() == ErrorCode::unsupported_media));
    ++counts.refused;
  }
}

}  // namespace

TEST_CASE("every image of Pillow's tests is processed or refused") {
  if (!support::long_mode()) return;
  const auto folder = support::build_subfolder("test-tools") / "pillow";
  if (const auto why_not = fetch_pillow(folder); !why_not.empty()) {
    WARN("skipped: " << why_not);
    return;
  }
  ImageProcessor processor({2, support::feedctl_binary()});
  Counts counts;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() ||
        entry.path().string().find("/Tests/images/") == std::string::npos)
      continue;
    INFO(entry.path().string());
    process(processor, support::read_file(entry.path()), counts);
  }
  CHECK(counts.accepted > 300);
  CHECK(counts.refused > 300);
}

TEST_CASE("photos with a position lose it") {
  ImageProcessor processor({2, support::feedctl_binary()});
  const auto photo = encode(quarters(320, 240), Format::jpeg);
  for (int i = 0; i < support::rounds(20, 1000); ++i) {
    const MemoryFile file(with_exif(photo, Format::jpeg, exif(1 + i % 8, true)));
    const auto image =
        processor.sanitize(file.slice(), max_side, Deadline::after(std::chrono::minutes{5}));
    CHECK(read_all(image.slice()).find("GPSPOSITION") == std::string::npos);
  }
}

TEST_CASE("exiftool finds no metadata in what comes out") {
  if (support::run({"/bin/sh", "-c", "command -v exiftool"}).exit_code != 0) {
    WARN("skipped: exiftool is not installed");
    return;
  }
  ImageProcessor processor({2, support::feedctl_binary()});
  const support::TempFolder folder;
  for (const auto format : {Format::jpeg, Format::png, Format::webp}) {
    const MemoryFile file(with_exif(encode(quarters(64, 48), format), format, exif(6, true)));
    const auto image =
        processor.sanitize(file.slice(), max_side, Deadline::after(std::chrono::minutes{5}));
    const auto path =
        folder.write("image." + std::string(extension_of(format)), read_all(image.slice()));
    const auto result = support::run({"exiftool", "-G", "-s", path.string()});
    INFO(result.out);
    CHECK(result.exit_code == 0);
    for (const auto* group : {"[EXIF]", "[XMP]", "[IPTC]", "[ICC_Profile]", "GPS", "Orientation"})
      CHECK(result.out.find(group) == std::string::npos);
  }
}
