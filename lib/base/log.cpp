#include "base/log.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "base/json_writer.hpp"
#include "base/log_writer.hpp"
#include "base/time.hpp"

namespace feedctl::log {

namespace {

constexpr std::size_t max_field = 1024;

constexpr std::string_view level_names[] = {"debug", "info", "warning", "error", "off"};
constexpr std::string_view journal_prefix[] = {"<7>", "<6>", "<4>", "<3>", ""};

std::string_view name_of(Level level) {
  return level_names[static_cast<std::size_t>(level)];
}

std::string_view truncate_field(std::string_view text) {
  return text.substr(0, max_field);
}

void append_text_value(std::string& out, std::string_view value) {
  const bool plain = !value.empty() && value.find_first_of(" \"=\\") == std::string_view::npos;
  std::string quoted;
  json::append_quoted(quoted, truncate_field(value));
  // The quoted text is longer if something had to be escaped.
  if (plain && quoted.size() == value.size() + 2)
    out += value;
  else
    out += quoted;
}

// A message may hold any bytes. It is escaped as in JSON, without the quotes.
void append_text_message(std::string& out, std::string_view message) {
  std::string quoted;
  json::append_quoted(quoted, truncate_field(message));
  out.append(quoted, 1, quoted.size() - 2);
}

std::string json_line(Level level, std::string_view message, Fields fields) {
  std::string line;
  json::Writer w(line);
  w.open_object()
      .text("time", rfc3339(now()))
      .text("level", name_of(level))
      .text("message", truncate_field(message));
  for (const auto& f : fields) {
    if (f.is_unquoted())
      w.raw(f.key(), f.value());
    else
      w.text(f.key(), truncate_field(f.value()));
  }
  w.close_object();
  return line;
}

std::string text_line(Level level, std::string_view message, Fields fields) {
  std::string line = rfc3339(std::chrono::floor<std::chrono::milliseconds>(now()));
  line.append(" ").append(name_of(level)).append(" ");
  append_text_message(line, message);
  for (const auto& f : fields) {
    line.append(" ").append(f.key()).append("=");
    append_text_value(line, f.value());
  }
  return line;
}

Format resolve(Format format) {
  if (format != Format::automatic) return format;
  if (::isatty(STDERR_FILENO)) return Format::text;
  return std::getenv("JOURNAL_STREAM") ? Format::journald : Format::json;
}

std::atomic<Level> current_level{Level::info};
std::atomic<Format> current_format{Format::automatic};

std::string whole_line(Level level, std::string_view message, Fields fields) {
  return format_line(current_format, level, message, fields) + '\n';
}

// Never destroyed: threads log until the process ends, and the log's reader may block its thread.
Writer& writer() {
  static auto* const made = new Writer(STDERR_FILENO, [](std::string_view message) {
    return whole_line(Level::warning, message, {});
  });
  return *made;
}

}  // namespace

Field::Field(std::string_view key, double value) : key_(key), unquoted_(true) {
  json::Writer(value_).real(value);
}

void setup(const Options& options) {
  current_level = options.level;
  current_format = resolve(options.format);
}

bool is_enabled(Level level) {
  return level >= current_level.load(std::memory_order_relaxed);
}

std::string format_line(Format format, Level level, std::string_view message, Fields fields) {
  switch (resolve(format)) {
    case Format::json:
      return json_line(level, message, fields);
    case Format::journald:
      return std::string(journal_prefix[static_cast<std::size_t>(level)]) +
             json_line(level, message, fields);
    default:
      return text_line(level, message, fields);
  }
}

void write(Level level, std::string_view message, Fields fields) {
  try {
    if (is_enabled(level)) writer().write(level, whole_line(level, message, fields));
  } catch (const std::bad_alloc&) {  // without memory the line is lost
  }
}

void print(std::string_view lines) {
  writer().write(Level::error, lines);
}

void write_behind() {
  writer().write_behind();
  [[maybe_unused]] static const bool once = std::atexit([] { flush(); }) == 0;
}

bool flush(std::chrono::milliseconds timeout) {
  return writer().flush(timeout);
}

std::uint64_t dropped(Level level) {
  return writer().dropped(level);
}

}  // namespace feedctl::log
