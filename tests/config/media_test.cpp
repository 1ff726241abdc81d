// The section media: which store the settings mean, and what is said where they do not fit.
#include <algorithm>

#include "base/error.hpp"
#include "config/load.hpp"
#include "config/media_options.hpp"
#include "config/option_values.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::config;

namespace {

using Store = MediaConfig::Store;

const Environment bucket_variables{{"S3_ENDPOINT", "http://minio:9000"},
                                   {"S3_KEY", "minioadmin"},
                                   {"S3_SECRET", "the-secret-key"},
                                   {"S3_BUCKET", "app-bucket"},
                                   {"S3_REGION", "us-east-1"}};

Environment without(Environment variables, const std::string& name) {
  variables.erase(name);
  return variables;
}

MediaConfig load_media(const Environment& environment) {
  Sources sources;
  sources.environment = environment;
  return load(sources).config.media;
}

std::vector<FieldError> mistakes_in(const Environment& environment) {
  try {
    load_media(environment);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::config);
    return error.fields();
  }
  return {};
}

std::string message_for(const char* key, const std::string& value) {
  Config config;
  return assign(*find_option(key), config, value).value_or("");
}

}  // namespace

TEST_CASE("the store is the bucket, else the directory, else none, unless it is named") {
  CHECK(media_store_of(load_media({})) == Store::off);
  CHECK(media_store_of(load_media({{"MEDIA_DIRECTORY", "/srv/media"}})) == Store::directory);
  auto both = bucket_variables;
  both["MEDIA_DIRECTORY"] = "/srv/media";
  CHECK(media_store_of(load_media(both)) == Store::s3);
  both["FEEDCTL_MEDIA_STORE"] = "directory";
  CHECK(media_store_of(load_media(both)) == Store::directory);
  both["FEEDCTL_MEDIA_STORE"] = "off";
  CHECK(media_store_of(load_media(both)) == Store::off);
}

TEST_CASE("the variables of other backends name the bucket") {
  const auto media = load_media(bucket_variables);
  CHECK(media.s3_endpoint == "http://minio:9000");
  CHECK(media.s3_key == "minioadmin");
  CHECK(media.s3_secret.reveal() == "the-secret-key");
  CHECK(media.s3_bucket == "app-bucket");
  CHECK(media.s3_region == "us-east-1");
}

TEST_CASE("a bucket without one of its settings is refused, and the setting is named") {
  for (const auto* name : {"S3_KEY", "S3_SECRET", "S3_BUCKET"}) {
    INFO(name);
    const auto mistakes = mistakes_in(without(bucket_variables, name));
    REQUIRE(mistakes.size() == 1);
    CHECK(mistakes[0].pointer == "S3_ENDPOINT");
    CHECK(mistakes[0].detail.find(std::string("set it, or ") + name) != std::string::npos);
  }
  CHECK(mistakes_in({{"FEEDCTL_MEDIA_STORE", "s3"}}).size() == 4);
  const auto mistakes = mistakes_in({{"FEEDCTL_MEDIA_STORE", "directory"}});
  REQUIRE(mistakes.size() == 1);
  CHECK(mistakes[0].pointer == "FEEDCTL_MEDIA_STORE");
  CHECK(mistakes[0].detail.find("media.directory is missing") == 0);
}

TEST_CASE("a bucket without an endpoint is no mistake, but a warning") {
  Sources sources;
  sources.environment = without(bucket_variables, "S3_ENDPOINT");
  const auto loaded = load(sources);
  CHECK(media_store_of(loaded.config.media) == Store::off);
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(loaded.warnings[0].find("S3_BUCKET: media.s3_bucket is not used") == 0);
}

TEST_CASE("a bucket in the host name needs an endpoint with a name") {
  auto variables = bucket_variables;
  variables["FEEDCTL_MEDIA_S3_PATH_STYLE"] = "off";
  CHECK(mistakes_in(variables).empty());
  variables["S3_ENDPOINT"] = "http://10.0.0.7:9000";
  const auto mistakes = mistakes_in(variables);
  REQUIRE(mistakes.size() == 1);
  CHECK(mistakes[0].detail.find("media.s3_path_style") != std::string::npos);
}

TEST_CASE("a bucket with a dot in the host name is refused where its certificate cannot fit") {
  auto variables = bucket_variables;
  variables["S3_BUCKET"] = "app.bucket";
  variables["S3_ENDPOINT"] = "https://s3.eu-west-1.amazonaws.com";
  CHECK(mistakes_in(variables).empty());
  variables["FEEDCTL_MEDIA_S3_PATH_STYLE"] = "off";
  const auto mistakes = mistakes_in(variables);
  REQUIRE(mistakes.size() == 1);
  CHECK(mistakes[0].pointer == "S3_ENDPOINT");
  CHECK(mistakes[0].detail.find("media.s3_path_style: true") != std::string::npos);
  variables["S3_ENDPOINT"] = "http://minio:9000";
  CHECK(mistakes_in(variables).empty());
}

TEST_CASE("an endpoint is a server without path, query and password") {
  for (const auto* good : {"", "http://127.0.0.1:9000", "https://s3.example.org", "http://minio/",
                           "http://[fd00::1]:9000"})
    CHECK(message_for("media.s3_endpoint", good) == "");
  for (const auto* bad : {"minio:9000", "ftp://minio", "http://minio/bucket", "http://minio/?a=b",
                          "http://minio/?", "http://key:secret@minio", "http://"}) {
    INFO(bad);
    CHECK(message_for("media.s3_endpoint", bad).find("http://127.0.0.1:9000") != std::string::npos);
  }
}

TEST_CASE("names of buckets, keys and regions are checked") {
  for (const auto* good : {"", "abc", "feedctl-media", "my.bucket.1"})
    CHECK(message_for("media.s3_bucket", good) == "");
  for (const std::string& bad : std::vector<std::string>{
           "ab", "Upper", "a_b", "-abc", "abc-", "a..b", "10.0.0.1", "a/b", std::string(64, 'a')}) {
    INFO(bad);
    CHECK(message_for("media.s3_bucket", bad) != "");
  }
  for (const auto* bad : {"a/b", "a b", "a,b", "a=b", "a\nb"})
    CHECK(message_for("media.s3_key", bad) != "");
  for (const auto* bad : {"", "eu west", "EU", "a/b"})
    CHECK(message_for("media.s3_region", bad) != "");
  CHECK(message_for("media.directory", "media") != "");
}

TEST_CASE("times of media are whole seconds and whole hours") {
  CHECK(load_media({{"FEEDCTL_MEDIA_LINK_TTL", "90s"}}).link_ttl == std::chrono::seconds{90});
  CHECK(load_media({{"FEEDCTL_MEDIA_GC_GRACE", "2d"}}).gc_grace == std::chrono::hours{48});
  CHECK(message_for("media.link_ttl", "60500ms") == "must be a multiple of 1s, not 60500ms");
  CHECK(message_for("media.gc_grace", "90m") == "must be a multiple of 1h, not 90m");
  CHECK(message_for("media.link_ttl", "8d") != "");
  CHECK(message_for("media.gc_grace", "1m") != "");
}
