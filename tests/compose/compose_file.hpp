#pragma once
// docker-compose.yml as docker-compose reads it: merge keys resolved, variables as they are
// written.
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace feedctl::compose_test {

std::filesystem::path source_folder();
// Fails the test where the file is missing or empty.
std::string content(const std::filesystem::path& file);

// A YAML file of the repository, with `<<` resolved.
YAML::Node load_yaml(const std::filesystem::path& file);

struct Service {
  std::string name;
  YAML::Node node;

  // "" where it is missing.
  std::string text(const std::string& member) const;
  std::set<std::string> profiles() const;
  bool is_feedctl() const;  // runs our image
  // The words of `command`, a list.
  std::vector<std::string> command() const;
};

std::vector<Service> services();
Service service(const std::string& name);

// "${NAME:-default}" or a text with such: each variable's default, or "" without one.
std::string with_defaults(std::string text);
// The names in "${NAME:-default}" and "${NAME}".
std::set<std::string> variables_in(const std::string& text);
// The names that a file such as .env sets, also those that are commented out.
std::set<std::string> variables_set_by(const std::string& text);

}  // namespace feedctl::compose_test
