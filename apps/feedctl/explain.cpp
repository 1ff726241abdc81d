// feedctl explain: why a post is, or is not, in a feed.
#include "verify/explain.hpp"

#include <algorithm>

#include "feedctl/frame/exit_codes.hpp"
#include "feedctl/frame/output.hpp"
#include "feedctl/frame/spec.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

constexpr double largest_id = 9007199254740991.0;

int run_explain(Runtime& runtime, Id user, Id post) {
  const auto why = feedctl::verify::explain(runtime.database(), user, post);
  Card card;
  if (runtime.common().format() == OutputFormat::table) {
    for (const auto& condition : why.conditions) card.add(condition.name, condition.answer);
    card.print(runtime);
    runtime.print("\n" + why.verdict + "\n");
  } else {
    card.add("user", user).add("post", post).add("in_feed", why.in_feed).add("drift", why.drift);
    card.add("verdict", why.verdict);
    for (const auto& condition : why.conditions) {
      auto name = condition.name;
      for (auto& c : name) c = c == ' ' ? '_' : c;
      name.erase(std::remove(name.begin(), name.end(), '\''), name.end());
      card.add(name, condition.answer);
    }
    card.print(runtime);
  }
  return why.drift ? exit_no : exit_ok;
}

}  // namespace

Run explain(Spec& spec) {
  struct Flags {
    std::int64_t user = 0, post = 0;
  };
  auto flags = std::make_shared<Flags>();
  spec.about(
      "Each condition that decides it, and the verdict. Exit code 3 where the post should have a "
      "row that is missing and that nothing will bring.");
  spec.example("why does ada not see it", "feedctl explain --user 7265 --post 8311");
  spec.value("--user", "ID", "whose feed", &flags->user).between(1, largest_id).required();
  spec.value("--post", "ID", "which post", &flags->post).between(1, largest_id).required();
  spec.see_also({"trace", "verify", "rebuild-feed"});
  return [flags](Runtime& runtime) { return run_explain(runtime, flags->user, flags->post); };
}

}  // namespace feedctl::cli
