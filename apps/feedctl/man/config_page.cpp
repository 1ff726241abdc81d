#include "config/env_aliases.hpp"
#include "config/option_values.hpp"
#include "config/options.hpp"
#include "config/reference.hpp"
#include "feedctl/cli/help_text.hpp"
#include "feedctl/man/pages.hpp"
#include "feedctl/man/parts.hpp"

namespace feedctl::cli {

namespace {

// "text; default 127.0.0.1; FEEDCTL_SERVER_HOST; reload".
std::string attributes(const config::Option& option) {
  std::string out = config::type_name(option);
  const auto standard = config::render(option, config::Config{});
  if (!standard.empty()) out += "; default `" + standard + "`";
  out += "; `" + config::env_name(option.key) + "`";
  for (const auto alias : option.aliases) out.append(", `").append(alias).append("`");
  return option.is_reloadable ? out + "; reload" : out;
}

}  // namespace

ManPage config_page() {
  const ManHeading heading{"feedctl.yaml", "5", "the configuration of feedctl"};
  RoffPage page(heading);
  page.section("SYNOPSIS").line(roff_italic("/etc/feedctl/feedctl.yaml"));
  page.section("DESCRIPTION");
  page.paragraphs(
      "A YAML file with a section for each part. No key must be set. A value is taken from the "
      "first of these that has it: a flag (`--port 8080`, or `--set server.port=8080`), the "
      "environment, a file of variables (`--env-file`), a systemd credential named like the key, "
      "for secrets, this file, the default.\n\n"
      "Any secret may instead be read from a file: name it with `_file` in this file "
      "(`database.url_file`), with `_FILE` in the environment (`FEEDCTL_DATABASE_URL_FILE`). "
      "Others must not be able to read that file.\n\n"
      "Durations are written `500ms`, `60s`, `5m`, `1h` or `30d`, sizes `256KiB` or `1MiB`, rates "
      "`300/1m burst 60` or `off`.\n\n"
      "`feedctl config check` reports every mistake with its place, and `feedctl config show "
      "--origin` says where each value comes from. SIGHUP (`systemctl reload feedctl@1`) takes "
      "over the keys marked \"reload\".");
  for (const auto& section : config::sections()) {
    page.section(section.name);
    page.paragraphs(to_sentence(section.help));
    for (const auto& option : config::reference_options(section)) {
      page.item(roff_bold(option.key), to_sentence(option.help) + " (" + attributes(option) + ")");
    }
  }
  page.section("ENVIRONMENT");
  page.paragraphs("These other names count where the `FEEDCTL_` name is not set.");
  for (const auto& known : config::known_variables())
    page.item(roff_bold(known.names), to_sentence(known.meaning));
  append_config_files(page);
  append_see_also(page, {"feedctl(1)", "feedctl-config-check(1)", "feedctl-config-show(1)",
                         "feedctl-config-example(1)"});
  return {heading.name, heading.section, page.text()};
}

}  // namespace feedctl::cli
