#include "media/media.hpp"

#include "base/error.hpp"
#include "media/object_keys.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using media::Image;

namespace {

std::string json_of(const Image& image) {
  std::string out;
  json::Writer writer(out);
  media::append_json(writer, image);
  return out;
}

}  // namespace

TEST_CASE("a summary is read with and without what follows later") {
  const auto fresh = media::parse_summary("12 1 4000 3000 - -");
  CHECK(fresh.id == 12);
  CHECK(fresh.state == media::State::processing);
  CHECK(fresh.width == 4000);
  CHECK(fresh.height == 3000);
  CHECK(fresh.thumbnails.empty());
  CHECK(fresh.blurhash.empty());
  const auto ready = media::parse_summary("12 2 4000 3000 320,640,1280 L-EHV6nW");
  CHECK(ready.state == media::State::ready);
  CHECK(ready.thumbnails == std::vector<std::uint32_t>{320, 640, 1280});
  CHECK(ready.blurhash == "L-EHV6nW");
  CHECK(media::parse_summary("1 3 1 1 - -").state == media::State::failed);
}

TEST_CASE("a malformed summary is an internal error") {
  for (const auto* text :
       {"", "12", "12 1 4000 3000 -", "12 1 4000 3000 - - -", "x 1 4000 3000 - -",
        "12 0 4000 3000 - -", "12 4 4000 3000 - -", "12 1 -1 3000 - -", "12 1 4000 3000 320, -",
        "12 1 4000 3000 320,x -", "12 1  3000 - -", "12 1 4000 3000 - - "}) {
    INFO(text);
    try {
      media::parse_summary(text);
      FAIL_CHECK("accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::internal);
    }
  }
}

TEST_CASE("an image's members have a fixed order") {
  CHECK(json_of({12, media::State::processing, 4000, 3000, {}, ""}) ==
        R"({"id":12,"state":"processing","url":"/v1/media/12","width":4000,"height":3000,)"
        R"("blurhash":null,"thumbnails":[]})");
  CHECK(json_of({12, media::State::ready, 4000, 3000, {320, 640}, "L-EHV6nW"}) ==
        R"({"id":12,"state":"ready","url":"/v1/media/12","width":4000,"height":3000,)"
        R"("blurhash":"L-EHV6nW","thumbnails":[)"
        R"({"width":320,"height":240,"url":"/v1/media/12/320"},)"
        R"({"width":640,"height":480,"url":"/v1/media/12/640"}]})");
}

TEST_CASE("a thumbnail of a very wide image is a pixel high") {
  CHECK(json_of({1, media::State::ready, 8000, 2, {320}, "LEHV6n"}).find(R"("height":1,"url")") !=
        std::string::npos);
}

TEST_CASE("an avatar is its link, or null") {
  std::string out;
  json::Writer writer(out);
  writer.open_object();
  media::append_avatar(writer, "avatar", 7);
  media::append_avatar(writer, "none", std::nullopt);
  writer.close_object();
  CHECK(out == R"({"avatar":"/v1/media/7","none":null})");
}

TEST_CASE("the keys of objects name the subject, the bytes and the media") {
  const auto image =
      media::object_key({media::Kind::post_image, 7}, "ab12", 99, images::Format::jpeg);
  CHECK(image == "posts/7/ab12-99.jpg");
  CHECK(media::object_key({media::Kind::avatar, 5}, "ab12", 99, images::Format::png) ==
        "users/5/avatars/ab12-99.png");
  CHECK(media::thumbnail_key(image, 320) == "posts/7/ab12-99-320.webp");
  CHECK(media::quarantine_key(4) == "quarantine/4");
}
