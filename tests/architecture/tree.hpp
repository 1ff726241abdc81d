#pragma once
// The sources as the rules see them: files with their includes and string literals, and the
// libraries with what they declare. Read once from a source tree; errors are std::runtime_error.
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace feedctl::architecture {

struct Include {
  int line;
  std::string header;
};

struct Literal {
  int line;
  std::string text;    // adjacent literals are one
  bool added = false;  // a + stands before or behind it
};

struct File {
  std::string path;    // from the root: "lib/hot/page.cpp"
  std::string folder;  // "lib/hot", "apps/feedctl", "tests/support"
  std::vector<Include> includes;
  std::vector<Literal> literals;
  std::vector<int>
      added_queries;  // lines where the text of an embedded query is added to something
};

struct Library {
  std::vector<std::string> deps;
  std::vector<std::string> sql;
};

struct Tree {
  std::vector<File> files;                   // of lib, apps and tests
  std::vector<std::string> order;            // of lib/CMakeLists.txt
  std::map<std::string, Library> libraries;  // those that have a CMakeLists.txt
};

Tree read_tree(const std::filesystem::path& root);

// One source text, for read_tree and for tests of its own.
void scan(const std::string& text, File& file);

}  // namespace feedctl::architecture
