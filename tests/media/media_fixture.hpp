#pragma once
// The routes of images over a fresh database, a store in memory and a real image processor, called
// in-process.
#include <string>
#include <utility>
#include <vector>

#include "auth/auth.hpp"
#include "base/cursor_signer.hpp"
#include "media/media_service.hpp"
#include "media/routes.hpp"
#include "memory_store.hpp"
#include "png_image.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/in_process.hpp"
#include "support/json.hpp"
#include "support/keyless_posts.hpp"
#include "support/memory_file.hpp"
#include "support/process.hpp"
#include "users/users.hpp"

namespace feedctl::test {

using Headers = support::InProcessClient::Headers;
using http::Response;

struct Field {
  std::string name;
  std::string content;
  std::string filename = {};
  std::string content_type = {};
};

inline Field image_field(std::string bytes, std::string content_type = "image/png") {
  return {"image", std::move(bytes), "photo.png", std::move(content_type)};
}

inline std::string form_body(const std::vector<Field>& fields, const std::string& boundary) {
  std::string body;
  for (const auto& field : fields) {
    body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + field.name + '"';
    if (!field.filename.empty()) body += "; filename=\"" + field.filename + '"';
    if (!field.content_type.empty()) body += "\r\nContent-Type: " + field.content_type;
    body += "\r\n\r\n" + field.content + "\r\n";
  }
  return body + "--" + boundary + "--\r\n";
}

// "" where the response has no such header.
inline std::string header(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

inline std::string error_in(const Response& response) {
  return support::text_in(response, "error");
}

// The bytes of a response's body, also of one that is a file.
inline std::string body_of(const Response& response) {
  if (!response.file) return response.body;
  return support::read_all(
      {response.file->file->get(), response.file->offset, response.file->size});
}

class MediaFixture {
 public:
  explicit MediaFixture(auth::Mode mode = auth::Mode::open, bool has_store = true)
      : auth(auth_options(mode), database),
        media({database, has_store ? &store : nullptr, images, config(), [this] { ++changes; }}) {
    auth::ensure_signing_key(owner);
    media::add_routes(router, {media, auth, cursors});
  }

  static constexpr std::size_t max_bytes = 100'000;

  Id add_user(const std::string& handle, users::Role role = users::Role::user) {
    return users.create({handle, "", role}).id;
  }
  Id add_post(std::optional<Id> author) { return posts.create(author, "a post").id; }
  Headers as(Id user) const { return {{"x-user-id", std::to_string(user)}}; }
  Headers token_of(Id user) {
    return {{"authorization", "Bearer " + auth.issue(user, std::chrono::seconds{600})}};
  }

  Response send_form(const std::string& target, const std::vector<Field>& fields, Headers headers,
                     const std::string& boundary = "a-boundary") const {
    headers.emplace_back("content-type", "multipart/form-data; boundary=" + boundary);
    return server.send(http::Method::post, target, form_body(fields, boundary), headers);
  }
  Response upload(const std::string& target, const std::string& image, Headers headers) const {
    return send_form(target, {image_field(image)}, std::move(headers));
  }
  static std::string image_path(Id post) { return "/v1/posts/" + std::to_string(post) + "/image"; }
  static std::string avatar_path(Id user) {
    return "/v1/users/" + std::to_string(user) + "/avatar";
  }
  // Of an upload that succeeds.
  Id media_of(const Response& response) const {
    INFO(response.body);
    REQUIRE(response.status == 201);
    const auto body = json::parse(response.body);
    return support::integer_in(*body.find("image"), "id");
  }

  std::string sql(const std::string& text) const { return fresh.execute(text); }
  std::int64_t count(const std::string& from) const {
    return std::stoll(sql("SELECT count(*) FROM " + from));
  }
  // "10 18", of one post or user.
  std::string events_of(Id object) const {
    return sql(
        "SELECT coalesce(string_agg(type::text, ' ' ORDER BY id), '') FROM events WHERE "
        "type IN (10, 11, 18, 19) AND object = " +
        std::to_string(object));
  }
  // "media.process 12, media.remove 11", in the order of their ids.
  std::string jobs() const {
    return sql(
        "SELECT coalesce(string_agg(kind || ' ' || subject, ', ' ORDER BY id), '') FROM jobs");
  }
  std::string shown_image(Id post) const {
    return sql("SELECT coalesce(image_id::text, '') FROM posts WHERE id = " + std::to_string(post));
  }

  support::FreshDatabase fresh;
  store::Database owner{database_options(fresh.owner_url())};
  store::Database database{database_options(fresh.url())};
  MemoryStore store;
  images::ImageProcessor images{{.concurrency = 4, .executable = support::feedctl_binary()}};
  CursorSigner cursors{Secret<std::string>("a key for tokens in tests")};
  auth::Auth auth;
  users::Users users{database};
  support::KeylessPosts posts{database, {}};
  std::atomic<int> changes{0};
  media::MediaService media;
  http::Router router;
  support::InProcessClient server{router, auth};

 private:
  static auth::Options auth_options(auth::Mode mode) {
    auth::Options made;
    made.mode = mode;
    return made;
  }
  static config::MediaConfig config() {
    config::MediaConfig made;
    made.max_bytes = max_bytes;
    return made;
  }
  // Limits that no busy machine comes to.
  static store::Options database_options(Secret<std::string> url) {
    store::Options made;
    made.url = std::move(url);
    made.pool_size = 20;
    made.connect_timeout = made.pool_wait = made.lock_timeout = made.statement_timeout =
        std::chrono::seconds{60};
    made.idle_in_transaction_timeout = std::chrono::minutes{5};
    return made;
  }
};

}  // namespace feedctl::test
