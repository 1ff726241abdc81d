#include "config/documents.hpp"

#include <cctype>

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
    {"SECRET_KEY, DJANGO_SECRET_KEY", "server.secret_key"},
    {"ALLOWED_HOSTS, DJANGO_ALLOWED_HOSTS", "server.allowed_hosts"},
    {"CORS_ALLOWED_ORIGINS", "server.cors_origins"},
    {"DEBUG, DJANGO_DEBUG", "true, yes, on or 1: log.level debug"},
    {"USE_POSTGRES", "ignored: PostgreSQL is always used"},
};

// Percent-encodes all but unreserved characters (RFC 3986).
std::string encoded(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out.append(1, '%').append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    }
  }
  return out;
}

// Remembers which variables it was asked for and found.
struct Family {
  const Lookup& lookup;
  std::string used = {};
  std::string get(const std::string& name, const std::string& otherwise = "") {
    const auto value = lookup(name);
    if (!value) return otherwise;
    used.append(used.empty() ? "" : ", ").append(name);
    return *value;
  }
};

bool digits_only(const std::string& text) {
  return text.find_first_not_of("0123456789") == std::string::npos;
}

Composed postgres(const Lookup& lookup, const std::string& prefix, const std::string& name_key) {
  Family family{lookup};
  const auto host = family.get(prefix + "HOST", "localhost");
  const auto port = family.get(prefix + "PORT", "5432");
  const auto name = family.get(prefix + name_key);
  const auto user = family.get(prefix + "USER");
  const auto password = family.get(prefix + "PASSWORD");
  if (!digits_only(port))
    return {"database.url", "", prefix + "PORT", "expects a number, not \"" + port + "\""};
  std::string url = "postgresql://" + encoded(user);
  if (!password.empty()) url += ":" + encoded(password);
  if (url.back() != '/') url += "@";
  // An IPv6 address needs its brackets; a socket's folder is encoded.
  const bool ipv6 = host.find(':') != std::string::npos && host[0] != '/' && host[0] != '[';
  url += ipv6 ? "[" + host + "]" : host[0] == '[' ? host : encoded(host);
  return {"database.url", url + ":" + port + "/" + encoded(name), family.used, ""};
}

Composed redis(const Lookup& lookup) {
  Family family{lookup};
  const auto host = family.get("REDIS_HOST");
  const auto port = family.get("REDIS_PORT", "6379");
  const auto password = family.get("REDIS_PASSWORD");
  const auto number = family.get("REDIS_DB", "0");
  if (!digits_only(port))
    return {"redis.url", "", "REDIS_PORT", "expects a number, not \"" + port + "\""};
  if (!digits_only(number))
    return {"redis.url", "", "REDIS_DB", "expects a number, not \"" + number + "\""};
  std::string url = "redis://";
  if (!password.empty()) url += ":" + encoded(password) + "@";
  const bool ipv6 = host.find(':') != std::string::npos && host[0] != '[';
  return {"redis.url", url + (ipv6 ? "[" + host + "]" : host) + ":" + port + "/" + number,
          family.used, ""};
}

bool truth(std::string word) {
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word == "true" || word == "yes" || word == "on" || word == "1";
}

}  // namespace

std::span<const KnownVariable> known_variables() {
  return variables;
}

std::vector<Composed> compose(const Lookup& lookup) {
  std::vector<Composed> all;
  if (lookup("DB_HOST") || lookup("DB_NAME"))
    all.push_back(postgres(lookup, "DB_", "NAME"));
  else if (lookup("POSTGRES_HOST"))
    all.push_back(postgres(lookup, "POSTGRES_", "DB"));
  if (lookup("REDIS_HOST")) all.push_back(redis(lookup));
  for (const std::string name : {"DEBUG", "DJANGO_DEBUG"}) {
    if (const auto value = lookup(name); value && truth(*value))
      all.push_back({"log.level", "debug", name, ""});
  }
  return all;
}

}  // namespace feedctl::config
