#include "config/options.hpp"

#include <algorithm>

#include "config/media_options.hpp"
#include "config/rate_limit_options.hpp"
#include "config/work_options.hpp"

namespace feedctl::config {

namespace {

constexpr std::int64_t second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
constexpr std::int64_t mebibyte = 1 << 20;

constexpr Section all_sections[] = {
    {"server", "the HTTP server"},
    {"database", "PostgreSQL, the source of truth"},
    {"redis", "Redis: cache and marks between processes; everything works without it"},
    {"auth", "who may act"},
    {"oidc", "providers that people sign in at, each below a name of a-z, 0-9 and -", true},
    {"rate_limit", "how many requests a client may make"},
    {"hot", "the hot feed: the most liked posts of the last 24 hours"},
    {"feed", "the home feed, and the rows that workers write for it"},
    {"views", "view counters, which wait in Redis until feedctl flush-views moves them"},
    {"pages", "pages, which editors fill with contents"},
    {"content_types", "types of contents, each with its members: url, url?, text or text?", true},
    {"media", "images of posts and users, in a directory or an S3 bucket"},
    {"events", "the event log"},
    {"bus", "the bus, which tells workers about new events"},
    {"work", "the workers"},
    {"audit", "the log of what administrators and editors changed"},
    {"log", "log lines on standard error"},
};

const std::vector<Option>& table() {
  static const std::vector<Option> rows =
      with_media_options(with_rate_limit_options(with_work_options({
          {.key = "server.host",
           .help = "address to listen on",
           .field = [](Config& c) -> Field { return &c.server.host; },
           .rule = "not empty"},
          {.key = "server.port",
           .help = "port to listen on; 0 takes any free one",
           .field = [](Config& c) -> Field { return &c.server.port; },
           .min_value = 0,
           .max_value = 65535},
          {.key = "server.threads",
           .help = "threads for requests that need PostgreSQL or Redis",
           .field = [](Config& c) -> Field { return &c.server.threads; },
           .min_value = 1,
           .max_value = 1024},
          {.key = "server.read_threads",
           .help =
               "of these, for writes and for reads that need the database; 0 leaves an eighth to "
               "reads that are nearly always in memory",
           .field = [](Config& c) -> Field { return &c.server.read_threads; },
           .min_value = 0,
           .max_value = 1024},
          {.key = "server.write_threads",
           .help = "of these, for writes; 0 leaves a quarter to reads",
           .field = [](Config& c) -> Field { return &c.server.write_threads; },
           .min_value = 0,
           .max_value = 1024},
          {.key = "server.upload_threads",
           .help = "beside these, for uploads; 0 is a quarter of their number",
           .field = [](Config& c) -> Field { return &c.server.upload_threads; },
           .min_value = 0,
           .max_value = 1024},
          {.key = "server.queue",
           .help =
               "requests that wait for a thread; more are answered 503: uploads from a quarter of "
               "this on, writes from three quarters, reads from seven eighths",
           .field = [](Config& c) -> Field { return &c.server.queue; },
           .min_value = 8,
           .max_value = 1000000},
          {.key = "server.queue_wait",
           .help = "acceptable wait for a thread",
           .field = [](Config& c) -> Field { return &c.server.queue_wait; },
           .min_value = 1,
           .max_value = 10000},
          {.key = "server.queue_patience",
           .help =
               "if every wait is longer than that for this long, requests are answered 503 until "
               "waits are shorter again",
           .field = [](Config& c) -> Field { return &c.server.queue_patience; },
           .min_value = 1,
           .max_value = minute},
          {.key = "server.loops",
           .help = "event loops that own the sockets; 0 is one for each core",
           .field = [](Config& c) -> Field { return &c.server.loops; },
           .min_value = 0,
           .max_value = 256},
          {.key = "server.secret_key",
           .help =
               "signs cursors, at least 16 characters; unset, `migrate up` makes one and keeps it "
               "in the database",
           .field = [](Config& c) -> Field { return &c.server.secret_key; },
           .aliases = {"SECRET_KEY", "DJANGO_SECRET_KEY"},
           .redaction = Redaction::whole,
           .rule = "key"},
          {.key = "server.allowed_hosts",
           .help = "Host headers that are answered; none, or *, means any",
           .field = [](Config& c) -> Field { return &c.server.allowed_hosts; },
           .aliases = {"ALLOWED_HOSTS", "DJANGO_ALLOWED_HOSTS"},
           .max_value = 256,
           .rule = "hosts",
           .is_reloadable = true},
          {.key = "server.trusted_proxies",
           .help = "addresses or CIDR ranges whose X-Forwarded-For counts",
           .field = [](Config& c) -> Field { return &c.server.trusted_proxies; },
           .max_value = 256,
           .rule = "networks",
           .is_reloadable = true},
          {.key = "server.cors_origins",
           .help = "origins that browsers may call from; * is any",
           .field = [](Config& c) -> Field { return &c.server.cors_origins; },
           .aliases = {"CORS_ALLOWED_ORIGINS"},
           .max_value = 256,
           .rule = "origins",
           .is_reloadable = true},
          {.key = "server.access_log",
           .help = "log a line for each request",
           .field = [](Config& c) -> Field { return &c.server.access_log; },
           .is_reloadable = true},
          {.key = "server.gzip",
           .help = "compress answers of 1 KiB and more for clients that ask for it",
           .field = [](Config& c) -> Field { return &c.server.gzip; },
           .is_reloadable = true},
          {.key = "server.max_body",
           .help = "largest request body",
           .field = [](Config& c) -> Field { return &c.server.max_body; },
           .min_value = 1024,
           .max_value = 64 * mebibyte,
           .is_reloadable = true},
          {.key = "server.drain_delay",
           .help = "at SIGTERM: time as not ready before the port closes",
           .field = [](Config& c) -> Field { return &c.server.drain_delay; },
           .max_value = 5 * minute,
           .is_reloadable = true},
          {.key = "server.shutdown_timeout",
           .help = "at SIGTERM: longest wait for requests in flight",
           .field = [](Config& c) -> Field { return &c.server.shutdown_timeout; },
           .max_value = 5 * minute,
           .is_reloadable = true},
          {.key = "server.insecure_public",
           .help =
               "allow an address that others can reach; a proxy in front of it must then do TLS",
           .field = [](Config& c) -> Field { return &c.server.insecure_public; }},

          {.key = "database.url",
           .help =
               "a postgresql:// URL or key=value string; unset, libpq's own PGHOST, PGSERVICE, .. "
               "decide",
           .field = [](Config& c) -> Field { return &c.database.url; },
           .aliases = {"DATABASE_URL"},
           .redaction = Redaction::url,
           .rule = "postgresql"},
          {.key = "database.owner_url",
           .help = "the same with the rights of the schema's owner, for migrate and seed; unset: "
                   "database.url",
           .field = [](Config& c) -> Field { return &c.database.owner_url; },
           .redaction = Redaction::url,
           .rule = "postgresql"},
          {.key = "database.pool_size",
           .help = "maximum number of connections of one process",
           .field = [](Config& c) -> Field { return &c.database.pool_size; },
           .min_value = 1,
           .max_value = 1000},
          {.key = "database.pool_wait",
           .help = "longest wait for a free connection",
           .field = [](Config& c) -> Field { return &c.database.pool_wait; },
           .min_value = 1,
           .max_value = minute},
          {.key = "database.connect_timeout",
           .help = "longest wait for a new connection",
           .field = [](Config& c) -> Field { return &c.database.connect_timeout; },
           .min_value = 1,
           .max_value = 5 * minute},
          {.key = "database.statement_timeout",
           .help = "longest statement of a request; 0 is no limit",
           .field = [](Config& c) -> Field { return &c.database.statement_timeout; },
           .max_value = hour},
          {.key = "database.lock_timeout",
           .help = "longest wait for a lock in the database; 0 is no limit",
           .field = [](Config& c) -> Field { return &c.database.lock_timeout; },
           .max_value = hour},

          {.key = "redis.url",
           .help = "redis://[:password@]host:port/db or unix:///path?db=0; unset: no Redis",
           .field = [](Config& c) -> Field { return &c.redis.url; },
           .aliases = {"REDIS_URL"},
           .redaction = Redaction::url,
           .rule = "redis"},
          {.key = "redis.prefix",
           .help =
               "put before every key and stream, if another installation uses the same Redis; the "
               "same for all processes of one installation",
           .field = [](Config& c) -> Field { return &c.redis.prefix; },
           .rule = "prefix"},
          {.key = "redis.timeout",
           .help = "longest wait for an answer",
           .field = [](Config& c) -> Field { return &c.redis.timeout; },
           .min_value = 1,
           .max_value = minute},
          {.key = "redis.pool_size",
           .help = "maximum number of connections of one process",
           .field = [](Config& c) -> Field { return &c.redis.pool_size; },
           .min_value = 1,
           .max_value = 1000},

          {.key = "auth.mode",
           .help = "required: a signed token says who acts; open: the request says so itself "
                   "(development only)",
           .field = [](Config& c) -> Field { return &c.auth.mode; },
           .choices = {"required", "open"}},
          {.key = "auth.issuer",
           .help = "the issuer that tokens name",
           .field = [](Config& c) -> Field { return &c.auth.issuer; },
           .rule = "not empty"},
          {.key = "auth.token_ttl",
           .help = "how long a new token is valid",
           .field = [](Config& c) -> Field { return &c.auth.token_ttl; },
           .min_value = second,
           .max_value = 3650 * day},
          {.key = "auth.max_token_ttl",
           .help = "the longest validity that a token may get",
           .field = [](Config& c) -> Field { return &c.auth.max_token_ttl; },
           .min_value = second,
           .max_value = 3650 * day},
          {.key = "auth.public_url",
           .help = "how browsers reach this server, such as https://feed.example.org; sign-in at a "
                   "provider needs it",
           .field = [](Config& c) -> Field { return &c.auth.public_url; },
           .rule = "public url"},

          {.key = "hot.refresh_window",
           .help = "a like shows within this time; 0 recomputes at every read after a like",
           .field = [](Config& c) -> Field { return &c.hot.refresh_window; },
           .max_value = hour,
           .is_reloadable = true},
          {.key = "hot.ttl",
           .help = "life of the cached ranking",
           .field = [](Config& c) -> Field { return &c.hot.ttl; },
           .min_value = second,
           .max_value = day},
          {.key = "hot.lease",
           .help = "longest lease of the process that recomputes it; after that another one does",
           .field = [](Config& c) -> Field { return &c.hot.lease; },
           .min_value = 100,
           .max_value = 5 * minute},

          {.key = "feed.materialize",
           .help =
               "whose feeds workers materialize as rows: those of users seen lately, of all, or of "
               "none",
           .field = [](Config& c) -> Field { return &c.feed.materialize; },
           .choices = {"active", "all", "off"}},
          {.key = "feed.active_days",
           .help = "days after which a user who was not seen counts as inactive",
           .field = [](Config& c) -> Field { return &c.feed.active_days; },
           .min_value = 1,
           .max_value = 3650},
          {.key = "feed.rows_days",
           .help = "days of posts that rows hold; older pages come from the defining query",
           .field = [](Config& c) -> Field { return &c.feed.rows_days; },
           .min_value = 1,
           .max_value = 3650},
          {.key = "feed.fanout_max_followers",
           .help = "posts of authors with more followers are merged when a feed is read",
           .field = [](Config& c) -> Field { return &c.feed.fanout_max_followers; },
           .min_value = 1,
           .max_value = 1000000000},
          {.key = "feed.index",
           .help =
               "answer home feeds from the memory of serve; off: from rows and the defining query",
           .field = [](Config& c) -> Field { return &c.feed.index; }},
          {.key = "feed.index_days",
           .help = "days of posts in that memory; older pages come from the defining query",
           .field = [](Config& c) -> Field { return &c.feed.index_days; },
           .min_value = 1,
           .max_value = 3650},
          {.key = "feed.index_bytes",
           .help = "maximum memory for posts by author and for follow sets, half of it each",
           .field = [](Config& c) -> Field { return &c.feed.index_bytes; },
           .min_value = 1 << 20,
           .max_value = std::int64_t{1} << 40},
          {.key = "feed.parts_bytes",
           .help = "maximum memory for the fragments of pages: posts, authors, readers' likes",
           .field = [](Config& c) -> Field { return &c.feed.parts_bytes; },
           .min_value = 1 << 20,
           .max_value = std::int64_t{1} << 40},
          {.key = "feed.streams",
           .help = "maximum number of open event streams (GET /v1/feed/stream)",
           .field = [](Config& c) -> Field { return &c.feed.streams; },
           .min_value = 1,
           .max_value = 1000000},
          {.key = "feed.streams_per_user",
           .help = "of these, for one user",
           .field = [](Config& c) -> Field { return &c.feed.streams_per_user; },
           .min_value = 1,
           .max_value = 1000},
          {.key = "feed.shadow",
           .help = "share of the pages from memory that is compared with the defining query, such "
                   "as 1%",
           .field = [](Config& c) -> Field { return &c.feed.shadow; },
           .rule = "percent"},

          {.key = "views.redis_url",
           .help = "the Redis that holds the counters, as redis.url; unset: redis.url",
           .field = [](Config& c) -> Field { return &c.views.redis_url; },
           .aliases = {"COUNTER_REDIS_URL"},
           .redaction = Redaction::url,
           .rule = "redis"},
          {.key = "views.dedup_ttl",
           .help = "how long Redis remembers a batch of impressions, so that one sent twice counts "
                   "once",
           .field = [](Config& c) -> Field { return &c.views.dedup_ttl; },
           .min_value = minute,
           .max_value = day},
          {.key = "views.bots",
           .help =
               "views are not counted if the user agent contains one of these texts, in any case",
           .field = [](Config& c) -> Field { return &c.views.bots; },
           .max_value = 1000},
          {.key = "views.on_rollback",
           .help =
               "what becomes of the impressions that a Redis holds which was restored from older "
               "data: they are dropped, since some may have been counted, or applied",
           .field = [](Config& c) -> Field { return &c.views.on_rollback; },
           .choices = {"drop", "apply"}},

          {.key = "pages.allowed_content_models",
           .help = "labels of the contents that pages may hold, such as pages.videocontent; unset: "
                   "every type. Unknown labels are ignored",
           .field = [](Config& c) -> Field { return &c.pages.allowed_content_models; },
           .aliases = {"PAGES_ALLOWED_CONTENT_MODELS"},
           .max_value = 64},

          {.key = "events.parts_ahead",
           .help = "days ahead for which partitions of the log are created",
           .field = [](Config& c) -> Field { return &c.events.parts_ahead; },
           .min_value = 2,
           .max_value = 60},
          {.key = "events.keep",
           .help = "how long the log keeps events that every consumer has read",
           .field = [](Config& c) -> Field { return &c.events.keep; },
           .min_value = 24 * hour,
           .max_value = 3650 * day},
          {.key = "events.poll",
           .help = "how often workers read the log when nothing else wakes them",
           .field = [](Config& c) -> Field { return &c.events.poll; },
           .min_value = 1,
           .max_value = minute},

          {.key = "bus.kind",
           .help = "what carries events to workers; auto is redis where it is configured, else the "
                   "log in PostgreSQL itself",
           .field = [](Config& c) -> Field { return &c.bus.kind; },
           .choices = {"auto", "postgres", "redis", "rabbitmq"}},
          {.key = "bus.rabbitmq_url",
           .help = "amqp://user:password@host:5672/vhost, for bus.kind: rabbitmq",
           .field = [](Config& c) -> Field { return &c.bus.rabbitmq_url; },
           .aliases = {"RABBITMQ_URL"},
           .redaction = Redaction::url,
           .rule = "rabbitmq"},
          {.key = "bus.prefix",
           .help =
               "put before every exchange and queue of RabbitMQ, if another installation uses the "
               "same vhost",
           .field = [](Config& c) -> Field { return &c.bus.prefix; },
           .rule = "prefix"},

          {.key = "audit.keep",
           .help = "how long the audit log keeps its entries",
           .field = [](Config& c) -> Field { return &c.audit.keep; },
           .min_value = day,
           .max_value = 3650 * day},

          {.key = "log.level",
           .help = "lowest level of the lines that are written",
           .field = [](Config& c) -> Field { return &c.log.level; },
           .choices = {"debug", "info", "warning", "error", "off"},
           .is_reloadable = true},
          {.key = "log.format",
           .help = "auto is text on a terminal, journald under systemd, else json",
           .field = [](Config& c) -> Field { return &c.log.format; },
           .choices = {"auto", "text", "json", "journald"},
           .is_reloadable = true},
      })));
  return rows;
}

}  // namespace

std::span<const Section> sections() {
  return all_sections;
}
std::span<const Option> options() {
  return table();
}

const Option* find_option(std::string_view key) {
  for (const auto& option : table()) {
    if (option.key == key) return &option;
  }
  return nullptr;
}

std::vector<std::string> option_keys() {
  std::vector<std::string> keys;
  for (const auto& option : table()) keys.push_back(option.key);
  return keys;
}

std::string env_name(std::string_view key) {
  std::string name = "FEEDCTL_";
  for (const char c : key)
    name +=
        c == '.' || c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name;
}

std::string_view section_of(std::string_view key) {
  return key.substr(0, key.find('.'));
}

bool is_secret(const Option& option) {
  return option.redaction != Redaction::none;
}

bool is_list(const Option& option) {
  Config any;
  return std::holds_alternative<std::vector<std::string>*>(option.field(any));
}

}  // namespace feedctl::config
