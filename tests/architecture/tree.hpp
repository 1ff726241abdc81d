#pragma once
// The source tree as the rules see it: files with their includes and string literals, and the
// declarations of the libraries. Reading reports errors as std::runtime_error.
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
  std::string text;              // adjacent literals are one
  bool is_concatenated = false;  // a + stands before or behind it
};

struct File {
  std::string path;    // from the root: "lib/hot/hot_feed.cpp"
  std::string folder;  // "lib/hot", "apps/feedctl", "tests/support"
  int lines = 0;
  std::vector<Include> includes;
  std::vector<Literal> literals;
  std::vector<int> added_queries;  // lines that append to the text of an embedded query
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
