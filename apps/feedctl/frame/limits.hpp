#pragma once
// The limits that a process has from its parent (ulimit, a unit's Limit..=), where it can make do
// with little or must say that it cannot. Called by main, before there are threads.

namespace feedctl::cli {

// Stacks: threads get the size they need, whatever the limit; where the main thread's cannot be had
// the process ends here, with exit_exhausted. CPU time: SIGXCPU comes before SIGKILL does.
void prepare_limits();

}  // namespace feedctl::cli
