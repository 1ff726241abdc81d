// feedctl bundle: an archive for whoever helps, without secrets.
#include <unistd.h>

#include <array>
#include <optional>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "feedctl/build.hpp"
#include "feedctl/bundle/sources.hpp"
#include "feedctl/cli/interrupts.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/server_urls.hpp"
#include "operations/archive_writer.hpp"
#include "operations/redactor.hpp"

namespace feedctl::cli {

namespace {

using support_bundle::CollectedPart;

struct BundleFlags {
  std::optional<std::string> file;
  std::vector<std::string> logs, urls;
  std::string units = "feedctl*";
  std::chrono::milliseconds timeout{30'000};
};

// The configuration, or why it cannot be loaded: the archive has the reason.
std::optional<config::Config> load_config(const Runtime& runtime) {
  try {
    return config::load(runtime.sources()).config;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string own_program() {
  std::array<char, 4096> path;
  const auto size = ::readlink("/proc/self/exe", path.data(), path.size());
  return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : "feedctl";
}

std::vector<std::string> config_arguments(const CommonOptions& common) {
  std::vector<std::string> words;
  const auto add = [&](const char* name, const std::string& value) {
    words.insert(words.end(), {name, value});
  };
  if (common.config_file) add("--config", *common.config_file);
  if (common.env_file) add("--env-file", *common.env_file);
  for (const auto& setting : common.settings) add("--set", setting);
  return words;
}

std::vector<std::string> server_urls(const std::vector<std::string>& urls,
                                     const std::optional<config::Config>& config) {
  std::vector<std::string> all;
  for (const auto& url : urls) all.push_back(url_with_path(url, "/", "the value of --url"));
  if (!urls.empty() || !config) return all;
  try {
    all.push_back(configured_serve_url(*config));
  } catch (const Error&) {
    // It listens on a socket, or on any port.
  }
  if (const auto url = configured_work_url(*config)) all.push_back(*url);
  return all;
}

support_bundle::BundleOptions options_of(const Runtime& runtime, const BundleFlags& flags,
                                         const std::optional<config::Config>& config) {
  support_bundle::BundleOptions options;
  options.program = own_program();
  options.config_arguments = config_arguments(runtime.common());
  options.server_urls = server_urls(flags.urls, config);
  options.log_files = flags.logs;
  options.journal_units = flags.units;
  options.timeout = flags.timeout;
  options.folders = {"/", "/tmp", "/var/lib/postgresql", "/var/lib/feedctl", "/var/log"};
  if (config && !config->media.directory.empty())
    options.folders.push_back(config->media.directory);
  return options;
}

operations::Redactor make_redactor(const std::optional<config::Config>& config) {
  operations::Redactor redactor;
  if (config) redactor.add_config(*config);
  redactor.add_environment(config::process_environment());
  return redactor;
}

// "feedctl-bundle-20260102-030405.tar.gz" holds a folder of that name without the ending.
std::string default_name(Time at) {
  auto text = rfc3339(std::chrono::floor<std::chrono::seconds>(at));
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  text[8] = '-';  // the T
  return "feedctl-bundle-" + text;
}

std::string manifest_json(const std::vector<CollectedPart>& parts, Time at,
                          const operations::Redactor& redactor) {
  std::string out;
  json::Writer writer(out);
  writer.open_object()
      .text("made_at", rfc3339(at))
      .text("version", FEEDCTL_VERSION)
      .text("commit", FEEDCTL_COMMIT)
      .text("note",
            "Secrets are masked as ****. Logs and dead letters name users by their ids, and logs "
            "hold addresses of clients.");
  writer.key("parts").open_array();
  for (const auto& [part, duration] : parts) {
    const auto text_or_null = [&](const std::string& text) {
      return text.empty() ? std::nullopt : std::optional(redactor.redact(text));
    };
    writer.open_object()
        .text("file", part.file)
        .text("what", redactor.redact(part.explanation))
        .boolean("included", !part.content.empty())
        .optional_text("problem", text_or_null(part.missing))
        .optional_text("messages", text_or_null(part.messages))
        .boolean("cut", part.is_cut)
        .integer("bytes", static_cast<std::int64_t>(part.content.size()))
        .integer("took_ms", duration.count())
        .close_object();
  }
  writer.close_array().close_object();
  return out + "\n";
}

void write_archive(operations::ArchiveWriter& archive, const std::string& folder,
                   std::vector<CollectedPart>& parts, const operations::Redactor& redactor) {
  const auto at = now();
  for (auto& [part, duration] : parts) {
    if (part.content.empty()) continue;
    part.content = redactor.redact(part.content);
    archive.add(folder + "/" + part.file, part.content, at);
  }
  archive.add(folder + "/manifest.json", manifest_json(parts, at, redactor), at);
  archive.finish();
}

void print_report(const Runtime& runtime, const std::string& file,
                  const std::vector<CollectedPart>& parts, const operations::Redactor& redactor) {
  if (runtime.common().format() != OutputFormat::table) {
    std::string out;
    json::Writer writer(out);
    writer.open_object().text("file", file).raw("manifest", manifest_json(parts, now(), redactor));
    writer.close_object();
    runtime.print(out + "\n");
    return;
  }
  Table table({"part", "bytes", "ms", "remark"});
  std::size_t missing = 0;
  for (const auto& [part, duration] : parts) {
    missing += part.missing.empty() ? 0 : 1;
    auto remark = redactor.redact(part.missing);
    if (!part.missing.empty() && !part.messages.empty())
      remark += ": " + redactor.redact(part.messages.substr(0, part.messages.find('\n')));
    if (part.is_cut) remark += remark.empty() ? "cut: the end of it" : "; cut";
    table.add({part.file, static_cast<std::int64_t>(part.content.size()), duration.count(),
               remark.empty() ? Cell{} : Cell{remark}});
  }
  if (!runtime.common().quiet) runtime.print(table.text(terminal_width()) + "\n");
  runtime.print(file + ": " + std::to_string(parts.size() - missing) + " of " +
                std::to_string(parts.size()) +
                " parts; read it before you send it: names and texts are yours to judge\n");
}

int run_bundle(Runtime& runtime, const BundleFlags& flags) {
  const InterruptGuard interrupts;
  const auto config = load_config(runtime);
  const auto redactor = make_redactor(config);
  const auto name = default_name(now());
  const auto file = flags.file.value_or(name + ".tar.gz");
  operations::ArchiveWriter archive(file);
  const auto sources = support_bundle::part_sources(options_of(runtime, flags, config));
  auto parts = support_bundle::collect_parts(sources);
  if (InterruptGuard::is_raised()) return InterruptGuard::exit_code();
  write_archive(archive, name, parts, redactor);
  print_report(runtime, file, parts, redactor);
  return exit_ok;
}

}  // namespace

CommandFn bundle(Spec& spec) {
  auto flags = std::make_shared<BundleFlags>();
  spec.about(
      "Collects what helps to find a fault into one .tar.gz: configuration, findings of doctor, "
      "versions, metrics and health of servers, the ends of logs, migrations, sizes and backlog, "
      "the machine's limits. Secrets are masked in all of it. It works while PostgreSQL, Redis or "
      "the servers are down: manifest.json says what could not be had, and why. Only its owner can "
      "read the file.");
  spec.example("of this machine", "feedctl bundle");
  spec.example("with log files and another server",
               "feedctl bundle --log /var/log/feedctl.log --url http://10.0.0.5:8000");
  spec.value("-f,--file", "FILE", "write this file, which must not exist", &flags->file)
      .shown_default("feedctl-bundle-TIME.tar.gz");
  spec.value("--log", "FILE", "add the end of this log, 4 MiB at most; may be repeated",
             &flags->logs);
  spec.value("--units", "PATTERN", "units whose journal is added", &flags->units);
  spec.value("--url", "URL", "a server or worker to ask; may be repeated", &flags->urls)
      .shown_default("those of this machine");
  spec.value("--timeout", "TIME", "longest time of each part", &flags->timeout)
      .between(1'000, 600'000);
  spec.see_also({"doctor", "top", "config show"});
  return [flags](Runtime& runtime) { return run_bundle(runtime, *flags); };
}

}  // namespace feedctl::cli
