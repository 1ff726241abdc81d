#include "compose/compose_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include "support/catch.hpp"

namespace feedctl::compose_test {
namespace {

// yaml-cpp leaves merge keys alone. A member of the node itself wins.
YAML::Node resolve(const YAML::Node& node) {
  if (node.IsSequence()) {
    YAML::Node list(YAML::NodeType::Sequence);
    for (const auto& item : node) list.push_back(resolve(item));
    return list;
  }
  if (!node.IsMap()) return node;
  YAML::Node map(YAML::NodeType::Map);
  for (const auto& member : node) {
    if (member.first.as<std::string>() != "<<") continue;
    for (const auto& merged : resolve(member.second))
      map[merged.first.as<std::string>()] = merged.second;
  }
  for (const auto& member : node) {
    if (member.first.as<std::string>() != "<<")
      map[member.first.as<std::string>()] = resolve(member.second);
  }
  return map;
}

const std::regex variable(R"(\$\{([A-Z0-9_]+)(:-([^}]*))?\})");

}  // namespace

std::filesystem::path source_folder() {
  return std::getenv("FEEDCTL_SOURCE");
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(source_folder() / file);
  std::stringstream text;
  text << in.rdbuf();
  INFO(file);
  REQUIRE(text.str() != "");
  return text.str();
}

YAML::Node load_yaml(const std::filesystem::path& file) {
  return resolve(YAML::Load(content(file)));
}

std::string Service::text(const std::string& member) const {
  return node[member] ? node[member].as<std::string>() : "";
}

std::set<std::string> Service::profiles() const {
  std::set<std::string> all;
  for (const auto& profile : node["profiles"]) all.insert(profile.as<std::string>());
  return all;
}

bool Service::is_feedctl() const {
  return text("image").rfind("feedctl:", 0) == 0;
}

std::vector<std::string> Service::command() const {
  return node["command"] ? node["command"].as<std::vector<std::string>>()
                         : std::vector<std::string>{};
}

std::vector<Service> services() {
  static const auto file = load_yaml("docker-compose.yml")["services"];
  std::vector<Service> all;
  for (const auto& member : file) all.push_back({member.first.as<std::string>(), member.second});
  return all;
}

Service service(const std::string& name) {
  for (auto& each : services()) {
    if (each.name == name) return each;
  }
  FAIL("docker-compose.yml has no service " << name);
  return {};
}

std::string with_defaults(std::string text) {
  return std::regex_replace(text, variable, "$3");
}

std::set<std::string> variables_in(const std::string& text) {
  std::set<std::string> names;
  for (std::sregex_iterator at(text.begin(), text.end(), variable), end; at != end; ++at)
    names.insert((*at)[1]);
  return names;
}

std::set<std::string> variables_set_by(const std::string& text) {
  const std::regex line("(^|\n)#?([A-Z][A-Z0-9_]*)=");
  std::set<std::string> names;
  for (std::sregex_iterator at(text.begin(), text.end(), line), end; at != end; ++at)
    names.insert((*at)[2]);
  return names;
}

}  // namespace feedctl::compose_test
