#pragma once
// Images as the database has them: the rows and events of an upload, of its thumbnails and of a
// removal, without a blob store.
#include <string>

#include "base/ids.hpp"
#include "support/fresh_database.hpp"

namespace feedctl::support {

namespace images_detail {

// Runs CTEs of which `changed` is the changed post or user, with the event that tells of it.
inline std::string change(const FreshDatabase& database, const std::string& changes, int event,
                          const std::string& result) {
  return database.execute(
      "WITH " + changes + ", event AS (INSERT INTO events (type, shard, actor, object) SELECT " +
      std::to_string(event) + ", shard, actor, id FROM changed) SELECT " + result);
}

inline std::string new_media(int kind, Id subject) {
  const auto id = std::to_string(subject);
  return "made AS (INSERT INTO media (id, kind, subject_id, object_key, content_type, byte_count, "
         "width, height) SELECT feedctl_next_id(), " +
         std::to_string(kind) + ", " + id + ", 'key of " + id +
         "', 'image/jpeg', 1000, 1600, 1200 RETURNING id), ";
}

inline std::string update_post(Id post, const std::string& image) {
  return "changed AS (UPDATE posts SET image_id = " + image +
         " WHERE id = " + std::to_string(post) +
         " RETURNING id, shard, coalesce(author_id, 0) AS actor)";
}

inline std::string update_user(Id user, const std::string& avatar) {
  return "changed AS (UPDATE users SET avatar_id = " + avatar +
         " WHERE id = " + std::to_string(user) + " RETURNING id, shard, id AS actor)";
}

}  // namespace images_detail

// A new image of the post, 1600 x 1200, in state processing; its id.
inline Id set_image(const FreshDatabase& database, Id post) {
  using namespace images_detail;
  return std::stoll(change(database,
                           new_media(1, post) + update_post(post, "(SELECT id FROM made)"), 10,
                           "id FROM made"));
}

// The image has thumbnails of 320 and 640, and a blurhash.
inline void finish_image(const FreshDatabase& database, Id post) {
  const auto id = std::to_string(post);
  images_detail::change(
      database,
      "done AS (UPDATE media SET state = 2, thumbnails = '320,640', blurhash = 'LEHV6nWB2yk8' "
      "WHERE id = (SELECT image_id FROM posts WHERE id = " +
          id +
          ")), changed AS (SELECT id, shard, coalesce(author_id, 0) AS actor FROM posts "
          "WHERE id = " +
          id + ")",
      20, "id FROM changed");
}

inline void remove_image(const FreshDatabase& database, Id post) {
  using namespace images_detail;
  change(database, update_post(post, "NULL"), 18, "id FROM changed");
}

// A new avatar; its id.
inline Id set_avatar(const FreshDatabase& database, Id user) {
  using namespace images_detail;
  return std::stoll(change(database,
                           new_media(2, user) + update_user(user, "(SELECT id FROM made)"), 11,
                           "id FROM made"));
}

inline void remove_avatar(const FreshDatabase& database, Id user) {
  using namespace images_detail;
  change(database, update_user(user, "NULL"), 19, "id FROM changed");
}

// As JSON has them.
inline std::string new_image_json(Id image) {
  const auto id = std::to_string(image);
  return R"({"id":)" + id + R"(,"state":"processing","url":"/v1/media/)" + id +
         R"(","width":1600,"height":1200,"blurhash":null,"thumbnails":[]})";
}

inline std::string finished_image_json(Id image) {
  const auto link = "/v1/media/" + std::to_string(image);
  return R"({"id":)" + std::to_string(image) + R"(,"state":"ready","url":")" + link +
         R"(","width":1600,"height":1200,"blurhash":"LEHV6nWB2yk8","thumbnails":[)" +
         R"({"width":320,"height":240,"url":")" + link + R"(/320"},)" +
         R"({"width":640,"height":480,"url":")" + link + R"(/640"}]})";
}

inline std::string avatar_json(Id avatar) {
  return "\"/v1/media/" + std::to_string(avatar) + '"';
}

}  // namespace feedctl::support
