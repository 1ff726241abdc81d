#include "feedctl/bundle/part.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

#include "base/error.hpp"

namespace feedctl::cli::support_bundle {

namespace {

constexpr std::size_t max_threads = 6;

CollectedPart collect(const PartSource& source) {
  const auto begin = std::chrono::steady_clock::now();
  CollectedPart collected{.part = {.file = source.file,
                                   .content = "",
                                   .explanation = source.explanation,
                                   .missing = "",
                                   .messages = "",
                                   .is_cut = false},
                          .duration = {}};
  try {
    source.collect(collected.part);
  } catch (const Error& error) {
    collected.part.missing = error.what();
    if (!error.detail().empty()) collected.part.missing += ": " + error.detail();
  } catch (const std::exception& error) {
    collected.part.missing = error.what();
  }
  if (collected.part.content.empty() && collected.part.missing.empty())
    collected.part.missing = "it is empty";
  collected.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  return collected;
}

}  // namespace

std::vector<CollectedPart> collect_parts(const std::vector<PartSource>& sources) {
  std::vector<CollectedPart> parts(sources.size());
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < std::min(max_threads, sources.size()); ++i) {
    threads.emplace_back([&] {
      for (auto at = next++; at < sources.size(); at = next++) parts[at] = collect(sources[at]);
    });
  }
  threads.clear();  // joins
  return parts;
}

}  // namespace feedctl::cli::support_bundle
