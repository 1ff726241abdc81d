#pragma once
// Editors over an empty database: the routes of pages, an editor's token, and what is stored. The
// calls are thread-safe.
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "pages/routes.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"
#include "support/in_process.hpp"
#include "support/json.hpp"

namespace feedctl::test {

inline config::ContentTypesConfig with_type(config::ContentTypeConfig type) {
  config::ContentTypesConfig made;
  made.types.push_back(std::move(type));
  return made;
}

struct EditorFixture {
  using Headers = support::InProcessClient::Headers;
  static constexpr Id editor_id = 7, admin_id = 8, user_id = 9;

  explicit EditorFixture(const config::ContentTypesConfig& config = {},
                         const std::vector<std::string>& allowed = {})
      : types(config, allowed) {
    store::Database owner(options(fresh.owner_url()));
    auth::ensure_signing_key(owner);
    fresh.execute(
        "INSERT INTO users (id, handle, role, shard) VALUES (7, 'eda', 'editor', 0), "
        "(8, 'ada', 'admin', 0), (9, 'una', 'user', 0)");
    pages::add_routes(router, {readers, [this](std::string_view label, std::span<const Id> ids) {
                                 std::string text(label);
                                 for (const auto id : ids) text += " " + std::to_string(id);
                                 shown.push_back(text);
                               }});
    pages::add_editor_routes(router, {types, pages, contents});
    editor = token_of(editor_id);
  }

  static store::Options options(Secret<std::string> url) {
    auto made = support::long_timeouts();
    made.url = std::move(url);
    return made;
  }

  Headers token_of(Id user) {
    return {{"authorization", "Bearer " + auth.issue(user, std::chrono::minutes{10})}};
  }
  std::string sql(const std::string& text) const { return fresh.execute(text); }

  // `path` is below /api/v1/admin/; `if_match` "" sends none.
  http::Response send(http::Method method, const std::string& path, const std::string& body = "",
                      const std::string& if_match = "") const {
    auto headers = editor;
    headers.emplace_back("host", "example.org");
    if (!if_match.empty()) headers.emplace_back("if-match", if_match);
    return client.send(method, "/api/v1/admin/" + path, body, headers);
  }
  http::Response get(const std::string& path) const { return send(http::Method::get, path); }
  http::Response post(const std::string& path, const std::string& body,
                      const std::string& if_match = "") const {
    return send(http::Method::post, path, body, if_match);
  }
  http::Response patch(const std::string& path, const std::string& body,
                       const std::string& if_match = "*") const {
    return send(http::Method::patch, path, body, if_match);
  }
  http::Response del(const std::string& path, const std::string& if_match = "*") const {
    return send(http::Method::del, path, "", if_match);
  }

  // An audio; its value.
  std::string add_audio(const std::string& title) const {
    const auto made =
        post("contents", R"({"type": "audio", "text": "t", "title": ")" + title + "\"}");
    REQUIRE(made.status == 201);
    return support::text_in(made, "value");
  }
  // With these values, published.
  Id add_page(const std::string& title, const std::vector<std::string>& values = {}) const {
    const auto made = post("pages", R"({"state": "published", "title": ")" + title +
                                        R"(", "contents": )" + list_of(values) + "}");
    INFO(made.body);
    REQUIRE(made.status == 201);
    return support::integer_in(made, "id");
  }
  static std::string list_of(const std::vector<std::string>& values) {
    std::string text = "[";
    for (const auto& value : values) text += (text.size() > 1 ? ",\"" : "\"") + value + "\"";
    return text + "]";
  }

  // The contents of a page in order, as "1 2 3"; fails where positions are not contiguous.
  std::string contents_of(Id page) const {
    const auto id = std::to_string(page);
    CHECK(sql("SELECT count(*) FROM (SELECT position, row_number() OVER (ORDER BY position) - 1 AS "
              "place FROM page_contents WHERE page_id = " +
              id + ") p WHERE position <> place") == "0");
    return sql(
        "SELECT coalesce(string_agg(content_id::text, ' ' ORDER BY position), '') "
        "FROM page_contents WHERE page_id = " +
        id);
  }
  // "page.create page:1; .." of all entries, or of one action.
  std::string audit(const std::string& columns = "action || ' ' || object") const {
    return sql("SELECT coalesce(string_agg(" + columns + ", '; ' ORDER BY id), '') FROM audit_log");
  }

  support::FreshDatabase fresh;
  store::Database database{options(fresh.url())};
  auth::Auth auth{auth::Options{}, database};
  pages::ContentTypes types;
  pages::Pages readers{database, types};
  pages::PageEditor pages{database, types};
  pages::ContentEditor contents{database, types};
  std::vector<std::string> shown;
  http::Router router;
  support::InProcessClient client{router, auth};
  Headers editor;
};

inline std::string etag_in(http::Response response) {
  const auto* etag = response.find_header("ETag");
  return etag == nullptr ? "" : *etag;
}

// "/title is required; /contents/1 .."
inline std::string faults_in(const http::Response& response) {
  std::string text;
  for (const auto& fault : support::list_in(response, "errors"))
    text += (text.empty() ? "" : "; ") + support::text_in(fault, "pointer") + " " +
            support::text_in(fault, "detail");
  return text;
}

inline std::string path_of(const std::string& folder, Id id) {
  return folder + "/" + std::to_string(id);
}

}  // namespace feedctl::test
