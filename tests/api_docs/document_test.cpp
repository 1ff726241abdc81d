// The description is complete and true to itself: statuses, ids, references, examples.
#include <algorithm>
#include <functional>
#include <regex>
#include <set>

#include "support/api_contract.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/process.hpp"

using namespace feedctl;
using json::Value;
using support::ApiContract;
using support::member_in;

namespace {

const ApiContract& contract() {
  return ApiContract::of_binary();
}

std::string name_of(const support::ApiOperation& operation) {
  return operation.method + " " + operation.patterns.front();
}

// The operation's parameters, references resolved.
std::vector<const Value*> parameters_of(const Value& operation) {
  std::vector<const Value*> parameters;
  if (const auto* list = operation.find("parameters")) {
    for (const auto& one : support::items_of(*list))
      parameters.push_back(&contract().schemas().resolve(one));
  }
  return parameters;
}

bool has_parameter(const Value& operation, const std::string& name) {
  const auto parameters = parameters_of(operation);
  return std::any_of(parameters.begin(), parameters.end(), [&](const Value* parameter) {
    return support::text_in(*parameter, "name") == name;
  });
}

std::set<std::string> error_statuses(const support::ApiOperation& operation) {
  std::set<std::string> statuses{"400", "406", "503", "default"};
  const auto add = [&](bool condition, std::initializer_list<const char*> more) {
    if (condition) statuses.insert(more.begin(), more.end());
  };
  const auto& value = *operation.value;
  const auto policy = support::text_in(value, "x-feedctl-policy");
  add(policy != "public", {"401", "403"});
  add(operation.patterns.front().find('{') != std::string::npos, {"404"});
  add(value.find("requestBody") != nullptr, {"413", "415"});
  add(has_parameter(value, "Idempotency-Key"), {"409", "422"});
  add(has_parameter(value, "If-Match"), {"412", "428"});
  return statuses;
}

bool is_success(const std::string& status) {
  return status.front() == '2' || status == "303";
}

// Calls visit(value) for every object of the document.
void visit_objects(const Value& value, const std::function<void(const Value&)>& visit) {
  if (const auto* items = value.array()) {
    for (const auto& item : *items) visit_objects(item, visit);
  }
  if (const auto* members = value.object()) {
    visit(value);
    for (const auto& [name, member] : *members) visit_objects(member, visit);
  }
}

void check_example(const Value& described, const std::string& where) {
  const auto* example = described.find("example");
  const auto* schema = described.find("schema");
  if (example == nullptr || schema == nullptr) return;
  for (const auto& fault : contract().schemas().faults(*schema, *example)) {
    INFO(where);
    CHECK(fault == "");
  }
}

std::set<std::string> placeholders(const std::string& path) {
  static const std::regex pattern(R"(\{([^}]*)\})");
  std::set<std::string> names;
  for (std::sregex_iterator at(path.begin(), path.end(), pattern), end; at != end; ++at)
    names.insert(at->str(1));
  return names;
}

}  // namespace

TEST_CASE("every operation has an id of its own, words, a known tag, and a success") {
  std::set<std::string> ids, tags;
  for (const auto& tag : support::list_in(contract().document(), "tags"))
    tags.insert(support::text_in(tag, "name"));
  REQUIRE(contract().operations().size() > 80);
  for (const auto& operation : contract().operations()) {
    INFO(name_of(operation));
    const auto& value = *operation.value;
    CHECK(ids.insert(support::text_in(value, "operationId")).second);
    const auto summary = support::text_in(value, "summary");
    CHECK((!summary.empty() && summary.back() != '.'));
    for (const auto& tag : support::list_in(value, "tags")) CHECK(tags.count(*tag.text()) == 1);
    const auto& responses = *member_in(value, "responses").object();
    CHECK(std::any_of(responses.begin(), responses.end(),
                      [](const auto& response) { return is_success(response.first); }));
  }
}

TEST_CASE("every operation has the error statuses that its policy, path, body and keys lead to") {
  for (const auto& operation : contract().operations()) {
    INFO(name_of(operation));
    const auto& responses = member_in(*operation.value, "responses");
    for (const auto& status : error_statuses(operation)) {
      INFO(status);
      CHECK(responses.find(status) != nullptr);
    }
  }
}

TEST_CASE("the parameters of a path are those that its operations describe") {
  for (const auto& operation : contract().operations()) {
    INFO(name_of(operation));
    std::set<std::string> described;
    for (const auto* parameter : parameters_of(*operation.value)) {
      if (support::text_in(*parameter, "in") != "path") continue;
      CHECK(support::flag_in(*parameter, "required"));
      described.insert(support::text_in(*parameter, "name"));
    }
    for (const auto& pattern : operation.patterns) CHECK(placeholders(pattern) == described);
  }
}

TEST_CASE("every reference leads somewhere, and every component is used") {
  std::set<std::string> references;
  visit_objects(contract().document(), [&](const Value& value) {
    if (value.find("$ref") == nullptr) return;
    references.insert(support::text_in(value, "$ref"));
    CHECK_NOTHROW(contract().schemas().resolve(value));
  });
  const auto& components = member_in(contract().document(), "components");
  for (const char* kind : {"parameters", "headers", "responses", "schemas"}) {
    for (const auto& [name, component] : *member_in(components, kind).object()) {
      INFO(kind << " " << name);
      CHECK(references.count(std::string("#/components/") + kind + "/" + name) == 1);
    }
  }
}

TEST_CASE("security names the schemes that there are") {
  const auto& schemes =
      member_in(member_in(contract().document(), "components"), "securitySchemes");
  for (const auto& operation : contract().operations()) {
    INFO(name_of(operation));
    for (const auto& way : support::list_in(*operation.value, "security")) {
      for (const auto& [scheme, scopes] : *way.object()) CHECK(schemes.find(scheme) != nullptr);
    }
  }
}

TEST_CASE("the checker understands every schema") {
  visit_objects(contract().document(), [](const Value& value) {
    if (const auto* schema = value.find("schema"))
      CHECK_NOTHROW(contract().schemas().require_known_keywords(*schema));
  });
  const auto& components = member_in(contract().document(), "components");
  for (const auto& [name, schema] : *member_in(components, "schemas").object()) {
    INFO(name);
    CHECK_NOTHROW(contract().schemas().require_known_keywords(schema));
  }
}

TEST_CASE("every example conforms to its schema") {
  for (const auto& operation : contract().operations()) {
    visit_objects(*operation.value,
                  [&](const Value& value) { check_example(value, name_of(operation)); });
    for (const auto* parameter : parameters_of(*operation.value))
      check_example(*parameter, support::text_in(*parameter, "name"));
  }
}

TEST_CASE("the description is ASCII, and its server is the one that it comes from") {
  const auto yaml = support::run_feedctl({"openapi"});
  REQUIRE(yaml.exit_code == 0);
  CHECK(std::all_of(yaml.out.begin(), yaml.out.end(),
                    [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  const auto& document = contract().document();
  CHECK(support::text_in(document, "openapi") == "3.1.0");
  REQUIRE(support::list_in(document, "servers").size() == 1);
  CHECK(support::text_in(support::list_in(document, "servers")[0], "url") == "/");
}
