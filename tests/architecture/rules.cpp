#include "rules.hpp"

#include <algorithm>
#include <regex>
#include <set>

namespace feedctl::architecture {
namespace {

bool starts_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

std::string at(const File& file, int line) {
  return file.path + ":" + std::to_string(line);
}

std::string folder_of(const std::string& header) {
  const auto slash = header.find('/');
  return slash == std::string::npos ? "" : header.substr(0, slash);
}

// "lib/hot" -> "hot"; "" for what is no library.
std::string library_of(const File& file) {
  return starts_with(file.folder, "lib/") ? file.folder.substr(4) : "";
}

bool is_library(const Tree& tree, const std::string& name) {
  return contains(tree.order, name) || tree.libraries.count(name) > 0;
}

void collect(const Tree& tree, const std::string& name, std::set<std::string>& reached) {
  if (!reached.insert(name).second) return;
  const auto found = tree.libraries.find(name);
  if (found == tree.libraries.end()) return;
  for (const auto& dep : found->second.deps) collect(tree, dep, reached);
}

struct Home {
  const char* header;  // how its headers begin
  std::vector<const char*> places;

  bool holds(const File& file) const {
    return std::any_of(places.begin(), places.end(),
                       [&](const char* place) { return starts_with(file.path, place); });
  }
};

const std::vector<Home> homes{
    {"httplib", {"lib/http/", "tests/support/"}},
    {"pqxx", {"lib/store/"}},
    {"libpq", {"lib/store/", "lib/localstack/", "lib/config/"}},
    {"postgresql/libpq", {"lib/store/", "lib/localstack/", "lib/config/"}},
    {"hiredis", {"lib/cache/"}},
    {"amqp", {"lib/bus/"}},
    {"rabbitmq-c", {"lib/bus/"}},
    {"nlohmann", {"lib/base/"}},
    {"CLI/", {"apps/feedctl/frame/"}},
    {"yaml-cpp", {"lib/config/", "lib/seed/"}},
    {"cjose", {"lib/auth/"}},
    {"prometheus", {"lib/metrics/"}},
    {"systemd", {"apps/feedctl/frame/"}},
    {"zlib", {"lib/http/", "tests/http/"}},
};

// Which libraries of others a header brings in, itself or through our own headers.
class Foreign {
 public:
  explicit Foreign(const Tree& tree) {
    for (const auto& file : tree.files) files_[file.path] = &file;
  }

  const std::set<const Home*>& reached_by(const std::string& header) {
    const auto [place, fresh] = reached_.try_emplace(header);
    if (!fresh) return place->second;
    std::set<const Home*> found;
    for (const auto& home : homes) {
      if (starts_with(header, home.header)) found.insert(&home);
    }
    const auto file = files_.find("lib/" + header);
    if (file != files_.end()) {
      for (const auto& include : file->second->includes) {
        const auto& more = reached_by(include.header);
        found.insert(more.begin(), more.end());
      }
    }
    return reached_[header] = found;
  }

 private:
  std::map<std::string, const File*> files_;
  std::map<std::string, std::set<const Home*>> reached_;
};

const std::set<std::string> features{"auth", "users", "posts", "likes", "follows", "hot", "feed"};

// It makes its own servers' roles and databases; no value of a client gets there.
bool makes_databases(const File& file) {
  return file.folder == "lib/localstack";
}

// A statement on tables: a SELECT has a FROM. In capitals it is one anywhere in a text, else only
// where it begins it, since people write such words, too.
bool is_sql(const std::string& text) {
  static const std::regex capitals(R"(\b(INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s))");
  static const std::regex begins(
      R"(^\s*(select\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s))", std::regex::icase);
  static const std::regex from(R"(\sfrom\s)", std::regex::icase);
  if (std::regex_search(text, capitals)) return true;
  static const std::regex select(R"(\bSELECT\s)"), from_it(R"(\bFROM\s)");
  std::smatch found;
  if (std::regex_search(text, found, select) && std::regex_search(found.suffix().str(), from_it)) {
    return true;
  }
  std::smatch begin;
  if (!std::regex_search(text, begin, begins)) return false;
  return (begin.str(1)[0] | 0x20) != 's' || std::regex_search(text, from);
}

}  // namespace

Violations upward_declarations(const Tree& tree) {
  Violations out;
  for (const auto& [name, library] : tree.libraries) {
    const auto place = "lib/" + name + "/CMakeLists.txt";
    const auto own = std::find(tree.order.begin(), tree.order.end(), name);
    if (own == tree.order.end()) out.push_back({place, name + " is not in lib/CMakeLists.txt"});
    for (const auto& dep : library.deps) {
      if (std::find(tree.order.begin(), own, dep) == own) {
        out.push_back({place, name + " declares " + dep + ", which does not stand before it"});
      }
    }
  }
  return out;
}

Violations undeclared_includes(const Tree& tree) {
  Violations out;
  for (const auto& file : tree.files) {
    const auto library = library_of(file);
    if (library.empty()) continue;
    std::set<std::string> declared;
    collect(tree, library, declared);
    for (const auto& include : file.includes) {
      const auto other = folder_of(include.header);
      if (is_library(tree, other) && declared.count(other) == 0) {
        out.push_back({at(file, include.line),
                       library + " includes " + include.header + " and does not declare " + other});
      }
      if (other != "sql") continue;
      const auto feature = include.header.substr(4, include.header.rfind(".hpp") - 4);
      const auto found = tree.libraries.find(library);
      if (found != tree.libraries.end() && contains(found->second.sql, feature)) continue;
      if (library == "store" && feature == "migrations") continue;
      out.push_back({at(file, include.line), library + " uses queries that are not its own"});
    }
  }
  return out;
}

Violations leaking_libraries(const Tree& tree) {
  Violations out;
  Foreign foreign(tree);
  for (const auto& file : tree.files) {
    for (const auto& include : file.includes) {
      for (const auto* home : foreign.reached_by(include.header)) {
        if (home->holds(file)) continue;
        out.push_back({at(file, include.line), include.header + " brings in " + home->header +
                                                   ", which belongs elsewhere"});
      }
    }
  }
  return out;
}

Violations features_entered_by_the_window(const Tree& tree) {
  Violations out;
  for (const auto& file : tree.files) {
    if (starts_with(file.folder, "tests/")) continue;
    for (const auto& include : file.includes) {
      const auto feature = folder_of(include.header);
      if (features.count(feature) == 0 || feature == library_of(file)) continue;
      if (include.header == feature + "/" + feature + ".hpp") continue;
      const bool app = starts_with(file.folder, "apps/");
      if (app && include.header == feature + "/routes.hpp") continue;
      // What features do for an account that leaves.
      if (library_of(file) == "leaving" && include.header == feature + "/removal.hpp") continue;
      // Entry points that only the program calls: what works by events, by the clock, by hand.
      if (app && include.header == "feed/on_events.hpp") continue;
      if (app && include.header == "feed/home.hpp") continue;
      if (app && include.header == "feed/activation.hpp") continue;
      if (app && include.header == "feed/retention.hpp") continue;
      if (app && include.header == "feed/rebuild.hpp") continue;
      if (app && include.header == "feed/list_events.hpp") continue;
      // What lies in the shared cache: dropped by events, checked, and filled ahead of readers.
      const auto library = library_of(file);
      const bool knows_lists = app || library == "verify" || library == "warm";
      if (knows_lists && include.header == feature + "/list.hpp") continue;
      if (library == "verify" && include.header == "hot/cached.hpp") continue;
      // verify fills a feed index of its own.
      if (library == "verify" && include.header == "feed/index_keeper.hpp") continue;
      // verify --repair lowers a floor that a wrong clock has raised.
      if (library == "verify" && include.header == "feed/retention.hpp") continue;
      out.push_back({at(file, include.line), include.header + " is private to " + feature});
    }
  }
  return out;
}

Violations sql_in_code(const Tree& tree) {
  Violations out;
  for (const auto& file : tree.files) {
    if (starts_with(file.folder, "tests/") || makes_databases(file)) continue;
    for (const auto& literal : file.literals) {
      if (!is_sql(literal.text)) continue;
      if (literal.added)
        out.push_back({at(file, literal.line), "something is added to SQL"});
      else if (file.folder != "lib/store")
        out.push_back({at(file, literal.line), "SQL outside a .sql file"});
    }
    for (const int line : file.added_queries) {
      out.push_back({at(file, line), "something is added to SQL"});
    }
  }
  return out;
}

}  // namespace feedctl::architecture
