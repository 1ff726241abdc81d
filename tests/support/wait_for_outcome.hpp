#pragma once
// Waits for what a batcher makes of a command, as a test does that has nothing else to do.
#include <future>
#include <memory>
#include <utility>

#include "commands/command_batcher.hpp"

namespace feedctl::support {

// `submit` gives the command to the batcher, with the given callback.
template <typename Submit>
commands::Outcome wait_for_outcome(Submit&& submit) {
  const auto promise = std::make_shared<std::promise<commands::Outcome>>();
  submit([promise](commands::Outcome outcome) { promise->set_value(std::move(outcome)); });
  return promise->get_future().get();
}

}  // namespace feedctl::support
