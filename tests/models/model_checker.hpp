#pragma once
// Walks every interleaving of a model: a value `State` without padding, from which each of the
// `choices` leads on by `step`. States that come about in several ways are walked on from once, so
// the walk covers all schedules without repeating their common rest. Deterministic; one thread.
//
// A model has: State begin(); void choices(const State&, Choices&); std::string step(State&,
// Choice), which says what is wrong, or ""; std::string at_rest(const State&), the same where no
// choice that `makes_progress` is left; std::string name(const State&, Choice).
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <vector>

namespace feedctl::models {

struct Choice {
  std::uint8_t actor = 0;
  std::uint8_t action = 0;
  bool makes_progress = true;  // false: nobody would miss it, such as a crash
};
using Choices = std::vector<Choice>;

struct Exploration {
  std::uint64_t states = 0;        // different ones
  std::uint64_t steps = 0;         // transitions carried out by the code under test
  double schedules = 0;            // complete interleavings that these are
  std::uint64_t final_states = 0;  // states in which nothing is left to do
  std::string violation;
  std::vector<std::string> schedule;  // the one that leads there

  std::string describe() const;
};

// 128 bits of a state: two that share them are taken for one, which 1e8 states do with p < 1e-22.
struct StateHash {
  std::uint64_t a, b;
  bool operator==(const StateHash&) const = default;
};
struct StateHashHasher {
  std::size_t operator()(const StateHash& mark) const { return mark.a; }
};
template <typename State>
StateHash hash_state(const State& state) {
  static_assert(std::has_unique_object_representations_v<State>);
  static_assert(sizeof(State) % 8 == 0);
  StateHash mark{0x9E3779B97F4A7C15ULL, 0xC2B2AE3D27D4EB4FULL};
  const auto* bytes = reinterpret_cast<const unsigned char*>(&state);
  for (std::size_t i = 0; i < sizeof(State); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes + i, 8);
    mark.a = (mark.a ^ word) * 0xD6E8FEB86659FD93ULL;
    mark.a ^= mark.a >> 32;
    mark.b = (mark.b + word) * 0xA0761D6478BD642FULL;
    mark.b ^= mark.b >> 29;
  }
  return mark;
}

// Depth first, all of it. Ends at the first violation.
template <typename Model>
Exploration explore_all(const Model& model, std::uint64_t max_states = 4'000'000) {
  using State = typename Model::State;
  struct Frame {
    State state;
    StateHash mark;
    Choices choices;
    std::size_t next = 0;
    double schedules = 0;
  };
  Exploration walk;
  std::unordered_map<StateHash, double, StateHashHasher> seen;
  std::vector<Frame> path;
  const auto enter = [&](const State& state) {
    Frame frame{state, hash_state(state), {}};
    model.choices(state, frame.choices);
    bool moves = false;
    for (const auto& choice : frame.choices) moves = moves || choice.makes_progress;
    seen.emplace(frame.mark, 0);  // on the path: a way back to it is no schedule of its own
    ++walk.states;
    if (!moves) {
      ++walk.final_states;
      frame.schedules = 1;
      walk.violation = model.at_rest(state);
    }
    path.push_back(std::move(frame));
  };
  enter(model.begin());
  while (!path.empty() && walk.violation.empty()) {
    if (walk.states > max_states) {
      walk.violation = "too many states for a walk through all";
      break;
    }
    auto& frame = path.back();
    if (frame.next == frame.choices.size()) {
      seen[frame.mark] = frame.schedules;
      const auto schedules = frame.schedules;
      path.pop_back();
      if (path.empty())
        walk.schedules = schedules;
      else
        path.back().schedules += schedules;
      continue;
    }
    auto state = frame.state;
    walk.violation = model.step(state, frame.choices[frame.next++]);
    ++walk.steps;
    if (!walk.violation.empty()) break;
    const auto known = seen.find(hash_state(state));
    if (known != seen.end())
      frame.schedules += known->second;
    else
      enter(state);
  }
  for (const auto& frame : path) {
    if (frame.next > 0)
      walk.schedule.push_back(model.name(frame.state, frame.choices[frame.next - 1]));
  }
  return walk;
}

// Breadth first, until a violation: its schedule is the shortest.
template <typename Model>
Exploration find_shortest_violation(const Model& model, std::size_t max_states = 4'000'000) {
  using State = typename Model::State;
  struct Node {
    std::size_t from;
    State state;
    Choice choice;
  };
  Exploration walk;
  std::unordered_map<StateHash, char, StateHashHasher> seen;
  std::deque<Node> nodes;
  nodes.push_back({0, model.begin(), {}});
  seen.emplace(hash_state(nodes[0].state), 0);
  const auto tell = [&](std::size_t at) {
    std::vector<std::string> back;
    for (; at != 0; at = nodes[at].from)
      back.push_back(model.name(nodes[nodes[at].from].state, nodes[at].choice));
    walk.schedule.assign(back.rbegin(), back.rend());
  };
  Choices choices;
  for (std::size_t at = 0; at < nodes.size() && nodes.size() < max_states; ++at) {
    ++walk.states;
    choices.clear();
    model.choices(nodes[at].state, choices);
    bool moves = false;
    for (const auto& choice : choices) moves = moves || choice.makes_progress;
    if (!moves) {
      ++walk.final_states;
      walk.violation = model.at_rest(nodes[at].state);
      if (!walk.violation.empty()) {
        tell(at);
        return walk;
      }
    }
    for (const auto& choice : choices) {
      auto state = nodes[at].state;
      walk.violation = model.step(state, choice);
      ++walk.steps;
      if (!walk.violation.empty()) {
        tell(at);
        walk.schedule.push_back(model.name(nodes[at].state, choice));
        return walk;
      }
      if (seen.emplace(hash_state(state), 0).second) nodes.push_back({at, state, choice});
    }
  }
  return walk;
}

}  // namespace feedctl::models
