#pragma once
// Adjusts the inherited resource limits (ulimit, LimitSTACK= and others of a unit). main calls it
// before any thread starts.

namespace feedctl::cli {

// Stacks: threads get the size they need, and a main thread without enough ends the process with
// exit_exhausted. CPU time: lowers the soft limit, so that SIGXCPU arrives before SIGKILL. Core
// files: none is written, whatever the parent allows; child processes inherit that.
void adjust_resource_limits();

}  // namespace feedctl::cli
