#include "imports/tweet.hpp"

#include <array>
#include <chrono>
#include <map>
#include <utility>

#include "imports/post_checks.hpp"

namespace feedctl::imports {

namespace {

constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::pair<std::string_view, char>, 5> references{
    {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}}};

// Link as it stands in the text -> what stands there instead.
using Links = std::map<std::string, std::string, std::less<>>;

std::string decode_references(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  while (!text.empty()) {
    char c = text.front();
    std::size_t length = 1;
    for (const auto& [reference, character] : references) {
      if (!text.starts_with(reference)) continue;
      c = character;
      length = reference.size();
      break;
    }
    decoded += c;
    text.remove_prefix(length);
  }
  return decoded;
}

void collect_links(const json::Value& tweet, std::string_view entities, std::string_view kind,
                   Links& links) {
  const auto* found = tweet.find(entities);
  const auto* list = found ? found->find(kind) : nullptr;
  const auto* items = list ? list->array() : nullptr;
  if (!items) return;
  for (const auto& item : *items) {
    const auto* url = text_member(item, "url");
    if (!url || url->empty()) continue;
    const auto* expanded = kind == "media" ? nullptr : text_member(item, "expanded_url");
    links.emplace(*url, kind == "media" ? "" : expanded ? *expanded : *url);
  }
}

Links links_of(const json::Value& tweet) {
  Links links;
  for (const auto* entities : {"entities", "extended_entities"}) {
    collect_links(tweet, entities, "urls", links);
    collect_links(tweet, entities, "media", links);
  }
  return links;
}

bool is_end_of_link(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '"' || c == ')' || (c & 0x80) != 0;
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string expand_links(std::string_view text, const Links& links) {
  std::string expanded;
  while (!text.empty()) {
    const auto at = links.empty() ? std::string_view::npos : text.find("http");
    expanded += text.substr(0, at);
    if (at == std::string_view::npos) break;
    text.remove_prefix(at);
    std::size_t length = 0;
    while (length < text.size() && !is_end_of_link(text[length])) ++length;
    while (!is_alphanumeric(text[length - 1])) --length;  // "http" is not passed by
    const auto link = links.find(text.substr(0, length));
    expanded += link == links.end() ? text.substr(0, length) : std::string_view(link->second);
    text.remove_prefix(length);
  }
  return expanded;
}

bool is_retweet(const json::Value& tweet, std::string_view text) {
  const auto* flag = tweet.find("retweeted");
  if (flag && flag->boolean() && *flag->boolean()) return true;
  // Archives leave the flag false.
  if (!text.starts_with("RT @")) return false;
  const auto end =
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", 4);
  return end != std::string_view::npos && end > 4 && text[end] == ':';
}

bool is_reply(const json::Value& tweet) {
  for (const auto* member : {"in_reply_to_status_id_str", "in_reply_to_status_id",
                             "in_reply_to_user_id_str", "in_reply_to_user_id"}) {
    const auto* parent = tweet.find(member);
    if (parent && !parent->is_null()) return true;
  }
  return false;
}

std::optional<int> number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<unsigned> month_number(std::string_view name) {
  for (unsigned i = 0; i < month_names.size(); ++i) {
    if (month_names[i] == name) return i + 1;
  }
  return std::nullopt;
}

}  // namespace

const std::vector<std::string>& tweet_members() {
  static const std::vector<std::string> members = [] {
    std::vector<std::string> made;
    for (const auto* place : {"", "tweet."}) {
      for (const auto* member :
           {"id_str", "id", "created_at", "full_text", "text", "retweeted", "entities.urls",
            "entities.media", "extended_entities.media", "in_reply_to_status_id_str",
            "in_reply_to_status_id", "in_reply_to_user_id_str", "in_reply_to_user_id"})
        made.push_back(std::string(place) + member);
    }
    return made;
  }();
  return members;
}

std::optional<Time> parse_tweet_time(std::string_view text) {
  // Wed Oct 10 20:19:24 +0000 2018
  if (text.size() != 30 || text.substr(19, 7) != " +0000 " || text[3] != ' ' || text[7] != ' ' ||
      text[10] != ' ' || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const auto month = month_number(text.substr(4, 3));
  const auto day = number(text.substr(8, 2)), year = number(text.substr(26, 4));
  const auto hour = number(text.substr(11, 2)), minute = number(text.substr(14, 2));
  const auto second = number(text.substr(17, 2));
  if (!month || !day || !year || !hour || !minute || !second) return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{std::chrono::year{*year}, std::chrono::month{*month},
                            std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return Time{sys_days{date}} + hours{*hour} + minutes{*minute} + seconds{*second};
}

void deliver_tweet(const json::Value& element, Time now, ImportSink& sink) {
  const auto* inner = element.find("tweet");
  const auto& tweet = inner ? *inner : element;
  const auto* id = text_member(tweet, "id_str");
  if (!id) id = text_member(tweet, "id");
  const auto* text = text_member(tweet, "full_text");
  if (!text) text = text_member(tweet, "text");
  if (!id || !text) return sink.on_skipped(SkipReason::malformed);
  if (is_retweet(tweet, *text)) return sink.on_skipped(SkipReason::repost);
  const auto* written = text_member(tweet, "created_at");
  const auto at = written ? parse_tweet_time(*written) : std::nullopt;
  if (!at) return sink.on_skipped(SkipReason::bad_time);
  ImportedPost post;
  post.external_id = *id;
  post.at = *at;
  post.text = expand_links(decode_references(*text), links_of(tweet));
  post.is_reply = is_reply(tweet);
  deliver_post(std::move(post), now, sink);
}

}  // namespace feedctl::imports
