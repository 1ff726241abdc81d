#include "loadtest/check_script.hpp"

#include <algorithm>
#include <utility>

#include "loadtest/page_order.hpp"

namespace feedctl::loadtest {

namespace {

std::string of_post(Id post) {
  return "post " + std::to_string(post);
}

std::int64_t certain_likes(const CheckedPost& post) {
  return std::count_if(post.likes.begin(), post.likes.end(),
                       [](const auto& like) { return like.second == Certainty::yes; });
}

std::string too_few(const std::string& what, std::int64_t shown, std::int64_t expected) {
  return what + " " + std::to_string(shown) + ", expected at least " + std::to_string(expected);
}

}  // namespace

CheckScript::CheckScript(ScriptOptions options, CheckLog& log)
    : options_(std::move(options)), log_(log) {
  if (options_.author) author_ = *options_.author;
  if (options_.reader) reader_ = *options_.reader;
}

Steps CheckScript::first_steps() {
  Steps steps;
  if (author_.id == 0) steps.push_back(create_user(Role::author));
  if (reader_.id == 0) steps.push_back(create_user(Role::reader));
  steps.push_back(set_following(true));
  return steps;
}

Steps CheckScript::next_round() {
  Steps steps;
  const auto add = [&](Step step) { steps.push_back(std::move(step)); };
  add(publish());
  add(expect_in_feed(Role::author));
  add(expect_in_feed(Role::reader));
  add(view());
  add(set_like(Role::reader, true));
  add(expect_post(Role::reader));
  add(set_like(Role::author, true));
  add(expect_in_feed(Role::reader));
  add(set_like(Role::reader, false));
  add(expect_post(Role::reader));
  add(set_following(false));
  add(expect_no_author());
  add(set_following(true));
  add(delete_oldest());
  add(expect_gone());
  add(walk(""));
  return steps;
}

void CheckScript::on_token(std::string_view token) {
  if (token.empty()) return;
  token_ = token;
  may_token_be_ahead_ = false;
}

bool CheckScript::drop_token() {
  token_.clear();
  return std::exchange(may_token_be_ahead_, false);
}

void CheckScript::hand_over_posts() {
  for (auto* posts : {&posts_, &deleted_}) {
    for (auto& [id, post] : *posts) log_.add_post(post.checked);
    posts->clear();
  }
}

CheckScript::OwnPost* CheckScript::newest() {
  return posts_.empty() ? nullptr : &posts_.rbegin()->second;
}

std::string CheckScript::new_key() {
  return options_.name + "-" + std::to_string(++key_count_);
}

void CheckScript::report(const std::string& sentence, const Answer& answer) {
  ++finding_count_;
  log_.add_finding(sentence + request_id_note(answer));
}

void CheckScript::compare_counts(const ShownPost& shown, Role role, bool is_in_feed,
                                 const Answer& answer) {
  const auto own = posts_.find(shown.id);
  if (own == posts_.end()) return;
  auto& post = own->second;
  compare_likes(post, shown, role, answer);
  auto& highest = is_in_feed ? post.views_of_feed : post.views_of_post;
  if (shown.view_count < highest && !options_.may_views_shrink) {
    report(too_few(of_post(shown.id) + ": view_count is", shown.view_count, highest), answer);
  }
  highest = std::max(highest, shown.view_count);
}

void CheckScript::compare_likes(const OwnPost& post, const ShownPost& shown, Role role,
                                const Answer& answer) {
  const auto expected = certain_likes(post.checked);
  if (shown.like_count < expected) {
    report(too_few(of_post(shown.id) + ": like_count is", shown.like_count, expected), answer);
  }
  const auto like = post.checked.likes.find(user(role).id);
  const auto state = like == post.checked.likes.end() ? Certainty::no : like->second;
  if (!shown.is_liked || state == Certainty::unknown) return;
  if (*shown.is_liked == (state == Certainty::yes)) return;
  report(of_post(shown.id) + ": liked is " + (*shown.is_liked ? "true" : "false") + " for user " +
             std::to_string(user(role).id) + ", whose last command says otherwise",
         answer);
}

}  // namespace feedctl::loadtest
