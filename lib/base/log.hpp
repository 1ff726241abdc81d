#pragma once
// Logging: one line an event on standard error, as text on a terminal, else as a JSON object.
// Control bytes and invalid UTF-8 are escaped and fields are cut at 1 KiB: whatever a client sends
// stays one valid line. Secret<T> cannot be logged. A line that cannot be written is counted; that
// is no error. Thread-safe.
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace feedctl::log {

enum class Level { debug, info, warning, error, off };
enum class Format { automatic, text, json, journald };

struct Options {
  Level level = Level::info;
  Format format = Format::automatic;
};

class Field {
 public:
  Field(std::string_view key, std::string_view value) : key_(key), value_(value) {}
  Field(std::string_view key, const char* value) : key_(key), value_(value) {}
  Field(std::string_view key, const std::string& value) : key_(key), value_(value) {}
  Field(std::string_view key, std::int64_t value)
      : key_(key), value_(std::to_string(value)), unquoted_(true) {}
  Field(std::string_view key, int value) : Field(key, std::int64_t{value}) {}
  Field(std::string_view key, std::size_t value) : Field(key, static_cast<std::int64_t>(value)) {}
  Field(std::string_view key, double value);
  Field(std::string_view key, bool value)
      : key_(key), value_(value ? "true" : "false"), unquoted_(true) {}

  std::string_view key() const { return key_; }
  const std::string& value() const { return value_; }
  bool is_unquoted() const { return unquoted_; }  // a number or boolean: written without quotes

 private:
  std::string_view key_;
  std::string value_;
  bool unquoted_ = false;
};
using Fields = std::initializer_list<Field>;

// May be called again, e.g. on SIGHUP. Before the first call: info, automatic.
void setup(const Options& options);
bool is_enabled(Level level);
void write(Level level, std::string_view message, Fields fields);

inline void debug(std::string_view message, Fields fields = {}) {
  write(Level::debug, message, fields);
}
inline void info(std::string_view message, Fields fields = {}) {
  write(Level::info, message, fields);
}
inline void warning(std::string_view message, Fields fields = {}) {
  write(Level::warning, message, fields);
}
inline void error(std::string_view message, Fields fields = {}) {
  write(Level::error, message, fields);
}

// Writes whole lines for people at any level, in order with the log.
void print(std::string_view lines);

// For daemons: from now on no thread waits for the reader of the log (base/log_writer.hpp). The end
// of the process waits for unwritten lines, also after exit() and uncaught exceptions.
void write_behind();
// Waits until all lines up to now are written; false after `timeout`. A caller of _Exit() flushes
// first.
bool flush(std::chrono::milliseconds timeout = std::chrono::seconds{1});
// Lost lines of the level since the start of the process.
std::uint64_t dropped(Level level);

// The line as it would be written, without its newline; for tests.
std::string format_line(Format format, Level level, std::string_view message, Fields fields);

}  // namespace feedctl::log
