// The pages: what README.md and docs/ name exists, be it a path, a link or a heading.
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <set>

#include "support/catch.hpp"
#include "tree.hpp"

namespace fs = std::filesystem;

namespace {

struct Reference {
  int line;
  std::string target;
};

std::string read_page(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// The path that begins at `at`: letters, digits, "_./*-" and groups such as "{hpp,cpp}".
std::string read_path(const std::string& line, std::size_t at) {
  std::string path;
  for (bool in_group = false; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '{' || c == '}') {
      in_group = c == '{';
    } else if (!is_word(c) && c != '.' && c != '/' && c != '*' && c != '-' &&
               !(in_group && c == ',')) {
      break;
    }
    path += c;
  }
  while (path.back() == '.' || path.back() == '-') path.pop_back();
  return path;
}

std::vector<Reference> named_paths(const std::string& text) {
  static constexpr std::array<const char*, 8> folders = {
      "lib/", "apps/", "tests/", "sql/", "docs/", "scripts/", "configs/", "fixtures/"};
  std::vector<Reference> found;
  int number = 0;
  for (const auto& line : lines_of(text)) {
    ++number;
    for (std::size_t at = 0; at < line.size(); ++at) {
      if (at > 0 && (is_word(line[at - 1]) || line[at - 1] == '/' || line[at - 1] == '.' ||
                     line[at - 1] == '-')) {
        continue;
      }
      for (const std::string folder : folders) {
        if (line.compare(at, folder.size(), folder) == 0) {
          found.push_back({number, read_path(line, at)});
        }
      }
    }
  }
  return found;
}

std::vector<Reference> relative_links(const std::string& text) {
  std::vector<Reference> found;
  int number = 0;
  for (const auto& line : lines_of(text)) {
    ++number;
    for (auto at = line.find("]("); at != std::string::npos; at = line.find("](", at + 2)) {
      const auto end = line.find(')', at);
      if (end == std::string::npos) break;
      auto target = line.substr(at + 2, end - at - 2);
      if (target.find("://") == std::string::npos) found.push_back({number, std::move(target)});
    }
  }
  return found;
}

// The anchors that a page's headings make on GitHub.
std::set<std::string> anchors_of(const std::string& text) {
  std::set<std::string> anchors;
  bool in_code = false;
  for (const auto& line : lines_of(text)) {
    if (line.compare(0, 3, "```") == 0) in_code = !in_code;
    const auto start = line.find_first_not_of('#');
    if (in_code || start == 0 || start == std::string::npos || line[start] != ' ') continue;
    std::string anchor;
    for (const char c : line.substr(start + 1)) {
      if (is_word(c) || c == '-') anchor += static_cast<char>(std::tolower(c));
      if (c == ' ') anchor += '-';
    }
    anchors.insert(anchor);
  }
  return anchors;
}

std::vector<std::string> expand_groups(const std::string& path) {
  const auto open = path.find('{');
  const auto close = path.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {path};
  std::vector<std::string> expanded;
  for (auto from = open + 1; from <= close;) {
    const auto to = std::min(path.find(',', from), close);
    const auto one = path.substr(0, open) + path.substr(from, to - from) + path.substr(close + 1);
    for (auto& rest : expand_groups(one)) expanded.push_back(std::move(rest));
    from = to + 1;
  }
  return expanded;
}

bool matches_any(const fs::path& folder, const std::string& pattern) {
  if (pattern.empty()) return fs::is_directory(folder);
  if (!fs::is_directory(folder)) return false;
  const auto slash = pattern.find('/');
  const auto name = pattern.substr(0, slash);
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (fnmatch(name.c_str(), entry.path().filename().c_str(), 0) != 0) continue;
    if (slash == std::string::npos) return true;
    if (matches_any(entry.path(), pattern.substr(slash + 1))) return true;
  }
  return false;
}

// A header and its source may be named together, without an extension.
bool does_path_exist(const fs::path& root, const std::string& path) {
  for (const auto& one : expand_groups(path)) {
    if (!matches_any(root, one) && !matches_any(root, one + ".hpp") &&
        !matches_any(root, one + ".sql")) {
      return false;
    }
  }
  return true;
}

bool does_link_lead_somewhere(const fs::path& page, const std::string& link) {
  const auto hash = link.find('#');
  const auto file = hash == 0 ? page : page.parent_path() / link.substr(0, hash);
  if (file.filename() == "api-operations.md") return true;  // scripts/docs makes and checks it
  if (!fs::exists(file)) return false;
  return hash == std::string::npos || anchors_of(read_page(file)).count(link.substr(hash + 1)) == 1;
}

std::vector<fs::path> pages() {
  const fs::path root = SOURCE_ROOT;
  std::vector<fs::path> found = {root / "README.md"};
  for (const auto& entry : fs::recursive_directory_iterator(root / "docs")) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  return found;
}

}  // namespace

TEST_CASE("every path that a page names exists") {
  std::string missing;
  for (const auto& page : pages()) {
    for (const auto& [line, path] : named_paths(read_page(page))) {
      if (does_path_exist(SOURCE_ROOT, path)) continue;
      missing += page.string() + ":" + std::to_string(line) + ": " + path + "\n";
    }
  }
  CHECK(missing == "");
}

TEST_CASE("every relative link of a page leads to a file and a heading") {
  std::string broken;
  for (const auto& page : pages()) {
    for (const auto& [line, link] : relative_links(read_page(page))) {
      if (does_link_lead_somewhere(page, link)) continue;
      broken += page.string() + ":" + std::to_string(line) + ": " + link + "\n";
    }
  }
  CHECK(broken == "");
}

TEST_CASE("the table of docs/architecture.md has a row for every library") {
  const auto page = read_page(fs::path(SOURCE_ROOT) / "docs/architecture.md");
  for (const auto& [name, library] : feedctl::architecture::read_tree(SOURCE_ROOT).libraries) {
    INFO(name);
    CHECK(page.find("\n| `" + name + "` |") != std::string::npos);
  }
}

// The pages that mkdocs.yml names: "- page.md" and "- Title: page.md".
std::set<std::string> pages_in_navigation(const std::string& mkdocs) {
  std::set<std::string> found;
  bool in_navigation = false;
  for (const auto& line : lines_of(mkdocs)) {
    if (line.rfind("nav:", 0) == 0) in_navigation = true;
    const auto end = line.rfind(".md");
    if (!in_navigation || end == std::string::npos || end + 3 != line.size()) continue;
    found.insert(line.substr(line.find_last_of(' ') + 1));
  }
  return found;
}

TEST_CASE("every page of docs/ is in the navigation of the site, and every page in it exists") {
  const fs::path docs = fs::path(SOURCE_ROOT) / "docs";
  const auto named = pages_in_navigation(read_page(fs::path(SOURCE_ROOT) / "mkdocs.yml"));
  // Made by docs/site/hooks.py, which also adds docs/decisions.
  const std::set<std::string> generated{"api-operations.md"};
  CHECK(named.size() > 40);
  for (const auto& page : named) {
    INFO(page);
    CHECK((generated.count(page) == 1 || fs::exists(docs / page)));
  }
  for (const auto& entry : fs::directory_iterator(docs)) {
    if (entry.path().extension() != ".md") continue;
    INFO(entry.path());
    CHECK(named.count(entry.path().filename().string()) == 1);
  }
}

TEST_CASE("a page says in its first lines what it is for") {
  std::string without;
  for (const auto& page : pages()) {
    if (page.parent_path().filename() == "decisions") continue;  // these begin with their context
    const auto lines = lines_of(read_page(page));
    const bool begins = lines.size() > 2 && lines[0].rfind("# ", 0) == 0 && lines[1].empty() &&
                        !lines[2].empty() && lines[2][0] != '#' && lines[2][0] != '|';
    if (!begins) without += page.string() + "\n";
  }
  CHECK(without == "");
}

TEST_CASE("the navigation's pages are found with and without a title") {
  CHECK(pages_in_navigation("x: a.md\nnav:\n  - b.md\n  - Home: c.md\n  - D: d/\n") ==
        std::set<std::string>{"b.md", "c.md"});
}

TEST_CASE("paths are found in prose, tables and code") {
  const auto found =
      named_paths("see lib/hot/ranking.\n| `tests/a/{x,y}_test.cpp`, docs/ |\n/lib/no");
  REQUIRE(found.size() == 3);
  CHECK(found[0].target == "lib/hot/ranking");
  CHECK(found[1].target == "tests/a/{x,y}_test.cpp");
  CHECK(found[1].line == 2);
  CHECK(found[2].target == "docs/");
}

TEST_CASE("paths may have groups and stars, and name a header without its extension") {
  CHECK(does_path_exist(SOURCE_ROOT, "lib/base/{error,secret}.hpp"));
  CHECK(does_path_exist(SOURCE_ROOT, "lib/*/CMakeLists.txt"));
  CHECK(does_path_exist(SOURCE_ROOT, "lib/base/error"));
  CHECK(does_path_exist(SOURCE_ROOT, "lib/base/"));
  CHECK_FALSE(does_path_exist(SOURCE_ROOT, "lib/base/{error,no_such_file}.hpp"));
  CHECK_FALSE(does_path_exist(SOURCE_ROOT, "lib/base/err"));
}

TEST_CASE("links lead to headings as GitHub names them") {
  CHECK(anchors_of("# A dump, in `another` cluster\n```\n# no heading\n```") ==
        std::set<std::string>{"a-dump-in-another-cluster"});
  const auto links = relative_links("[a](b.md#c) [d](https://e.org/f)");
  REQUIRE(links.size() == 1);
  CHECK(links[0].target == "b.md#c");
}
