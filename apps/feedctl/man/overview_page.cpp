#include <algorithm>

#include "feedctl/cli/help_text.hpp"
#include "feedctl/cli/help_topics.hpp"
#include "feedctl/man/pages.hpp"
#include "feedctl/man/parts.hpp"

namespace feedctl::cli {

namespace {

void append_commands(RoffPage& page) {
  page.section("COMMANDS");
  std::vector<std::string_view> groups;
  for (const auto& command : commands()) {
    if (!command.group.empty() &&
        std::find(groups.begin(), groups.end(), command.group) == groups.end())
      groups.push_back(command.group);
  }
  for (const auto group : groups) {
    page.subsection(group);
    for (const auto& command : commands()) {
      if (command.group == group)
        page.item(roff_bold(page_name(command.name)) + "(1)", to_sentence(command.summary));
    }
  }
}

// As of the Debian package.
void append_first_steps(RoffPage& page) {
  page.section("FIRST STEPS");
  page.paragraphs(
      "To try it, with a PostgreSQL and a Redis of its own and sample data: `feedctl dev`.\n\n"
      "As services, with the PostgreSQL of this machine. The role has the name of the account, so "
      "it needs no password.");
  page.verbatim(
      "sudo -u postgres createuser feedctl\n"
      "sudo -u postgres createdb --owner feedctl --encoding UTF8 --template template0 feedctl\n"
      "sudo -u feedctl feedctl migrate up\n"
      "systemctl enable --now feedctl.socket feedctl@1 feedctl-work@1\n"
      "curl http://127.0.0.1:8000/health/ready\n"
      "sudo -u feedctl feedctl doctor");
  page.paragraphs(
      "With a database elsewhere, write `FEEDCTL_DATABASE_URL=` and its address into "
      "/etc/feedctl/feedctl.env, and allow the services its address: `systemctl edit feedctl@`, "
      "with a line `IPAddressAllow=` below `[Service]`. Commands at the shell then need "
      "`--env-file /etc/feedctl/feedctl.env`.");
}

void append_services(RoffPage& page) {
  page.section("SERVICES");
  page.item(roff_bold("feedctl.socket") + ", " + roff_bold("feedctl@1.service"),
            "The HTTP API. Further instances share the socket.");
  page.item(roff_bold("feedctl-work@1.service"), "A worker. Further instances share the work.");
  page.item(roff_bold("feedctl-flush-views.timer"),
            "View counters from Redis to PostgreSQL each minute; or "
            "`feedctl-flush-views-daemon.service`, each second.");
  page.item(roff_bold("feedctl-warm-cache.timer"), "Caches after a boot and before the morning.");
  page.item(roff_bold("feedctl-media-gc.timer"), "Each week, images that nothing shows.");
  page.item(roff_bold("feedctl.target"),
            "All of these that are enabled: `systemctl stop feedctl.target`, `start`, `restart`.");
}

}  // namespace

ManPage overview_page() {
  const ManHeading heading{"feedctl", "1", "a social feed's backend and the tools to operate it"};
  RoffPage page(heading);
  page.section("SYNOPSIS");
  page.line(roff_bold("feedctl") + " " + roff_italic("command") + " [options]");
  page.section("DESCRIPTION");
  page.paragraphs(
      "`feedctl serve` answers the HTTP API of a social feed, and `feedctl work` handles its "
      "events. The other commands migrate, fill, check and repair the database, and measure a "
      "running server. PostgreSQL holds the data; Redis, RabbitMQ and an S3 server are used where "
      "they are configured.\n\n"
      "Each command has a page, such as feedctl-migrate-up(1), and `feedctl` `COMMAND` `--help`.");
  append_first_steps(page);
  append_commands(page);
  append_services(page);
  append_exit_status(page);
  page.section("ENVIRONMENT");
  append_common_environment(page);
  append_config_files(page);
  page.item(roff_italic("/var/lib/feedctl"), "Data of the services, such as images.");
  page.item(roff_italic("/usr/share/feedctl"),
            "Migrations, and what there is for Prometheus, Grafana and nginx.");
  page.item(roff_italic("/usr/share/doc/feedctl"), "Examples, changes, the list of components.");
  append_examples(page, overview_examples());
  append_see_also(page, {"feedctl.yaml(5)", "systemctl(1)", "journalctl(1)"});
  return {heading.name, heading.section, page.text()};
}

std::string page_name(std::string_view command) {
  std::string name = "feedctl-" + std::string(command);
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::vector<ManPage> man_pages() {
  std::vector<ManPage> pages{overview_page(), config_page()};
  for (const auto& word : next_words("")) {
    if (!find_command(word)) pages.push_back(group_page(word));
  }
  for (const auto& command : commands()) {
    if (!command.group.empty()) pages.push_back(command_page(command));
  }
  return pages;
}

}  // namespace feedctl::cli
