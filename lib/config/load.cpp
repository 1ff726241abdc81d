#include "config/load.hpp"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/closest_match.hpp"
#include "base/error.hpp"
#include "base/utf8.hpp"
#include "config/content_type_options.hpp"
#include "config/env_aliases.hpp"
#include "config/files.hpp"
#include "config/media_options.hpp"
#include "config/oidc_options.hpp"
#include "config/option_values.hpp"
#include "config/options.hpp"
#include "config/validators.hpp"
#include "config/yaml.hpp"

extern char** environ;

namespace feedctl::config {

namespace {

using Kind = Origin::Kind;

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

bool allows_empty(const Option& option) {
  const auto type = type_name(option);
  return type == "text" || type == "secret" || type == "list";
}

bool holds_nothing(const std::string& path) {
  const auto file = read_file(path);
  return file.error.empty() && file.text.find_first_not_of("\r\n") == std::string::npos;
}

// Of a section, or of a group within one.
bool has_keys_below(const std::string& key) {
  const auto all = sections();
  const auto known = options();
  return std::any_of(all.begin(), all.end(), [&](const Section& s) { return s.name == key; }) ||
         std::any_of(known.begin(), known.end(),
                     [&](const Option& option) { return option.key.rfind(key + '.', 0) == 0; });
}

class Loader {
 public:
  explicit Loader(const Sources& sources) : sources_(sources), environment_(sources.environment) {}

  LoadedConfig run() {
    read_env_file();
    read_yaml_file();
    find_providers();
    read_credentials();
    read_env_aliases();
    read_env_variables();
    for (const auto& flag : sources_.flags) read_flag(flag);
    check_across_keys();
    if (!mistakes_.empty()) fail();
    return std::move(loaded_);
  }

 private:
  void mistake(std::string where, std::string message) {
    mistakes_.push_back({std::move(where), std::move(message)});
  }

  std::vector<Option> all_options() const { return options_of(loaded_.config); }

  // Credentials and variables set the keys of the providers that are known by then.
  void find_providers() {
    for (const auto& [name, value] : environment_) {
      const auto provider = value.empty() ? std::nullopt : provider_of_variable(name);
      if (provider && has_room_for(*provider, name)) loaded_.config.oidc.provider(*provider);
    }
    for (const auto& flag : sources_.flags) {
      const auto provider = provider_of_key(flag.key);
      if (is_provider_name(provider) && has_room_for(provider, flag.flag))
        loaded_.config.oidc.provider(provider);
    }
  }

  bool has_room_for(std::string_view provider, const std::string& where) {
    const auto& all = loaded_.config.oidc.providers;
    if (all.size() < max_providers) return true;
    const auto is_it = [&](const OidcProvider& known) { return known.name == provider; };
    if (std::any_of(all.begin(), all.end(), is_it)) return true;
    if (!has_too_many_providers_)
      mistake(where, "oidc has more than " + std::to_string(max_providers) + " providers");
    has_too_many_providers_ = true;
    return false;
  }

  void set(const Option& option, std::string_view text, Origin origin) {
    const auto& key = option.key;
    if (!utf8_length(text)) return mistake(origin.where, key + " is not UTF-8 text");
    if (const auto wrong = assign(option, loaded_.config, text))
      return mistake(origin.where, key + " " + *wrong);
    if (can_never_match(option.rule, text))
      loaded_.warnings.push_back(origin.where + ": " + key +
                                 " has a name beyond ASCII, which matches nothing: clients send "
                                 "its xn-- form");
    loaded_.origins[key] = std::move(origin);
  }

  void set_from_file(const Option& option, const std::string& path, Origin origin) {
    const auto file = read_secret_file(path);
    if (!file.error.empty()) return mistake(origin.where, path + " " + file.error);
    set(option, file.text, std::move(origin));
  }

  std::optional<std::string> variable(const std::string& name) const {
    const auto found = environment_.find(name);
    if (found == environment_.end()) return std::nullopt;
    return found->second;
  }
  std::optional<std::string> non_empty_variable(const std::string& name) const {
    auto value = variable(name);
    if (value && value->empty()) value.reset();
    return value;
  }

  Origin origin_of(const std::string& name) const {
    const auto line = env_file_lines_.find(name);
    if (line == env_file_lines_.end()) return {Kind::environment, name};
    return {Kind::env_file, line->second + " " + name};
  }

  void read_env_file() {
    if (!sources_.env_file) return;
    const auto& path = *sources_.env_file;
    const auto file = read_file(path, true);
    if (!file.error.empty()) return mistake(path, file.error);
    std::vector<std::pair<int, std::string>> wrong;
    for (auto& [name, value] : parse_env_file(file.text, wrong)) {
      if (environment_.emplace(name, value).second) env_file_lines_[name] = path + ":";
    }
    for (auto& [line, message] : wrong) mistake(path + ":" + std::to_string(line), message);
  }

  // A relative path would depend on the current directory: it counts as not set.
  std::optional<std::string> absolute_directory(const std::string& name) {
    auto value = non_empty_variable(name);
    if (!value || (*value)[0] == '/') return value;
    loaded_.warnings.push_back("the variable " + name + " is ignored: it is no absolute path");
    return std::nullopt;
  }

  // --config and FEEDCTL_CONFIG must exist; the usual places need not.
  std::string find_file() {
    if (sources_.file) return *sources_.file;
    if (const auto path = non_empty_variable("FEEDCTL_CONFIG")) return *path;
    std::vector<std::string> usual = {"/etc/feedctl/feedctl.yaml"};
    if (const auto xdg = absolute_directory("XDG_CONFIG_HOME"))
      usual.push_back(*xdg + "/feedctl/feedctl.yaml");
    else if (const auto home = absolute_directory("HOME"))
      usual.push_back(*home + "/.config/feedctl/feedctl.yaml");
    for (const auto& path : usual) {
      if (::access(path.c_str(), F_OK) == 0) return path;
    }
    return "";
  }

  void read_yaml_file() {
    const auto path = find_file();
    if (path.empty()) return;
    const auto file = read_file(path, true);
    if (!file.error.empty()) return mistake(path, file.error);
    loaded_.file = path;
    const auto document = read_yaml(file.text);
    for (const auto& entry : document.entries) read_entry(path, entry);
    for (const auto& wrong : document.mistakes)
      mistake(to_text(path, wrong.position), wrong.message);
    if (file.world_readable) warn_of_readable_secrets(path);
  }

  static std::string to_text(const std::string& path, SourcePosition place) {
    return path + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
  }

  void read_entry(const std::string& path, const Entry& entry) {
    const auto where = to_text(path, entry.key_position);
    const auto provider = provider_of_key(entry.key);
    if (is_provider_name(provider) && !has_room_for(provider, where)) return;
    if (const auto type = content_type_of_key(entry.key); !type.empty()) {
      if (auto fault = content_key_fault(entry.key, entry.is_empty)) return mistake(where, *fault);
      declare_content_type(std::string(type), where);
      if (is_content_type_key(entry.key)) return;  // without members
    }
    if (const auto option = resolve_option(entry.key)) return read_value(path, *option, entry);
    if (entry.key.size() > 5 && entry.key.compare(entry.key.size() - 5, 5, "_file") == 0) {
      const auto option = resolve_option(entry.key.substr(0, entry.key.size() - 5));
      if (option && is_secret(*option)) return read_file_entry(path, *option, entry);
    }
    if (has_keys_below(entry.key)) {
      if (!entry.is_empty)
        mistake(to_text(path, entry.value_position),
                entry.key + " is a section; put its keys below it, indented");
      return;
    }
    mistake(where, "unknown key " + entry.key + suggestion(entry.key));
  }

  // The members that the file declares replace those of a type of the same name.
  void declare_content_type(const std::string& name, const std::string& where) {
    if (!declared_content_types_.emplace(name, where).second) return;
    loaded_.config.content_types.type(name) = {.name = name, .label = {}, .members = {}};
  }

  // A key of a provider, or a provider without keys.
  static std::string provider_suggestion(const std::string& key) {
    const auto name = provider_of_key(key);
    if (name.empty()) return "; a provider has keys below its name, such as " + key + ".client_id";
    if (!is_provider_name(name)) return "; a provider's name has 1 to 32 of a-z, 0-9 and -";
    std::vector<std::string> known;
    for (const auto& option : provider_options(name)) known.push_back(option.key);
    const auto near = closest_match(key, known);
    return near.empty() ? "; `feedctl help environment` lists the keys of a provider"
                        : " (did you mean " + near + "?)";
  }

  static std::string suggestion(const std::string& key) {
    if (section_of(key) == "oidc" && key != "oidc") return provider_suggestion(key);
    auto known_names = option_keys();
    if (key.find('.') == std::string::npos) {
      for (const auto& section : sections()) known_names.emplace_back(section.name);
    }
    auto near = closest_match(key, known_names);
    const auto name = key.substr(key.rfind('.') + 1);
    // The right name in no section, or in the wrong one.
    for (const auto& known : option_keys()) {
      if (near.empty() && known.substr(known.rfind('.') + 1) == name) near = known;
    }
    return near.empty() ? "; `feedctl config example` lists them all"
                        : " (did you mean " + near + "?)";
  }

  void read_value(const std::string& path, const Option& option, const Entry& entry) {
    const auto where = to_text(path, entry.value_position);
    if (entry.is_empty && !allows_empty(option)) return mistake(where, entry.key + " has no value");
    if (entry.is_list && !is_list(option))
      return mistake(where, entry.key + " takes one value, not a list");
    std::string text;
    for (const auto& value : entry.values) {
      if (entry.is_list && value.find(',') != std::string::npos) {
        return mistake(where, entry.key + " has an entry with a comma");
      }
      text.append(text.empty() ? "" : ",").append(value);
    }
    if (loaded_.origins.count(entry.key) != 0)
      return mistake(where, entry.key + " is also given as " + entry.key + "_file");
    set(option, text, {Kind::file, where});
  }

  void read_file_entry(const std::string& path, const Option& option, const Entry& entry) {
    const auto where = to_text(path, entry.value_position);
    if (entry.values.size() != 1 || entry.values[0].empty())
      return mistake(where, entry.key + " expects one path");
    if (loaded_.origins.count(option.key) != 0) {
      return mistake(where, std::string(option.key) + " is also given directly");
    }
    const auto& file = entry.values[0];
    set_from_file(option, file[0] == '/' ? file : directory_of(path) + file, {Kind::file, where});
  }

  void warn_of_readable_secrets(const std::string& path) {
    for (const auto& option : all_options()) {
      const auto origin = loaded_.origins.find(option.key);
      if (!is_secret(option) || origin == loaded_.origins.end()) continue;
      if (render(option, loaded_.config) == render_redacted(option, loaded_.config)) continue;
      loaded_.warnings.push_back(path + " holds a secret (" + std::string(option.key) +
                                 ") and others may read it; run: chmod o-r " + path);
    }
  }

  // Units hand over an empty credential where the administrator made no file for it.
  void read_credentials() {
    const auto folder = non_empty_variable("CREDENTIALS_DIRECTORY");
    if (!folder) return;
    for (const auto& option : all_options()) {
      if (!is_secret(option)) continue;
      const auto path = *folder + "/" + std::string(option.key);
      if (::access(path.c_str(), F_OK) != 0 || holds_nothing(path)) continue;
      set_from_file(option, path, {Kind::credential, path});
    }
  }

  // The aliases; FEEDCTL_* variables take precedence.
  void read_env_aliases() {
    const auto lookup = [&](const std::string& name) -> std::optional<std::string> {
      if (auto value = non_empty_variable(name)) return value;
      const auto path = non_empty_variable(name + "_FILE");
      if (!path || name.find("PASSWORD") == std::string::npos) return std::nullopt;
      const auto file = read_secret_file(*path);
      if (file.error.empty()) return file.text;
      mistake(name + "_FILE", *path + " " + file.error);
      return std::nullopt;
    };
    for (const auto& made : from_env_aliases(lookup)) {
      const auto own = env_name(made.key);
      if (variable(own) || variable(own + "_FILE")) continue;
      if (!made.error.empty())
        mistake(made.where, made.error);
      else
        set(*find_option(made.key), made.value, origin_of_all(made.where));
    }
    for (const auto& option : options()) {
      const auto own = env_name(option.key);
      if (variable(own) || variable(own + "_FILE")) continue;
      for (auto alias = option.aliases.rbegin(); alias != option.aliases.rend(); ++alias) {
        read_variable(option, std::string(*alias), false);
      }
    }
  }

  Origin origin_of_all(const std::string& names) const {
    const auto first = origin_of(names.substr(0, names.find(',')));
    return first.kind == Kind::environment ? Origin{Kind::environment, names} : first;
  }

  void read_env_variables() {
    std::set<std::string> known = {"FEEDCTL_CONFIG", "FEEDCTL_FAILPOINT", "FEEDCTL_FAILPOINT_HITS"};
    for (const auto& option : all_options()) {
      const auto name = env_name(option.key);
      known.insert(name);
      if (is_secret(option)) known.insert(name + "_FILE");
      read_variable(option, name, allows_empty(option));
    }
    warn_of_unknown(known);
  }

  void read_variable(const Option& option, const std::string& name, bool empty_counts) {
    const auto value = empty_counts ? variable(name) : non_empty_variable(name);
    const auto path = is_secret(option) ? non_empty_variable(name + "_FILE") : std::nullopt;
    if (value && path)
      return mistake(name, "is set together with " + name + "_FILE; keep one of them");
    if (value) set(option, *value, origin_of(name));
    if (path) set_from_file(option, *path, origin_of(name + "_FILE"));
  }

  // Only a warning: orchestrators put variables of their own beside ours (FEEDCTL_SERVICE_HOST).
  void warn_of_unknown(const std::set<std::string>& known) {
    for (const auto& [name, value] : environment_) {
      if (name.rfind("FEEDCTL_", 0) != 0 || known.count(name) != 0) continue;
      const auto near = closest_match(name, {known.begin(), known.end()});
      if (!near.empty())
        loaded_.warnings.push_back("the variable " + name + " means nothing here (did you mean " +
                                   near + "?)");
    }
  }

  void read_flag(const FlagValue& flag) {
    if (auto fault = content_key_fault(flag.key, false)) return mistake(flag.flag, *fault);
    const auto option = resolve_option(flag.key);
    if (!option) return mistake(flag.flag, "unknown key " + flag.key + suggestion(flag.key));
    if (is_secret(*option))
      return mistake(flag.flag,
                     flag.key + " may hold a secret, which never goes on a command line");
    set(*option, flag.value, {Kind::flag, flag.flag});
  }

  void check_across_keys() {
    const auto& auth = loaded_.config.auth;
    if (auth.token_ttl > auth.max_token_ttl) {
      mistake(origin_text("auth.token_ttl"), "auth.token_ttl is longer than auth.max_token_ttl");
    }
    for (auto& wrong : check_providers(loaded_)) mistakes_.push_back(std::move(wrong));
    for (auto& wrong : check_media(loaded_)) mistakes_.push_back(std::move(wrong));
    for (auto& [type, fault] : check_content_types(loaded_.config)) {
      const auto declared = declared_content_types_.find(type);
      mistake(declared != declared_content_types_.end() ? declared->second
                                                        : origin_text("content_types." + type),
              fault);
    }
    for (auto& warning : media_warnings(loaded_)) loaded_.warnings.push_back(std::move(warning));
    for (const auto& warning : allowed_model_warnings(loaded_.config))
      loaded_.warnings.push_back(origin_text("pages.allowed_content_models") + ": " + warning);
  }

  std::string origin_text(const std::string& key) const {
    const auto origin = loaded_.origins.find(key);
    return origin == loaded_.origins.end() ? "defaults" : origin->second.where;
  }

  [[noreturn]] void fail() const {
    const auto& first = mistakes_.front();
    Error error(ErrorCode::config, mistakes_.size() == 1 ? first.pointer + ": " + first.detail
                                                         : std::to_string(mistakes_.size()) +
                                                               " mistakes in the configuration");
    for (const auto& m : mistakes_) std::move(error).with_field(m.pointer, m.detail);
    throw error;
  }

  const Sources& sources_;
  Environment environment_;
  std::map<std::string, std::string> env_file_lines_;
  LoadedConfig loaded_;
  std::vector<FieldError> mistakes_;
  bool has_too_many_providers_ = false;
  std::map<std::string, std::string> declared_content_types_;  // by the file: name -> place
};

}  // namespace

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::default_:
      return "default";
    case Kind::file:
      return "file";
    case Kind::environment:
      return "environment";
    case Kind::env_file:
      return "env-file";
    case Kind::credential:
      return "credential";
    case Kind::flag:
      return "flag";
  }
  return "";
}

Environment process_environment() {
  Environment all;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string::npos) all.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return all;
}

LoadedConfig load(const Sources& sources) {
  return Loader(sources).run();
}

}  // namespace feedctl::config
