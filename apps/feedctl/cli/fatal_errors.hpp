#pragma once
// Last message of a process that must end: an uncaught exception, or exhausted memory, threads or
// files.
//
// The functions use neither the heap nor the log, whose locks the failed thread may hold.
// Thread-safe; they throw nothing.
#include <initializer_list>

namespace feedctl::cli {

// Writes the texts to standard error in one call, cut at 1 KiB. Writes nothing if that would block,
// since a full pipe must not delay the end of the process. Async-signal-safe.
void write_stderr_now(std::initializer_list<const char*> texts) noexcept;

// Called by main, after reserve_standard_fds().
void install_fatal_error_handlers();

// Prints the last line and ends with exit_exhausted, without destructors. `resource`: "memory",
// "a thread", "a stack".
[[noreturn]] void exit_exhausted_of(const char* resource) noexcept;

// The remedy, a line without its newline.
const char* exhaustion_hint(const char* resource) noexcept;

}  // namespace feedctl::cli
