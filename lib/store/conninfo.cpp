#include "store/conninfo.hpp"

#include <libpq-fe.h>

#include <memory>

#include "base/error.hpp"
#include "store/database.hpp"

namespace feedctl::store {

std::map<std::string, std::string> parse_conninfo(const Secret<std::string>& url) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.reveal().c_str(), &message), &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> owned(message, &PQfreemem);
  if (!options) {
    // libpq's message may repeat the password, so it is not passed on.
    throw Error(ErrorCode::config, "the database URL cannot be read")
        .with_hint("write it as postgresql://user@host:5432/name or as key=value pairs");
  }
  std::map<std::string, std::string> settings;
  for (const auto* o = options.get(); o->keyword; ++o) {
    if (o->val && *o->val) settings[o->keyword] = o->val;
  }
  return settings;
}

std::string format_conninfo(const std::map<std::string, std::string>& settings) {
  std::string text;
  for (const auto& [key, value] : settings) {
    text += (text.empty() ? "" : " ") + key + "='";
    for (const char c : value) {
      if (c == '\'' || c == '\\') text += '\\';
      text += c;
    }
    text += '\'';
  }
  return text;
}

}  // namespace feedctl::store
