#include "config/media_options.hpp"

#include <iterator>
#include <utility>

#include "base/http_url.hpp"
#include "base/ip_address.hpp"

namespace feedctl::config {

namespace {

using Store = MediaConfig::Store;

constexpr std::int64_t second = 1000, hour = 3600 * second, day = 24 * hour;

std::vector<Option> store_options() {
  return {
      {.key = "media.store",
       .help = "where images are kept; auto is s3 where media.s3_endpoint is set, else directory "
               "where media.directory is set, else off",
       .field = [](Config& c) -> Field { return &c.media.store; },
       .choices = {"auto", "off", "directory", "s3"}},
      {.key = "media.directory",
       .help = "the directory of the images, an absolute path on one file system; all processes "
               "of one installation share it",
       .field = [](Config& c) -> Field { return &c.media.directory; },
       .aliases = {"MEDIA_DIRECTORY"},
       .rule = "absolute path"},
      {.key = "media.s3_endpoint",
       .help = "the S3 server, such as https://s3.eu-central-1.amazonaws.com; http:// is for "
               "servers in private networks",
       .field = [](Config& c) -> Field { return &c.media.s3_endpoint; },
       .aliases = {"S3_ENDPOINT"},
       .rule = "s3 endpoint"},
      {.key = "media.s3_public_endpoint",
       .help = "the same server as browsers reach it, for links and upload forms; unset: "
               "media.s3_endpoint",
       .field = [](Config& c) -> Field { return &c.media.s3_public_endpoint; },
       .rule = "s3 endpoint"},
  };
}

std::vector<Option> bucket_options() {
  return {
      {.key = "media.s3_key",
       .help = "the access key of S3",
       .field = [](Config& c) -> Field { return &c.media.s3_key; },
       .aliases = {"S3_KEY"},
       .rule = "s3 key"},
      {.key = "media.s3_secret",
       .help = "its secret key",
       .field = [](Config& c) -> Field { return &c.media.s3_secret; },
       .aliases = {"S3_SECRET"},
       .redaction = Redaction::whole},
      {.key = "media.s3_bucket",
       .help = "the bucket of the images, which must exist and must not be public",
       .field = [](Config& c) -> Field { return &c.media.s3_bucket; },
       .aliases = {"S3_BUCKET"},
       .rule = "s3 bucket"},
      {.key = "media.s3_region",
       .help = "the bucket's region; servers that have none take us-east-1",
       .field = [](Config& c) -> Field { return &c.media.s3_region; },
       .aliases = {"S3_REGION"},
       .rule = "s3 region"},
      {.key = "media.s3_path_style",
       .help = "the bucket is the first part of the path; off: of the host name, as AWS prefers it",
       .field = [](Config& c) -> Field { return &c.media.s3_path_style; }},
  };
}

std::vector<Option> limit_options() {
  return {
      {.key = "media.max_bytes",
       .help = "an uploaded image must be smaller than this",
       .field = [](Config& c) -> Field { return &c.media.max_bytes; },
       .min_value = 1024,
       .max_value = 64 << 20},
      {.key = "media.processes",
       .help = "images that one process of feedctl decodes at a time, each in a process of its own",
       .field = [](Config& c) -> Field { return &c.media.processes; },
       .min_value = 1,
       .max_value = 64},
      {.key = "media.link_ttl",
       .help = "how long a link or an upload form of S3 is valid",
       .field = [](Config& c) -> Field { return &c.media.link_ttl; },
       .min_value = 30 * second,
       .max_value = 7 * day},
      {.key = "media.gc_grace",
       .help = "how old a stored file without an image must be before `feedctl media gc` removes "
               "it",
       .field = [](Config& c) -> Field { return &c.media.gc_grace; },
       .min_value = hour,
       .max_value = 3650 * day},
  };
}

void append(std::vector<Option>& options, std::vector<Option> more) {
  options.insert(options.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
}

class MediaCheck {
 public:
  explicit MediaCheck(const LoadedConfig& loaded)
      : loaded_(loaded), media_(loaded.config.media), store_(media_store_of(media_)) {}

  std::vector<FieldError> run() {
    if (store_ == Store::directory) require("media.directory", media_.directory.empty());
    if (store_ == Store::s3) check_bucket();
    return std::move(mistakes_);
  }

 private:
  void check_bucket() {
    require("media.s3_endpoint", media_.s3_endpoint.empty());
    require("media.s3_key", media_.s3_key.empty());
    require("media.s3_secret", media_.s3_secret.empty());
    require("media.s3_bucket", media_.s3_bucket.empty());
    if (media_.s3_path_style) return;
    check_host("media.s3_endpoint", media_.s3_endpoint);
    check_host("media.s3_public_endpoint", media_.s3_public_endpoint);
  }

  void require(const std::string& key, bool is_missing) {
    if (!is_missing) return;
    const auto& aliases = find_option(key)->aliases;
    const auto variable = aliases.empty() ? env_name(key) : std::string(aliases.front());
    mistakes_.push_back({place(), key + " is missing; set it, or " + variable + reason()});
  }

  // An address has no names below it, and *.example.org is no certificate for a.b.example.org.
  void check_host(const std::string& key, const std::string& text) {
    if (text.empty()) return;
    const auto url = parse_http_url(text);
    const bool has_dot = media_.s3_bucket.find('.') != std::string::npos;
    if (IpAddress::parse(url.host)) {
      add_path_style(key, "is an address");
    } else if (has_dot && url.is_https) {
      add_path_style(key, "has no certificate for a bucket with a dot in its name");
    }
  }

  void add_path_style(const std::string& key, const std::string& reason) {
    mistakes_.push_back(
        {place_of(key), key + " " + reason + ", which takes media.s3_path_style: true"});
  }

  std::string reason() const {
    return store_ == Store::s3 ? " (media.store is s3)" : " (media.store is directory)";
  }

  std::string place() const {
    return place_of(loaded_.origins.count("media.store") != 0 ? "media.store"
                                                              : "media.s3_endpoint");
  }
  std::string place_of(const std::string& key) const {
    const auto origin = loaded_.origins.find(key);
    return origin == loaded_.origins.end() ? "defaults" : origin->second.where;
  }

  const LoadedConfig& loaded_;
  const MediaConfig& media_;
  const Store store_;
  std::vector<FieldError> mistakes_;
};

}  // namespace

std::vector<Option> with_media_options(std::vector<Option> options) {
  append(options, store_options());
  append(options, bucket_options());
  append(options, limit_options());
  return options;
}

Store media_store_of(const MediaConfig& media) {
  if (media.store != Store::automatic) return media.store;
  if (!media.s3_endpoint.empty()) return Store::s3;
  return media.directory.empty() ? Store::off : Store::directory;
}

std::vector<FieldError> check_media(const LoadedConfig& loaded) {
  return MediaCheck(loaded).run();
}

std::vector<std::string> media_warnings(const LoadedConfig& loaded) {
  const auto& media = loaded.config.media;
  const auto bucket = loaded.origins.find("media.s3_bucket");
  if (media.store != Store::automatic || !media.s3_endpoint.empty() || media.s3_bucket.empty() ||
      bucket == loaded.origins.end())
    return {};
  return {bucket->second.where +
          ": media.s3_bucket is not used: media.s3_endpoint (S3_ENDPOINT) is not set"};
}

}  // namespace feedctl::config
