// The routes of the binary and the operations of its description are the same.
#include <algorithm>
#include <map>
#include <set>

#include "support/api_contract.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/process.hpp"

using namespace feedctl;
using support::ApiContract;
using support::ApiOperation;

namespace {

json::Value routes(const std::string& mode) {
  const auto listed = support::run_feedctl({"routes", "-o", "json", "--set", "auth.mode=" + mode});
  INFO(listed.err);
  REQUIRE(listed.exit_code == 0);
  return json::parse(listed.out);
}

std::map<std::string, const ApiOperation*> operations_by_name() {
  std::map<std::string, const ApiOperation*> found;
  for (const auto& operation : ApiContract::of_binary().operations())
    found[operation.method + " " + operation.patterns.front()] = &operation;
  return found;
}

std::string text_or(const json::Value& value, const char* name, const std::string& fallback) {
  const auto* member = value.find(name);
  return member != nullptr && member->text() ? *member->text() : fallback;
}

std::set<std::string> aliases_of(const json::Value& route) {
  std::set<std::string> aliases;
  for (const auto& alias : support::list_in(route, "aliases")) aliases.insert(*alias.text());
  return aliases;
}

std::string policy_of(const json::Value& operation, const std::string& mode) {
  const auto policy = support::text_in(operation, "x-feedctl-policy");
  return mode == "open" ? text_or(operation, "x-feedctl-policy-open", policy) : policy;
}

// The scope that a bearer token needs; "" where the operation takes none.
std::string scope_of(const json::Value& operation) {
  for (const auto& way : support::list_in(operation, "security")) {
    const auto* scopes = way.find("bearer");
    if (scopes != nullptr && scopes->array()->size() == 1) return *(*scopes->array())[0].text();
  }
  return "";
}

bool allows_nobody(const json::Value& operation) {
  const auto& ways = support::list_in(operation, "security");
  return std::none_of(ways.begin(), ways.end(),
                      [](const auto& way) { return way.object()->empty(); });
}

}  // namespace

TEST_CASE("every route is described, with its policy, scope and aliases") {
  for (const std::string mode : {"required", "open"}) {
    const auto operations = operations_by_name();
    std::set<std::string> served;
    const auto listed = routes(mode);
    for (const auto& route : support::items_of(listed)) {
      const auto name = support::text_in(route, "method") + " " + support::text_in(route, "route");
      INFO(name << ", auth.mode " << mode);
      served.insert(name);
      const auto found = operations.find(name);
      CHECK(found != operations.end());
      if (found == operations.end()) continue;
      const auto& operation = *found->second;
      CHECK(policy_of(*operation.value, mode) == support::text_in(route, "policy"));
      CHECK(std::set<std::string>(operation.patterns.begin() + 1, operation.patterns.end()) ==
            aliases_of(route));
      const auto scope = scope_of(*operation.value);
      if (!scope.empty() && mode == "required") CHECK(scope == support::text_in(route, "scope"));
    }
    for (const auto& [name, operation] : operations) {
      INFO(name << ", auth.mode " << mode);
      CHECK(served.count(name) == 1);
    }
  }
}

TEST_CASE("the security of an operation follows from its policy") {
  for (const auto& operation : ApiContract::of_binary().operations()) {
    INFO(operation.method << " " << operation.patterns.front());
    const auto policy = support::text_in(*operation.value, "x-feedctl-policy");
    const bool is_privileged = policy == "admin" || policy == "editor";
    CHECK((policy == "public" || policy == "user" || is_privileged));
    if (policy != "public") CHECK_FALSE(scope_of(*operation.value).empty());
    if (is_privileged) CHECK(scope_of(*operation.value) == "admin");
    if (is_privileged && operation.value->find("x-feedctl-policy-open") == nullptr)
      CHECK(allows_nobody(*operation.value));
  }
}
