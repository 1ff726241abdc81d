#include "views/routes.hpp"

#include <algorithm>
#include <memory>

#include "auth/credentials.hpp"
#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "http/content_negotiation.hpp"
#include "http/header_text.hpp"
#include "http/json_body.hpp"
#include "posts/posts.hpp"
#include "views/user_agents.hpp"

namespace feedctl::views {

namespace {

using http::JsonBody;
using http::Method;
using http::Policy;
using http::Request;
using http::Response;
using SharedDeps = std::shared_ptr<const Deps>;

// Document 4 has its messages in Russian; they are English unless the client prefers Russian.
enum class Language { english, russian };

// Whether a language range such as "ru-RU" names the language.
bool names_language(std::string_view range, std::string_view language) {
  return http::equals_ignore_case(range.substr(0, range.find('-')), language);
}

Language preferred_language(const Request& request) {
  const auto* header = request.header("accept-language");
  int russian = 0, english = 0;
  if (header != nullptr) {
    http::for_each_preference(*header, [&](std::string_view name, int quality) {
      if (names_language(name, "ru")) russian = std::max(russian, quality);
      if (names_language(name, "en")) english = std::max(english, quality);
    });
  }
  return russian > english ? Language::russian : Language::english;
}

Response localized(Language language, std::string body) {
  auto response = http::json_response(200, std::move(body));
  response.header("Content-Language", language == Language::russian ? "ru" : "en");
  response.header("Vary", "Accept-Language");
  return response;
}

const char* name_of(Reason reason) {
  switch (reason) {
    case Reason::none:
      return "";
    case Reason::author:
      return "author";
    case Reason::repeated:
      return "repeated";
    case Reason::bot:
      return "bot";
    case Reason::not_found:
      return "not_found";
    case Reason::unavailable:
      return "unavailable";
  }
  return "";
}

void append_result(json::Writer& writer, const Result& result) {
  writer.boolean("counted", result.is_counted());
  if (result.is_counted())
    writer.null("reason");
  else
    writer.text("reason", name_of(result.reason));
}

Response single_response(Language language, Id post, const Result& result) {
  if (result.reason == Reason::not_found) throw posts::missing(post);
  std::string body;
  json::Writer writer(body);
  writer.open_object();
  writer.text("message", language == Language::russian ? "Просмотр добавлен" : "View added");
  writer.integer("viewsCount", result.views);
  append_result(writer, result);
  writer.close_object();
  return localized(language, std::move(body));
}

Response batch_response(Language language, const std::vector<Id>& posts,
                        const std::vector<Result>& results) {
  const auto counted =
      std::count_if(results.begin(), results.end(), [](const Result& r) { return r.is_counted(); });
  const auto missing = std::count_if(results.begin(), results.end(),
                                     [](const Result& r) { return r.reason == Reason::not_found; });
  std::string body;
  json::Writer writer(body);
  writer.open_object();
  writer.text("message",
              (language == Language::russian ? "Добавлено просмотров: " : "Views added: ") +
                  std::to_string(counted));
  writer.integer("processedCount", static_cast<std::int64_t>(posts.size()) - missing);
  writer.key("postIds").open_array();
  for (const auto post : posts) writer.integer(post);
  writer.close_array();
  writer.key("results").open_array();
  for (std::size_t i = 0; i < posts.size(); ++i) {
    writer.open_object().integer("postId", posts[i]).integer("viewsCount", results[i].views);
    append_result(writer, results[i]);
    writer.close_object();
  }
  writer.close_array().close_object();
  return localized(language, std::move(body));
}

Error wrong_list(const std::string& detail) {
  return Error(ErrorCode::invalid_argument, detail).with_field("/postIds", detail);
}

// Each once, in the order of the request.
std::vector<Id> parse_posts(const JsonBody& body) {
  const auto* member = body.value().find("postIds");
  if (member == nullptr || member->is_null()) throw wrong_list("postIds is required");
  const auto* list = member->array();
  if (list == nullptr) throw wrong_list("postIds must be a list of ids");
  if (list->empty() || list->size() > max_posts_per_request) {
    throw wrong_list("postIds must hold 1 to " + std::to_string(max_posts_per_request) + " ids");
  }
  std::vector<Id> posts;
  for (const auto& item : *list) {
    std::optional<Id> id;
    if (const auto* number = item.integer()) id = *number > 0 ? std::optional(*number) : id;
    if (const auto* text = item.text()) id = parse_id(*text);
    if (!id) throw wrong_list("postIds must hold positive integers");
    if (std::find(posts.begin(), posts.end(), *id) == posts.end()) posts.push_back(*id);
  }
  return posts;
}

std::vector<Id> parse_post(const JsonBody& body) {
  const auto post = body.id("postId");
  if (!post) {
    throw Error(ErrorCode::invalid_argument, "postId is required")
        .with_field("/postId", "postId is required");
  }
  return {*post};
}

using MakeResponse = std::function<Response(const std::vector<Result>&)>;

void record(const Deps& deps, const Request& request, const JsonBody& body, std::vector<Id> posts,
            MakeResponse make, http::CompletionCallback resume) {
  const auto user = deps.auth.require_actor(request, auth::actor_in_request(request, &body));
  const auto* agent = request.header("user-agent");
  deps.recorder.submit(
      user, std::move(posts), agent != nullptr && is_bot(*agent, deps.bots),
      [make = std::move(make), resume = std::move(resume)](ViewRecorder::Outcome outcome) mutable {
        resume(
            [make = std::move(make), outcome = std::move(outcome)] {
              if (const auto* error = std::get_if<Error>(&outcome)) throw *error;
              return make(std::get<std::vector<Result>>(outcome));
            },
            http::RunOn::event_loop);
      },
      request.deadline);
}

void record_one(const Deps& deps, const Request& request, http::CompletionCallback resume) {
  const auto body = JsonBody::parse(request);
  auto posts = parse_post(body);
  const auto post = posts[0];
  const auto language = preferred_language(request);
  record(
      deps, request, body, std::move(posts),
      [=](const std::vector<Result>& results) {
        return single_response(language, post, results[0]);
      },
      std::move(resume));
}

void record_batch(const Deps& deps, const Request& request, http::CompletionCallback resume) {
  const auto body = JsonBody::parse(request);
  auto posts = parse_posts(body);
  const auto language = preferred_language(request);
  record(
      deps, request, body, posts,
      [language, posts](const std::vector<Result>& results) {
        return batch_response(language, posts, results);
      },
      std::move(resume));
}

// A Redis that may lose counters is no fault of the server's: the admin reads what to set.
FlushReport flush(const Deps& deps) {
  try {
    return deps.flush();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::config) throw;
    throw Error(ErrorCode::conflict, error.what() + std::string(": ") + error.hint());
  }
}

Response sync(const Deps& deps) {
  const auto report = flush(deps);
  if (report.failed > 0)
    throw Error(ErrorCode::unavailable, "some counters could not be flushed: the log says why");
  std::string body;
  json::Writer writer(body);
  writer.open_object().text("message", "Synchronization completed");
  writer.integer("syncedPosts", report.posts).integer("syncedViews", report.views);
  writer.integer("syncedContents", report.contents).close_object();
  return http::json_response(200, std::move(body));
}

}  // namespace

void add_routes(http::Router& router, Deps dependencies) {
  const auto deps = std::make_shared<const Deps>(std::move(dependencies));
  const auto add = [&](std::string pattern, std::vector<std::string> aliases,
                       void (*handle)(const Deps&, const Request&, http::CompletionCallback)) {
    router.add(
        {.method = Method::post,
         .pattern = std::move(pattern),
         .aliases = std::move(aliases),
         .policy = Policy::user,
         .async_handler = [deps, handle](const Request& request, http::CompletionCallback resume) {
           handle(*deps, request, std::move(resume));
         }});
  };
  add("/v1/views", {"/posts/view"}, record_one);
  add("/v1/views/batch", {"/posts/views-batch"}, record_batch);
  router.add({.method = Method::post,
              .pattern = "/v1/views/sync",
              .aliases = {"/posts/sync-views"},
              .policy = Policy::admin,
              .handler = [deps](const Request&) { return sync(*deps); }});
}

}  // namespace feedctl::views
