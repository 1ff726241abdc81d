#pragma once
// Logging: one line an event on standard error, as readable text on a terminal, as one JSON object
// elsewhere. Control bytes and invalid UTF-8 are escaped and fields are cut at 1 KiB, so whatever a
// client sends stays one valid line. Thread-safe. Secrets cannot get here: Secret<T> is no string.
// A line that cannot be written is counted and forgotten; it is nobody's error.
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
      : key_(key), value_(std::to_string(value)), bare_(true) {}
  Field(std::string_view key, int value) : Field(key, std::int64_t{value}) {}
  Field(std::string_view key, std::size_t value) : Field(key, static_cast<std::int64_t>(value)) {}
  Field(std::string_view key, double value);
  Field(std::string_view key, bool value)
      : key_(key), value_(value ? "true" : "false"), bare_(true) {}

  std::string_view key() const { return key_; }
  const std::string& value() const { return value_; }
  bool bare() const { return bare_; }  // a number or boolean: written without quotes

 private:
  std::string_view key_;
  std::string value_;
  bool bare_ = false;
};
using Fields = std::initializer_list<Field>;

// May be called again, e.g. on SIGHUP. Before the first call: info, automatic.
void setup(const Options& options);
bool enabled(Level level);
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

// Whole lines for people, as they are, whatever the level: the same way as the log, and in order.
void print(std::string_view lines);

// For daemons: from now on nobody waits for the reader of the log (base/log_writer.hpp). What is
// not written yet when the process ends is waited for, by exit() and uncaught exceptions too.
void write_behind();
// Waits until all lines up to now are written; false where they are not after `patience`. Whoever
// ends the process by _Exit() calls it first.
bool flush(std::chrono::milliseconds patience = std::chrono::seconds{1});
// Lines of that level that were lost since the process began.
std::uint64_t dropped(Level level);

// The line as it would be written, without its newline; for tests.
std::string format_line(Format format, Level level, std::string_view message, Fields fields);

}  // namespace feedctl::log
