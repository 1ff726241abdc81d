#include "config/env_aliases.hpp"

#include "base/ascii.hpp"
#include "base/url.hpp"

namespace feedctl::config {

namespace {

using Lookup = std::function<std::optional<std::string>(const std::string&)>;

constexpr KnownVariable variables[] = {
    {"DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD",
     "make database.url, where DB_HOST or DB_NAME is set"},
    {"POSTGRES_HOST, POSTGRES_PORT, POSTGRES_DB, POSTGRES_USER, POSTGRES_PASSWORD",
     "the same, where POSTGRES_HOST is set and no DB_HOST or DB_NAME"},
    {"DATABASE_URL", "database.url"},
    {"PGHOST, PGPORT, PGUSER, PGDATABASE, PGSERVICE, PGPASSFILE, ..",
     "read by libpq for what database.url leaves out"},
    {"REDIS_URL", "redis.url"},
    {"REDIS_HOST, REDIS_PORT, REDIS_PASSWORD, REDIS_DB",
     "make redis.url, where REDIS_HOST is set and no REDIS_URL"},
    {"CELERY_BROKER_URL",
     "amqp://..: bus.rabbitmq_url, and bus.kind: rabbitmq; redis://..: redis.url, where neither "
     "REDIS_URL nor REDIS_HOST is set"},
    {"COUNTER_REDIS_URL", "views.redis_url"},
    {"COUNTER_DEDUP_TTL", "views.dedup_ttl, in seconds"},
    {"SECRET_KEY, DJANGO_SECRET_KEY", "server.secret_key"},
    {"ALLOWED_HOSTS, DJANGO_ALLOWED_HOSTS", "server.allowed_hosts"},
    {"CORS_ALLOWED_ORIGINS", "server.cors_origins"},
    {"MEDIA_DIRECTORY", "media.directory"},
    {"S3_ENDPOINT, S3_KEY, S3_SECRET, S3_BUCKET, S3_REGION",
     "media.s3_endpoint, media.s3_key, media.s3_secret, media.s3_bucket, media.s3_region"},
    {"DEBUG, DJANGO_DEBUG", "true, yes, on or 1: log.level debug"},
    {"USE_POSTGRES", "ignored: PostgreSQL is always used"},
    {"CELERY_RESULT_BACKEND", "ignored: a job's result is what it wrote to the database"},
    {"DJANGO_TIME_ZONE", "ignored: times are UTC, and a client shows them in its own zone"},
};

// Remembers which variables it was asked for and found.
struct VariableGroup {
  const Lookup& lookup;
  std::string names_found = {};
  std::string get(const std::string& name, const std::string& otherwise = "") {
    const auto value = lookup(name);
    if (!value) return otherwise;
    names_found.append(names_found.empty() ? "" : ", ").append(name);
    return *value;
  }
};

bool is_digits(const std::string& text) {
  return text.find_first_not_of("0123456789") == std::string::npos;
}

AliasedValue postgres_url(const Lookup& lookup, const std::string& prefix,
                          const std::string& name_key) {
  VariableGroup group{lookup};
  const auto host = group.get(prefix + "HOST", "localhost");
  const auto port = group.get(prefix + "PORT", "5432");
  const auto name = group.get(prefix + name_key);
  const auto user = group.get(prefix + "USER");
  const auto password = group.get(prefix + "PASSWORD");
  if (!is_digits(port))
    return {"database.url", "", prefix + "PORT", "expects a number, not \"" + port + "\""};
  std::string url = "postgresql://" + percent_encode(user);
  if (!password.empty()) url += ":" + percent_encode(password);
  if (url.back() != '/') url += "@";
  // An IPv6 address needs its brackets; a socket's folder is encoded.
  const bool ipv6 = host.find(':') != std::string::npos && host[0] != '/' && host[0] != '[';
  url += ipv6 ? "[" + host + "]" : host[0] == '[' ? host : percent_encode(host);
  return {"database.url", url + ":" + port + "/" + percent_encode(name), group.names_found, ""};
}

AliasedValue redis_url(const Lookup& lookup) {
  VariableGroup group{lookup};
  const auto host = group.get("REDIS_HOST");
  const auto port = group.get("REDIS_PORT", "6379");
  const auto password = group.get("REDIS_PASSWORD");
  const auto number = group.get("REDIS_DB", "0");
  if (!is_digits(port))
    return {"redis.url", "", "REDIS_PORT", "expects a number, not \"" + port + "\""};
  if (!is_digits(number))
    return {"redis.url", "", "REDIS_DB", "expects a number, not \"" + number + "\""};
  std::string url = "redis://";
  if (!password.empty()) url += ":" + percent_encode(password) + "@";
  const bool ipv6 = host.find(':') != std::string::npos && host[0] != '[';
  return {"redis.url", url + (ipv6 ? "[" + host + "]" : host) + ":" + port + "/" + number,
          group.names_found, ""};
}

// Celery's default transport, with the names that kombu gives it.
std::string amqp_url(const std::string& broker) {
  auto url = "amqp" + broker.substr(broker.find("://"));
  // There "//" at the end is the virtual host "/".
  if (url.ends_with("//")) url.replace(url.size() - 1, 1, "%2F");
  return url;
}

std::vector<AliasedValue> broker(const std::string& url) {
  const std::string where = "CELERY_BROKER_URL";
  for (const std::string_view scheme : {"amqp://", "pyamqp://", "librabbitmq://"}) {
    if (url.rfind(scheme, 0) == 0)
      return {{"bus.kind", "rabbitmq", where, ""}, {"bus.rabbitmq_url", amqp_url(url), where, ""}};
  }
  if (url.rfind("redis://", 0) == 0) return {{"redis.url", url, where, ""}};
  return {{"bus.rabbitmq_url", "", where, "expects amqp:// or redis://"}};
}

bool is_truthy(std::string_view text) {
  const auto word = to_lower(text);
  return word == "true" || word == "yes" || word == "on" || word == "1";
}

}  // namespace

std::span<const KnownVariable> known_variables() {
  return variables;
}

std::vector<AliasedValue> from_env_aliases(const Lookup& lookup) {
  std::vector<AliasedValue> all;
  if (const auto url = lookup("CELERY_BROKER_URL")) all = broker(*url);
  if (lookup("DB_HOST") || lookup("DB_NAME"))
    all.push_back(postgres_url(lookup, "DB_", "NAME"));
  else if (lookup("POSTGRES_HOST"))
    all.push_back(postgres_url(lookup, "POSTGRES_", "DB"));
  if (lookup("REDIS_HOST")) all.push_back(redis_url(lookup));
  if (const auto ttl = lookup("COUNTER_DEDUP_TTL"))
    all.push_back(
        {"views.dedup_ttl", is_digits(*ttl) ? *ttl + "s" : *ttl, "COUNTER_DEDUP_TTL", ""});
  for (const std::string name : {"DEBUG", "DJANGO_DEBUG"}) {
    if (const auto value = lookup(name); value && is_truthy(*value))
      all.push_back({"log.level", "debug", name, ""});
  }
  return all;
}

}  // namespace feedctl::config
