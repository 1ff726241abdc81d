#include "support/api_contract.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/ascii.hpp"
#include "base/error.hpp"
#include "base/url.hpp"
#include "support/json.hpp"
#include "support/process.hpp"

namespace feedctl::support {

namespace {

constexpr const char* methods[] = {"get", "post", "put", "patch", "delete"};

std::string upper(std::string text) {
  for (auto& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  for (std::size_t at = 0; at < path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    if (end > at) segments.emplace_back(path.substr(at, end - at));
    at = end + 1;
  }
  return segments;
}

bool is_parameter(const std::string& segment) {
  return segment.front() == '{';
}

// The number of literal segments of the pattern; -1 where it does not match. The most literal
// pattern wins, as in the router.
int match(const std::vector<std::string>& segments, const std::vector<std::string>& path) {
  if (segments.size() != path.size()) return -1;
  int literals = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (is_parameter(segments[i])) continue;
    if (segments[i] != path[i]) return -1;
    ++literals;
  }
  return literals;
}

// The decoded segments of a target, which may be a whole URL.
std::vector<std::string> path_of(std::string_view target) {
  if (const auto scheme = target.find("://"); scheme != std::string_view::npos) {
    const auto slash = target.find('/', scheme + 3);
    target.remove_prefix(std::min(slash, target.size()));
  }
  auto segments = split(target.substr(0, target.find_first_of("?#")));
  for (auto& segment : segments) {
    try {
      segment = percent_decode(segment);
    } catch (const UrlError&) {
      segment.clear();  // matches no pattern; the server refuses it
    }
  }
  return segments;
}

std::string media_type(const std::string& content_type) {
  auto type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  return to_lower(type);
}

bool is_json(const std::string& type) {
  return type == "application/json" || type.find("+json") != std::string::npos;
}

const json::Value* find_content(const json::Value& content, const std::string& type) {
  if (const auto* found = content.find(type)) return found;
  return content.find("*/*");
}

}  // namespace

ApiContract::ApiContract(const std::string& openapi_json) : document_(json::parse(openapi_json)) {
  for (const auto& [path, item] : *member_in(document_, "paths").object()) {
    for (const auto* method : methods) {
      const auto* operation = item.find(method);
      if (operation == nullptr) continue;
      ApiOperation one{upper(method), {path}, operation, {}};
      if (const auto* aliases = operation->find("x-feedctl-aliases")) {
        for (const auto& alias : items_of(*aliases)) one.patterns.push_back(*alias.text());
      }
      for (const auto& pattern : one.patterns) one.segments.push_back(split(pattern));
      operations_.push_back(std::move(one));
    }
  }
}

const ApiContract& ApiContract::of_binary() {
  static const ApiContract contract([] {
    const auto printed = run_feedctl({"openapi", "--format", "json"});
    if (printed.exit_code != 0) throw std::runtime_error("feedctl openapi failed: " + printed.err);
    return printed.out;
  }());
  return contract;
}

std::vector<std::string> ApiContract::faults(const std::string& method, const std::string& target,
                                             const HttpResponse& actual) const {
  const bool is_described = std::any_of(std::begin(methods), std::end(methods),
                                        [&](const char* name) { return upper(name) == method; });
  if (!is_described || actual.status == 0) return {};
  const auto* operation = find(method, target);
  if (operation == nullptr) {
    if (actual.status >= 400) return {};  // no such route
    return {"no operation is documented"};
  }
  const auto* response = find_response(*operation, actual.status);
  if (response == nullptr) return {"the status is not documented"};
  std::vector<std::string> faults;
  check_headers(*response, actual, faults);
  check_content(*response, actual, faults);
  return faults;
}

const ApiOperation* ApiContract::find(const std::string& method, std::string_view target) const {
  const auto path = path_of(target);
  if (std::any_of(path.begin(), path.end(), [](const auto& part) { return part.empty(); }))
    return nullptr;
  const ApiOperation* best = nullptr;
  int literals = -1;
  for (const auto& operation : operations_) {
    if (operation.method != method) continue;
    for (const auto& segments : operation.segments) {
      const int found = match(segments, path);
      if (found > literals) {
        literals = found;
        best = &operation;
      }
    }
  }
  return best;
}

// The default response stands for the statuses that it lists.
const json::Value* ApiContract::find_response(const ApiOperation& operation, int status) const {
  const auto& responses = member_in(*operation.value, "responses");
  if (const auto* own = responses.find(std::to_string(status))) return &schemas_.resolve(*own);
  const auto* rest = responses.find("default");
  if (rest == nullptr) return nullptr;
  const auto& response = schemas_.resolve(*rest);
  const auto& statuses = list_in(response, "x-feedctl-statuses");
  const bool is_listed = std::any_of(statuses.begin(), statuses.end(), [&](const auto& listed) {
    return listed.integer() && *listed.integer() == status;
  });
  return is_listed ? &response : nullptr;
}

void ApiContract::check_headers(const json::Value& response, const HttpResponse& actual,
                                std::vector<std::string>& faults) const {
  const auto* headers = response.find("headers");
  if (headers == nullptr) return;
  for (const auto& [name, reference] : *headers->object()) {
    const auto& header = schemas_.resolve(reference);
    const auto [first, last] = actual.headers.equal_range(to_lower(name));
    const auto* required = header.find("required");
    if (first == last && required != nullptr && *required->boolean())
      faults.push_back("no header " + name);
    for (auto sent = first; sent != last; ++sent) {
      const auto& schema = member_in(header, "schema");
      for (const auto& fault : schemas_.faults(schema, json::Value(sent->second)))
        faults.push_back("header " + name + fault);
    }
  }
}

void ApiContract::check_content(const json::Value& response, const HttpResponse& actual,
                                std::vector<std::string>& faults) const {
  const auto* content = response.find("content");
  if (content == nullptr) {
    if (!actual.body.empty()) faults.push_back("a body is not documented");
    return;
  }
  const auto type = media_type(actual.header("content-type"));
  const auto* described = find_content(*content, type);
  if (described == nullptr) {
    faults.push_back("the content type \"" + type + "\" is not documented");
    return;
  }
  if (!is_json(type) || !actual.header("content-encoding").empty()) return;
  try {
    for (const auto& fault :
         schemas_.faults(member_in(*described, "schema"), json::parse(actual.body)))
      faults.push_back("body " + fault);
  } catch (const Error& error) {
    faults.push_back(std::string("body: ") + error.what());
  }
}

}  // namespace feedctl::support
