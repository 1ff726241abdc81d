#include "api_docs/schema_response.hpp"

#include <array>

#include "api_docs/openapi_document.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "http/compress.hpp"
#include "http/content_negotiation.hpp"
#include "http/problem.hpp"
#include "web_assets/web_assets.hpp"

namespace feedctl::api_docs {

namespace {

using http::Request;
using http::Response;

struct MediaType {
  std::string_view name;
  bool is_yaml;
};

// The first of equal quality wins. The name that the client uses is the type of its answer.
constexpr std::array media_types{MediaType{"application/json", false},
                                 MediaType{"application/openapi+json", false},
                                 MediaType{"application/vnd.oai.openapi+json", false},
                                 MediaType{"application/yaml", true},
                                 MediaType{"application/openapi+yaml", true},
                                 MediaType{"application/vnd.oai.openapi", true},
                                 MediaType{"application/x-yaml", true},
                                 MediaType{"text/yaml", true}};

// The compressed text, made once for all requests.
struct Form {
  explicit Form(std::string_view text)
      : gzip(http::gzip(text, http::high_gzip_level)),
        etag('"' + sha256_hex(text).substr(0, 32) + '"'),
        size(text.size()) {}
  std::string gzip;
  std::string etag;
  std::size_t size;
};

const Form& form(bool is_yaml) {
  if (is_yaml) {
    static const Form yaml(openapi_yaml());
    return yaml;
  }
  static const Form json(openapi_json());
  return json;
}

Response schema_response(const Request& request, const MediaType& type) {
  const auto& stored = form(type.is_yaml);
  return web_assets::respond(request, {"openapi", type.name, stored.gzip, stored.etag, stored.size},
                             "");
}

const MediaType& preferred_type(const std::string& accept) {
  const auto quality = [&](const MediaType& type) { return http::quality_of(accept, type.name); };
  const auto* best = &media_types.front();
  for (const auto& type : media_types) {
    if (quality(type) > quality(*best)) best = &type;
  }
  if (quality(*best) > 0) return *best;
  throw http::HttpError(406,
                        "Accept admits neither form: send application/json or "
                        "application/yaml, or ask for /api/schema.json or /api/schema.yaml");
}

}  // namespace

Response json_schema_response(const Request& request) {
  return schema_response(request, media_types[0]);
}

Response yaml_schema_response(const Request& request) {
  return schema_response(request, {"application/yaml", true});
}

Response negotiated_schema_response(const Request& request) {
  if (const auto* format = request.query_param("format")) {
    if (*format == "json") return json_schema_response(request);
    if (*format == "yaml") return yaml_schema_response(request);
    throw Error(ErrorCode::invalid_argument, "format must be json or yaml");
  }
  const auto* accept = request.header("accept");
  auto response = schema_response(request, accept ? preferred_type(*accept) : media_types[0]);
  response.header("Vary", "Accept");
  return response;
}

}  // namespace feedctl::api_docs
