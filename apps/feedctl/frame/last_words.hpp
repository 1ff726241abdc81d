#pragma once
// What a process says before it ends by no will of its own, where it can say anything: an exception
// that nobody caught, memory or threads that the system does not give.
#include <initializer_list>

namespace feedctl::cli {

inline constexpr int exit_exhausted = 71;  // sysexits.h: EX_OSERR

// These texts as one write to standard error, or nothing where it takes none at once: a full pipe
// that nobody reads must not hold up the end of a process. Safe in a signal handler. Cut at 1 KiB.
void say_now(std::initializer_list<const char*> texts) noexcept;

// Called by main, once the standard streams are there.
void prepare_last_words();

// The last line, and exit_exhausted without taking anything down. `what`: "memory", "a thread".
[[noreturn]] void end_for_want_of(const char* what) noexcept;

// What to do about it, a line without its end.
const char* remedy_for_want_of(const char* what) noexcept;

}  // namespace feedctl::cli
