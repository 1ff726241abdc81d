#include "rules.hpp"

#include <algorithm>
#include <map>
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

// "lib/hot" -> "hot"; "" for a folder that is no library.
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

struct ThirdPartyRule {
  const char* header;  // how its headers begin
  std::vector<const char*> folders;

  bool allows(const File& file) const {
    return std::any_of(folders.begin(), folders.end(),
                       [&](const char* place) { return starts_with(file.path, place); });
  }
};

const std::vector<ThirdPartyRule> third_party_rules{
    {"httplib", {"lib/http_client/", "tests/support/"}},
    {"pqxx", {"lib/store/"}},
    {"libpq", {"lib/store/", "lib/dev_servers/", "lib/config/"}},
    {"postgresql/libpq", {"lib/store/", "lib/dev_servers/", "lib/config/"}},
    {"hiredis", {"lib/redis/", "tests/bench/"}},
    {"amqp", {"lib/bus/"}},
    {"rabbitmq-c", {"lib/bus/"}},
    {"nlohmann", {"lib/base/"}},
    {"CLI/", {"apps/feedctl/cli/"}},
    {"yaml-cpp", {"lib/config/", "lib/seed/", "lib/api_docs/", "lib/loadtest/", "tests/compose/"}},
    {"cjose", {"lib/auth/", "lib/oidc/", "lib/dev_openid/"}},
    {"prometheus", {"lib/metrics/"}},
    {"systemd", {"apps/feedctl/cli/"}},
    {"zlib", {"lib/http/", "lib/images/", "tests/support/"}},
    {"jpeglib", {"lib/images/"}},
    {"jerror", {"lib/images/"}},
    {"png.h", {"lib/images/"}},
    {"webp/", {"lib/images/"}},
    {"lcms2", {"lib/images/"}},
    {"seccomp", {"lib/images/"}},
    {"archive",
     {"lib/imports/", "lib/operations/archive_writer", "tests/support/", "tests/imports/"}},
};

// Which third-party libraries a header includes, directly or through headers of the project.
class ThirdPartyIncludes {
 public:
  explicit ThirdPartyIncludes(const Tree& tree) {
    for (const auto& file : tree.files) files_[file.path] = &file;
  }

  const std::set<const ThirdPartyRule*>& reached_by(const std::string& header) {
    const auto [place, fresh] = reached_.try_emplace(header);
    if (!fresh) return place->second;
    std::set<const ThirdPartyRule*> found;
    for (const auto& home : third_party_rules) {
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
  std::map<std::string, std::set<const ThirdPartyRule*>> reached_;
};

// The header of a feature that every folder may include.
const std::map<std::string, std::string> public_headers{
    {"auth", "auth/auth.hpp"},
    {"media", "media/media.hpp"},
    {"users", "users/users.hpp"},
    {"accounts", "accounts/accounts.hpp"},
    {"console", "console/console.hpp"},
    {"posts", "posts/posts.hpp"},
    {"likes", "likes/likes.hpp"},
    {"follows", "follows/follows.hpp"},
    {"pages", "pages/pages.hpp"},
    {"hot", "hot/hot_feed.hpp"},
    {"feed", "feed/feed_reader.hpp"},
    {"feed_index", "feed_index/index_updater.hpp"},
    {"feed_materialized", "feed_materialized/materialized_reader.hpp"},
    {"feed_stream", "feed_stream/sse_hub.hpp"},
};

struct PrivateHeaderException {
  const char* header;
  std::vector<const char*> folders;
};

const std::vector<PrivateHeaderException> private_header_exceptions{
    // Routes read the actor of a request.
    {"auth/credentials.hpp",
     {"lib/users", "lib/posts", "lib/likes", "lib/follows", "lib/hot", "lib/feed",
      "lib/feed_stream", "lib/views", "lib/accounts", "lib/media"}},
    // Sessions end and accounts are suspended elsewhere; workers delete old rows.
    {"auth/revocations.hpp", {"lib/accounts", "lib/users", "apps/feedctl", "apps/feedctl/work"}},
    {"auth/signing_keys.hpp", {"apps/feedctl", "lib/admin"}},
    // An account's page for administrators lists its sessions.
    {"accounts/responses.hpp", {"lib/admin"}},
    // A first sign-in and an import propose no reserved handle.
    {"users/reserved_handles.hpp", {"lib/accounts", "lib/imports"}},
    // A post may come with its image; workers complete uploads that went to the store.
    {"media/media_service.hpp", {"lib/posts", "apps/feedctl"}},
    {"media/store_health.hpp", {"apps/feedctl"}},
    // Only the program calls these: by jobs and events, and by hand.
    {"media/job_breaker.hpp", {"apps/feedctl"}},
    {"media/media_jobs.hpp", {"apps/feedctl"}},
    {"media/media_events.hpp", {"apps/feedctl"}},
    {"media/media_gc.hpp", {"apps/feedctl"}},
    {"media/media_verify.hpp", {"apps/feedctl", "lib/operations"}},
    // The deletion of an account removes its rows in batches.
    {"posts/batch_delete.hpp", {"lib/account_cleanup"}},
    {"likes/batch_delete.hpp", {"lib/account_cleanup"}},
    {"follows/batch_delete.hpp", {"lib/account_cleanup"}},
    // Only the program calls these: by events, by a clock, by hand.
    {"feed/home_feed.hpp", {"apps/feedctl"}},
    {"feed_materialized/fan_out_handlers.hpp", {"apps/feedctl"}},
    {"feed_materialized/first_page_invalidation.hpp", {"apps/feedctl"}},
    {"feed_materialized/rebuild.hpp", {"apps/feedctl"}},
    // verify --repair lowers a floor that a wrong clock has raised.
    {"feed_materialized/feed_floor_recovery.hpp", {"apps/feedctl", "lib/operations"}},
    {"feed_materialized/partition_maintenance.hpp", {"apps/feedctl"}},
    // Fixtures of contents are checked as what editors write.
    {"pages/content_fields.hpp", {"lib/seed"}},
    // Entries of the shared cache are invalidated by events, verified, and warmed.
    {"posts/author_list_cache.hpp", {"apps/feedctl", "lib/operations"}},
    {"feed_materialized/first_page_cache.hpp", {"apps/feedctl", "lib/feed", "lib/operations"}},
    {"hot/ranking_check.hpp", {"lib/operations"}},
    // Workers take uploads from quarantine, and remove those that expired.
    {"media/complete_upload.hpp", {"apps/feedctl"}},
    {"media/upload_expiry.hpp", {"apps/feedctl"}},
    // Home feeds are read from the index or from the materialized rows.
    {"feed_index/feed_index.hpp", {"lib/feed"}},
    {"feed_index/index_queries.hpp", {"lib/feed", "lib/feed_stream", "lib/operations"}},
    {"feed_materialized/materialization_state.hpp", {"apps/feedctl", "lib/feed"}},
    {"feed_materialized/options.hpp", {"lib/feed"}},
};

bool may_include_private(const File& file, const std::string& header) {
  return std::any_of(private_header_exceptions.begin(), private_header_exceptions.end(),
                     [&](const PrivateHeaderException& exception) {
                       return header == exception.header &&
                              std::find(exception.folders.begin(), exception.folders.end(),
                                        file.folder) != exception.folders.end();
                     });
}

// The library creates roles and databases of its own servers; no value of a client gets there.
bool makes_databases(const File& file) {
  return file.folder == "lib/dev_servers";
}

// A statement on tables: a SELECT has a FROM. In capitals a statement may stand anywhere in a text,
// otherwise only at its start, since prose has these words, too.
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

Violations leaked_third_party_headers(const Tree& tree) {
  Violations out;
  ThirdPartyIncludes foreign(tree);
  for (const auto& file : tree.files) {
    for (const auto& include : file.includes) {
      for (const auto* home : foreign.reached_by(include.header)) {
        if (home->allows(file)) continue;
        out.push_back({at(file, include.line), include.header + " brings in " + home->header +
                                                   ", which belongs elsewhere"});
      }
    }
  }
  return out;
}

Violations private_header_includes(const Tree& tree) {
  Violations out;
  for (const auto& file : tree.files) {
    if (starts_with(file.folder, "tests/")) continue;
    for (const auto& include : file.includes) {
      const auto feature = folder_of(include.header);
      const auto known = public_headers.find(feature);
      if (known == public_headers.end() || feature == library_of(file)) continue;
      if (include.header == known->second || may_include_private(file, include.header)) continue;
      const bool app = starts_with(file.folder, "apps/");
      if (app && include.header == feature + "/routes.hpp") continue;
      out.push_back({at(file, include.line), include.header + " is private to " + feature});
    }
  }
  return out;
}

Violations embedded_sql(const Tree& tree) {
  Violations out;
  for (const auto& file : tree.files) {
    if (starts_with(file.folder, "tests/") || makes_databases(file)) continue;
    for (const auto& literal : file.literals) {
      if (!is_sql(literal.text)) continue;
      if (literal.is_concatenated)
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

Violations long_files(const Tree& tree) {
  constexpr int max_lines = 450;
  Violations out;
  for (const auto& file : tree.files) {
    if (file.lines <= max_lines) continue;
    out.push_back(
        {file.path, std::to_string(file.lines) + " lines, more than " + std::to_string(max_lines)});
  }
  return out;
}

}  // namespace feedctl::architecture
