// feedctl config check|show|example.
#include <algorithm>

#include "base/closest_match.hpp"
#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "config/listen_address.hpp"
#include "config/oidc_options.hpp"
#include "config/option_values.hpp"
#include "config/options.hpp"
#include "config/reference.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

std::string check_json(const std::string& file, const std::vector<FieldError>& mistakes,
                       const std::vector<std::string>& warnings) {
  std::string out;
  json::Writer writer(out);
  writer.open_object().boolean("ok", mistakes.empty());
  if (file.empty())
    writer.null("file");
  else
    writer.text("file", file);
  writer.key("mistakes").open_array();
  for (const auto& mistake : mistakes) {
    writer.open_object()
        .text("where", mistake.pointer)
        .text("message", mistake.detail)
        .close_object();
  }
  writer.close_array().key("warnings").open_array();
  for (const auto& warning : warnings) writer.text(warning);
  writer.close_array().close_object();
  return out + "\n";
}

int check(Runtime& runtime) {
  const bool json = runtime.common().format() != OutputFormat::table;
  try {
    const auto loaded = config::load(runtime.sources());
    config::check_bind(loaded.config.server);
    config::check_work_bind(loaded.config);
    if (json) {
      runtime.print(check_json(loaded.file, {}, loaded.warnings));
      return exit_ok;
    }
    for (const auto& warning : loaded.warnings) runtime.notice("warning: " + warning);
    const auto set = loaded.origins.size();
    runtime.print((loaded.file.empty() ? "no configuration file" : loaded.file) + ": ok, " +
                  std::to_string(set) + (set == 1 ? " key" : " keys") +
                  " set, the others at their defaults\n");
    return exit_ok;
  } catch (const Error& error) {
    if (!json || error.code() != ErrorCode::config) throw;
    auto mistakes = error.fields();
    if (mistakes.empty()) mistakes.push_back({"server.host", error.what()});
    runtime.print(check_json("", mistakes, {}));
    return exit_config;
  }
}

// The value as the file writes it. JSON has numbers, booleans and lists as such.
Cell cell_of(const config::Option& option, const config::Config& config, OutputFormat format) {
  const auto text = config::render_redacted(option, config);
  if (format == OutputFormat::table) return text;
  const auto type = config::type_name(option);
  if (type == "number") return std::int64_t{std::stoll(text)};
  if (type == "true or false") return text == "true";
  if (!config::is_list(option)) return text;
  config::Config copy = config;
  return *std::get<std::vector<std::string>*>(option.field(copy));
}

bool requested(std::string_view key, const std::string& filter) {
  return filter.empty() || key == filter || config::section_of(key) == filter ||
         key.substr(0, key.rfind('.')) == filter;
}

bool is_section(const std::string& filter) {
  const auto all = config::sections();
  return std::any_of(all.begin(), all.end(), [&](const auto& s) { return s.name == filter; });
}

int show(Runtime& runtime, bool origins, const std::string& filter) {
  const auto& loaded = runtime.loaded();
  Table table(origins ? std::vector<std::string>{"key", "value", "origin", "where"}
                      : std::vector<std::string>{"key", "value"});
  for (const auto& option : config::options_of(loaded.config)) {
    if (!requested(option.key, filter)) continue;
    std::vector<Cell> row{std::string(option.key),
                          cell_of(option, loaded.config, runtime.common().format())};
    if (origins) {
      const auto found = loaded.origins.find(option.key);
      const auto origin = found == loaded.origins.end() ? config::Origin{} : found->second;
      row.emplace_back(std::string(name_of(origin.kind)));
      if (origin.where.empty())
        row.emplace_back(std::monostate{});
      else
        row.emplace_back(origin.where);
    }
    table.add(std::move(row));
  }
  if (table.empty() && !is_section(filter)) {
    const auto near = closest_match(filter, config::option_keys());
    throw Error(ErrorCode::usage, "there is no key or section " + filter)
        .with_hint(near.empty() ? "`feedctl config show` lists them all"
                                : "did you mean " + near + "?");
  }
  table.print(runtime);
  return exit_ok;
}

}  // namespace

CommandFn config_check(Spec& spec) {
  spec.about("Reports every mistake at once, each with its place. Connects to nothing.");
  spec.example("before a restart", "feedctl config check --config /etc/feedctl/feedctl.yaml");
  spec.see_also({"config show", "config example", "help environment"});
  return check;
}

CommandFn config_show(Spec& spec) {
  struct Options {
    bool origins = false;
    std::string key;
  };
  auto options = std::make_shared<Options>();
  spec.flag("--origin", "show where each value comes from", &options->origins);
  spec.argument("KEY", "only this key or section", &options->key);
  spec.about("Secrets are shown as ****, URLs without their password.");
  spec.example("each value and where it comes from", "feedctl config show --origin");
  spec.example("one section, for scripts", "feedctl config show server -o json");
  spec.see_also({"config check", "help environment"});
  return [options](Runtime& runtime) { return show(runtime, options->origins, options->key); };
}

CommandFn config_example(Spec& spec) {
  auto format = std::make_shared<std::string>("yaml");
  spec.value("--format", "FORMAT", "a file to start from, or the reference page", format.get())
      .one_of({"yaml", "markdown"});
  spec.example("start a configuration", "feedctl config example > feedctl.yaml");
  spec.see_also({"config check"});
  return [format](Runtime& runtime) {
    runtime.print(*format == "yaml" ? config::example_yaml() : config::reference_markdown());
    return exit_ok;
  };
}

}  // namespace feedctl::cli
