#include "loadtest/mix.hpp"

#include <algorithm>

namespace feedctl::loadtest {

namespace {

struct ActionRow {
  std::string_view name;
  Action action;
  std::vector<int> expect;
  bool is_anonymous = false;
};

// 200 of a like: the actor liked the post before.
const std::vector<ActionRow>& action_rows() {
  static const std::vector<ActionRow> rows{
      {"feed", Action::feed, {200}},           {"feed_next", Action::feed_next, {200}},
      {"hot", Action::hot, {200}, true},       {"post_read", Action::post_read, {200}},
      {"user_read", Action::user_read, {200}}, {"post", Action::post, {201}},
      {"like", Action::like, {200, 201}},      {"unlike", Action::unlike, {204}},
      {"follow", Action::follow, {200}},       {"unfollow", Action::unfollow, {200}},
      {"view", Action::view, {200}},           {"views_batch", Action::views_batch, {200}},
      {"page", Action::page, {200}, true},     {"health", Action::health, {200}, true},
  };
  return rows;
}

bool works_on_posts(const MixOperation& operation) {
  switch (operation.action) {
    case Action::post_read:
    case Action::like:
    case Action::unlike:
    case Action::view:
    case Action::views_batch:
      return true;
    case Action::raw:
      return has_placeholder(operation.raw, "{post}");
    default:
      return false;
  }
}

// user_read names a user, whoever asks.
bool works_on_users(const MixOperation& operation) {
  return !operation.is_anonymous || operation.action == Action::user_read ||
         (operation.action == Action::raw && has_placeholder(operation.raw, "{user}"));
}

}  // namespace

std::optional<Action> parse_action(std::string_view name) {
  for (const auto& row : action_rows()) {
    if (row.name == name) return row.action;
  }
  return std::nullopt;
}

std::vector<std::string> action_names() {
  std::vector<std::string> names;
  for (const auto& row : action_rows()) names.emplace_back(row.name);
  return names;
}

std::vector<std::string> operation_names(const Mix& mix) {
  std::vector<std::string> names;
  for (const auto& operation : mix.operations) names.push_back(operation.name);
  return names;
}

MixOperation default_operation(std::string name, Action action) {
  MixOperation operation;
  operation.name = std::move(name);
  operation.action = action;
  for (const auto& row : action_rows()) {
    if (row.action != action) continue;
    operation.expect = row.expect;
    operation.is_anonymous = row.is_anonymous;
  }
  return operation;
}

bool needs_users(const Mix& mix) {
  return std::any_of(mix.operations.begin(), mix.operations.end(), works_on_users);
}

bool uses(const Mix& mix, Action action) {
  return std::any_of(mix.operations.begin(), mix.operations.end(),
                     [&](const MixOperation& operation) { return operation.action == action; });
}

bool needs_posts(const Mix& mix) {
  return std::any_of(mix.operations.begin(), mix.operations.end(), works_on_posts);
}

bool has_placeholder(const RawRequest& raw, std::string_view placeholder) {
  return raw.path.find(placeholder) != std::string::npos ||
         raw.body.find(placeholder) != std::string::npos;
}

}  // namespace feedctl::loadtest
