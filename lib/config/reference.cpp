#include "config/reference.hpp"

#include "config/content_type_options.hpp"
#include "config/env_aliases.hpp"
#include "config/oidc_options.hpp"
#include "config/option_values.hpp"
#include "config/options.hpp"

namespace feedctl::config {

namespace {

std::string type_and_default(const Option& option) {
  const auto standard = render(option, Config{});
  return type_name(option) + (standard.empty() ? "" : "; default " + standard);
}

std::string yaml_value(const Option& option) {
  const auto value = render(option, Config{});
  if (is_list(option)) return "[" + value + "]";
  return value.empty() ? "\"\"" : value;
}

// "# " lines of at most 100 columns.
void comment(std::string& out, std::string_view text, std::string_view indent) {
  std::string line;
  while (!text.empty()) {
    const auto space = text.find(' ');
    const auto word = text.substr(0, space);
    if (!line.empty() && indent.size() + 3 + line.size() + word.size() > 100) {
      out.append(indent).append("# ").append(line).append("\n");
      line.clear();
    }
    line.append(line.empty() ? "" : " ").append(word);
    text = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
  }
  if (!line.empty()) out.append(indent).append("# ").append(line).append("\n");
}

std::string environment_names(const Option& option) {
  std::string names = env_name(option.key);
  for (const auto alias : option.aliases) names.append(", ").append(alias);
  return names;
}

std::string code(std::string_view text) {
  return text.empty() ? "" : "`" + std::string(text) + "`";
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

}  // namespace

std::vector<Option> reference_options(const Section& section) {
  if (section.name == "content_types") return content_type_reference();
  if (section.has_groups) return provider_options("NAME");
  std::vector<Option> own;
  for (const auto& option : options()) {
    if (section_of(option.key) == section.name) own.push_back(option);
  }
  return own;
}

std::string example_yaml() {
  std::string out =
      "# The configuration of feedctl: every key with its default. Flags win over the environment, "
      "and the\n"
      "# environment wins over this file. Any secret may instead be read from a file: name it with "
      "_file\n"
      "# (database.url_file, FEEDCTL_DATABASE_URL_FILE). Check with `feedctl config check`.\n";
  for (const auto& section : sections()) {
    out.append("\n# ").append(section.name).append(": ").append(section.help).append("\n");
    out.append(section.name).append(":\n");
    if (section.has_groups) {
      out.append(section.name == "oidc" ? example_providers() : example_content_types());
      continue;
    }
    for (const auto& option : reference_options(section)) {
      comment(out,
              std::string(option.help) + " (" + type_and_default(option) + "; " +
                  environment_names(option) + ")",
              "  ");
      out.append("  # ").append(option.key.substr(section.name.size() + 1)).append(": ");
      out.append(yaml_value(option)).append("\n");
    }
  }
  return out;
}

std::string reference_markdown() {
  std::string out =
      "# Configuration\n\n"
      "<!-- Made by `feedctl config example --format markdown`; change lib/config/options.cpp "
      "instead. -->\n\n"
      "No setting is needed for `feedctl dev`, which takes only `FEEDCTL_LOG_LEVEL` and "
      "`FEEDCTL_LOG_FORMAT` of the environment and names at its start what it leaves out. "
      "Elsewhere a "
      "value is taken from the first of these "
      "that has it:\n\n"
      "1. a flag (`--port 8080`, or `--set server.port=8080` for any key that is no secret)\n"
      "2. the environment (`FEEDCTL_SERVER_PORT=8080`), then the other names listed below\n"
      "3. a file of variables, `--env-file FILE`\n"
      "4. a systemd credential named like the key (`LoadCredential=database.url:/etc/..`), for "
      "secrets\n"
      "5. the file: `--config FILE`, else `FEEDCTL_CONFIG`, else the first there is of "
      "`/etc/feedctl/feedctl.yaml` and `$XDG_CONFIG_HOME/feedctl/feedctl.yaml` (`$HOME/.config` "
      "where that is not set)\n"
      "6. the default\n\n"
      "A secret may be kept in a file of its own, which others must not be able to read: "
      "`database.url_file` in the "
      "file, `FEEDCTL_DATABASE_URL_FILE` in the environment. It never goes on a command line.\n\n"
      "`feedctl config check` reports every mistake with its place, `feedctl config show --origin` "
      "says where each "
      "value comes from, with secrets hidden. Durations are written `500ms`, `60s`, `5m`, `1h` or "
      "`30d`, sizes "
      "`256KiB` or `1MiB`, rates `300/1m burst 60` or `off` (on average at most 300 a minute, and "
      "at most 60 at once), lists with commas; a duration above 36500d counts as that. An empty "
      "variable counts as not set (`FEEDCTL_CONFIG`, `CREDENTIALS_DIRECTORY`, every `_FILE` and "
      "every other name too), and so does an empty credential, but a `FEEDCTL_` variable empties a "
      "text or a list: "
      "`FEEDCTL_REDIS_URL=` does without the file's Redis. On the command line an empty value is "
      "an error, except where a text or a list may be empty (`--set server.allowed_hosts=`). "
      "`XDG_CONFIG_HOME` and `HOME` count where they are absolute.\n\n"
      "SIGHUP makes `feedctl serve` read the file (and the files of secrets) again. It takes over "
      "the "
      "keys marked \"reload\", names those that changed and need a restart, and where anything in "
      "the file is wrong it logs each place and keeps what it has. `feedctl work` does the same; "
      "of "
      "the marked keys it has those of the log.\n";
  for (const auto& section : sections()) {
    out.append("\n## ").append(section.name).append("\n\n").append(section.help).append("\n\n");
    out += "| key | environment | type | default | reload | meaning |\n|---|---|---|---|---|---|\n";
    for (const auto& option : reference_options(section)) {
      std::string names = code(env_name(option.key));
      for (const auto alias : option.aliases) names.append(", ").append(code(alias));
      out.append("| ")
          .append(code(option.key))
          .append(" | ")
          .append(names)
          .append(" | ")
          .append(type_name(option));
      out.append(" | ")
          .append(code(render(option, Config{})))
          .append(option.is_reloadable ? " | yes | " : " | | ")
          .append(escaped(option.help))
          .append(" |\n");
    }
  }
  out +=
      "\n## Other names in the environment\n\nThey count where the `FEEDCTL_` name is not set. A "
      "password may also come from "
      "a file named by `DB_PASSWORD_FILE`, `POSTGRES_PASSWORD_FILE` or `REDIS_PASSWORD_FILE`.\n\n| "
      "variables | meaning |\n|---|---|\n";
  for (const auto& known : known_variables()) {
    out.append("| ").append(known.names).append(" | ").append(known.meaning).append(" |\n");
  }
  return out;
}

}  // namespace feedctl::config
