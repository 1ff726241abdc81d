#pragma once
// Checks answers of the server against its OpenAPI description: the operation, its status, the
// content type, the headers and the body. Immutable, so any thread may use it.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "support/http_client.hpp"
#include "support/json_schema.hpp"

namespace feedctl::support {

// An operation of the description, with its place in it.
struct ApiOperation {
  std::string method;                 // "GET"
  std::vector<std::string> patterns;  // the path and its aliases
  const json::Value* value = nullptr;
  std::vector<std::vector<std::string>> segments = {};  // of each pattern
};

class ApiContract {
 public:
  // Throws where the text is no description.
  explicit ApiContract(const std::string& openapi_json);
  ApiContract(const ApiContract&) = delete;
  ApiContract& operator=(const ApiContract&) = delete;
  // What `feedctl openapi` prints.
  static const ApiContract& of_binary();

  // What contradicts the description. Nothing for HEAD and OPTIONS, which it does not describe, and
  // for a request without an answer.
  std::vector<std::string> faults(const std::string& method, const std::string& target,
                                  const HttpResponse& response) const;

  const std::vector<ApiOperation>& operations() const { return operations_; }
  const json::Value& document() const { return document_; }
  const JsonSchema& schemas() const { return schemas_; }

 private:
  const ApiOperation* find(const std::string& method, std::string_view path) const;
  const json::Value* find_response(const ApiOperation& operation, int status) const;
  void check_headers(const json::Value& response, const HttpResponse& actual,
                     std::vector<std::string>& faults) const;
  void check_content(const json::Value& response, const HttpResponse& actual,
                     std::vector<std::string>& faults) const;

  const json::Value document_;
  const JsonSchema schemas_{document_};
  std::vector<ApiOperation> operations_;
};

}  // namespace feedctl::support
