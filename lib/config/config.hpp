#pragma once
// The configuration: one struct a section, with the defaults. options.cpp documents and bounds each
// key. Plain values; any thread.
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/secret.hpp"
#include "config/rate.hpp"

namespace feedctl::config {

using Duration = std::chrono::milliseconds;

struct ServerConfig {
  std::string host = "127.0.0.1";
  int port = 8000;
  int threads = 16;
  int loops = 0;                                                // 0: one a core
  int read_threads = 0, write_threads = 0, upload_threads = 0;  // 0: a share of `threads`
  std::size_t queue = 512;
  Duration queue_wait{100};
  Duration queue_patience{500};
  Secret<std::string> secret_key;
  std::vector<std::string> allowed_hosts;    // empty: any
  std::vector<std::string> trusted_proxies;  // addresses or CIDR
  std::vector<std::string> cors_origins;
  bool access_log = true;
  bool gzip = true;
  std::size_t max_body = 256 * 1024;
  Duration drain_delay{0};
  Duration shutdown_timeout{20000};
  bool insecure_public = false;
};

struct DatabaseConfig {
  Secret<std::string> url;        // "": libpq's own defaults (PGHOST, PGSERVICE, ..)
  Secret<std::string> owner_url;  // "": url
  std::size_t pool_size = 8;
  Duration pool_wait{200};
  Duration connect_timeout{2000};
  Duration statement_timeout{1000};
  Duration lock_timeout{300};
};

struct RedisConfig {
  Secret<std::string> url;  // "": no Redis
  std::string prefix;       // before every key
  Duration timeout{50};
  std::size_t pool_size = 8;
};

enum class AuthMode { required, open };

struct AuthConfig {
  AuthMode mode = AuthMode::required;
  std::string issuer = "feedctl";
  Duration token_ttl{std::chrono::minutes{10}};
  Duration max_token_ttl{std::chrono::hours{24}};
  std::string public_url;  // an origin: how browsers reach this server
};

enum class OidcKind { openid, github };

// A provider that people sign in at. Keys: oidc.NAME.kind, ..
struct OidcProvider {
  std::string name;  // [a-z0-9-]{1,32}
  OidcKind kind = OidcKind::openid;
  std::string display_name;  // "": name
  std::string issuer;        // of kind openid
  std::string client_id;
  Secret<std::string> client_secret;  // "": a public client
  std::vector<std::string> scopes;    // empty: those of the kind
  // Of kind github.
  std::string authorize_url = "https://github.com/login/oauth/authorize";
  std::string token_url = "https://github.com/login/oauth/access_token";
  std::string api_url = "https://api.github.com";
  std::string ca_file;  // "": the certificates of the system
  bool allow_private_addresses = false;
};

struct OidcConfig {
  std::vector<OidcProvider> providers;  // by name

  // Makes it where there is none.
  OidcProvider& provider(std::string_view name);
};

// By user and by client address, for each class of routes (http::RateClass).
struct RateLimitConfig {
  struct User {
    Rate read{1200, std::chrono::minutes{1}, 300};
    Rate write{300, std::chrono::minutes{1}, 60};
    Rate upload{60, std::chrono::hours{1}, 20};
    Rate admin{600, std::chrono::minutes{1}, 120};
  };
  // A household or an office shares one address.
  struct Address {
    Rate read{6000, std::chrono::minutes{1}, 1500};
    Rate write{1200, std::chrono::minutes{1}, 300};
    Rate login{60, std::chrono::minutes{1}, 30};
    Rate upload{240, std::chrono::hours{1}, 60};
    Rate admin{600, std::chrono::minutes{1}, 120};
  };
  bool enabled = true;
  User user;
  Address address;
  std::vector<std::string> exempt_addresses{"127.0.0.0/8", "::1", "unix"};  // addresses or CIDR
};

struct HotConfig {
  Duration refresh_window{1000};
  Duration ttl{60000};
  Duration lease{3000};
};

struct EventsConfig {
  int parts_ahead = 7;
  Duration keep{std::chrono::hours{72}};
  Duration poll{10};
};

enum class BusKind { automatic, postgres, redis, rabbitmq };

struct BusConfig {
  BusKind kind = BusKind::automatic;
  Secret<std::string> rabbitmq_url;  // amqp://user:password@host:port/vhost
  std::string prefix;                // before the names of exchanges and queues
};

struct WorkConfig {
  int concurrency = 2;
  int batch = 500;
  std::string host = "127.0.0.1";  // of /metrics and /health
  int port = 0;                    // 0: none
  Duration keep_dead{std::chrono::hours{30 * 24}};
  Duration clock_settling{std::chrono::hours{1}};
};

struct AuditConfig {
  Duration keep{std::chrono::hours{90 * 24}};
};

enum class Materialize { active, all, off };

struct FeedConfig {
  Materialize materialize = Materialize::active;
  int active_days = 30;
  int rows_days = 90;
  std::size_t fanout_max_followers = 50000;
  bool index = true;
  int index_days = 30;
  std::size_t index_bytes = std::size_t{256} << 20;
  std::size_t parts_bytes = std::size_t{256} << 20;
  std::size_t streams = 10000;
  std::size_t streams_per_user = 5;
  std::string shadow = "0%";
};

enum class OnRollback { drop, apply };

struct ViewsConfig {
  Secret<std::string> redis_url;  // empty: redis.url
  Duration dedup_ttl{std::chrono::minutes{15}};
  std::vector<std::string> bots{"bot",
                                "crawler",
                                "spider",
                                "slurp",
                                "facebookexternalhit",
                                "embedly",
                                "bingpreview",
                                "mediapartners-google"};
  OnRollback on_rollback = OnRollback::drop;
};

// A type of the contents that pages hold. Keys: content_types.NAME.MEMBER,
// content_types.NAME.label.
struct ContentTypeConfig {
  struct Member {
    std::string name;
    std::string kind;  // url or text; with ? it may be left out
  };
  std::string name;
  std::string label;  // "": pages.<name>content
  std::vector<Member> members;

  // Makes it where there is none.
  Member& member(std::string_view wanted);
};

struct ContentTypesConfig {
  std::vector<ContentTypeConfig> types{
      {"video", "", {{"file_url", "url"}, {"subtitles_url", "url?"}}},
      {"audio", "", {{"text", "text"}}}};

  // nullptr: there is none.
  const ContentTypeConfig* find(std::string_view name) const;
  // Makes it where there is none.
  ContentTypeConfig& type(std::string_view name);
};

struct PagesConfig {
  std::vector<std::string> allowed_content_models;  // labels; empty: all
};

// Images of posts and avatars (docs/media.md).
struct MediaConfig {
  enum class Store { automatic, off, directory, s3 };
  Store store =
      Store::automatic;  // s3 where s3_endpoint is set, else a directory where one is named
  std::string directory;
  std::string s3_endpoint;         // "http://127.0.0.1:9000"
  std::string s3_public_endpoint;  // in presigned links; "": s3_endpoint
  std::string s3_key;
  Secret<std::string> s3_secret;
  std::string s3_bucket;
  std::string s3_region = "us-east-1";
  bool s3_path_style = true;
  std::size_t max_bytes = 5 * 1024 * 1024;  // of an upload; one of this size is refused
  int processes = 2;                        // images that are processed at once
  std::chrono::seconds link_ttl{300};       // of presigned links and forms
  std::chrono::hours gc_grace{24};          // how old an object without a row must be
};

using LogConfig = log::Options;

struct Config {
  ServerConfig server;
  DatabaseConfig database;
  RedisConfig redis;
  AuthConfig auth;
  OidcConfig oidc;
  RateLimitConfig rate_limit;
  HotConfig hot;
  EventsConfig events;
  BusConfig bus;
  WorkConfig work;
  AuditConfig audit;
  FeedConfig feed;
  ViewsConfig views;
  PagesConfig pages;
  MediaConfig media;
  ContentTypesConfig content_types;
  LogConfig log;
};

}  // namespace feedctl::config
