#include "dev_openid/options.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"

namespace feedctl::dev_openid {

namespace {

constexpr int max_port = 65535;

Error wrong_member(std::string_view name) {
  return Error(ErrorCode::bad_data,
               "the settings of the OpenID provider lack a usable \"" + std::string(name) + "\"")
      .with_hint("start it with `feedctl dev`, which writes them");
}

const json::Value& member(const json::Value& object, std::string_view name) {
  const auto* found = object.find(name);
  if (found == nullptr) throw wrong_member(name);
  return *found;
}

std::string text_member(const json::Value& object, std::string_view name) {
  const auto* text = member(object, name).text();
  if (text == nullptr) throw wrong_member(name);
  return *text;
}

const json::Array& list_member(const json::Value& object, std::string_view name) {
  const auto* list = member(object, name).array();
  if (list == nullptr) throw wrong_member(name);
  return *list;
}

int port_member(const json::Value& object) {
  const auto* port = member(object, "port").integer();
  if (port == nullptr || *port < 1 || *port > max_port) throw wrong_member("port");
  return static_cast<int>(*port);
}

KeyKind kind_member(const json::Value& object) {
  const auto name = text_member(object, "alg");
  for (const auto kind : {KeyKind::rs256, KeyKind::es256}) {
    if (name == to_string(kind)) return kind;
  }
  throw wrong_member("alg");
}

}  // namespace

std::string_view to_string(KeyKind kind) {
  return kind == KeyKind::es256 ? "ES256" : "RS256";
}

std::string issuer_of(const Options& options) {
  return "http://127.0.0.1:" + std::to_string(options.port);
}

std::string to_json(const Options& options) {
  std::string text;
  json::Writer out(text);
  out.open_object().integer("port", options.port).text("client_id", options.client_id);
  out.text("client_secret", options.client_secret.reveal());
  out.text("alg", to_string(options.key_kind)).key("redirect_uris").open_array();
  for (const auto& uri : options.redirect_uris) out.text(uri);
  out.close_array().key("people").open_array();
  for (const auto& person : options.people) {
    out.open_object().text("username", person.username).text("name", person.name);
    out.text("email", person.email).close_object();
  }
  out.close_array().close_object();
  return text;
}

Options parse_options(std::string_view json) {
  const auto value = json::parse(json);
  Options options;
  options.port = port_member(value);
  options.client_id = text_member(value, "client_id");
  options.client_secret = Secret<std::string>(text_member(value, "client_secret"));
  if (options.client_secret.empty()) throw wrong_member("client_secret");
  options.key_kind = kind_member(value);
  for (const auto& uri : list_member(value, "redirect_uris")) {
    if (uri.text() == nullptr) throw wrong_member("redirect_uris");
    options.redirect_uris.push_back(*uri.text());
  }
  for (const auto& person : list_member(value, "people")) {
    options.people.push_back({text_member(person, "username"), text_member(person, "name"),
                              text_member(person, "email")});
  }
  return options;
}

}  // namespace feedctl::dev_openid
