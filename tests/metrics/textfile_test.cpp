#include "metrics/textfile.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/error.hpp"
#include "metrics/metrics.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;

namespace {

constexpr std::string_view families[] = {"feedctl_file_"};

std::string family(const std::string& name, const std::string& value) {
  return "# HELP " + name + " Of a test.\n# TYPE " + name + " gauge\n" + name + " " + value + "\n";
}

}  // namespace

TEST_CASE("a family of the earlier file stays where the new text has none of that name") {
  const auto earlier = family("feedctl_a", "1") + family("feedctl_ab", "2");
  CHECK(metrics::merge_families(family("feedctl_a", "3"), earlier) ==
        family("feedctl_a", "3") + family("feedctl_ab", "2"));
  CHECK(metrics::merge_families("", earlier) == earlier);
  CHECK(metrics::merge_families(earlier, "") == earlier);
}

TEST_CASE("lines of the earlier file that belong to no family are dropped") {
  const auto good = family("feedctl_a", "1");
  CHECK(metrics::merge_families("", "no metric\n" + good + "\nelsewhere 5\n# comment") == good);
  CHECK(metrics::merge_families("", std::string("\0\xff\n", 3)).empty());
}

TEST_CASE("a file has the chosen families alone, and what an earlier run knew") {
  const support::TempFolder folder;
  const auto file = folder.path() / "feedctl.prom";
  std::ofstream(file) << family("feedctl_file_before", "7");
  metrics::gauge("feedctl_file_now", "Of a test.").set(5);
  metrics::gauge("feedctl_elsewhere", "Of a test.").set(5);
  metrics::write_textfile(file.string(), families);
  CHECK(support::read_file(file) ==
        family("feedctl_file_before", "7") + family("feedctl_file_now", "5"));
  metrics::gauge("feedctl_file_now", "Of a test.").set(6);
  metrics::write_textfile(file.string(), families);
  CHECK(support::read_file(file) ==
        family("feedctl_file_before", "7") + family("feedctl_file_now", "6"));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a file that cannot be written is an error, and leaves nothing behind") {
  const support::TempFolder folder;
  const auto nowhere = folder.path() / "no" / "feedctl.prom";
  CHECK_THROWS_AS(metrics::write_textfile(nowhere.string(), families), Error);
  CHECK_THROWS_AS(metrics::write_textfile(folder.path().string(), families), Error);
  CHECK(std::filesystem::is_empty(folder.path()));
}
