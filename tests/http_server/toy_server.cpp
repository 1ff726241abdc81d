#include "http_server/toy_server.hpp"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "http/body_file.hpp"
#include "http/compress.hpp"
#include "http/fast_request_head.hpp"
#include "http/json_body.hpp"
#include "http/problem.hpp"
#include "http/range.hpp"
#include "support/memory_file.hpp"

namespace feedctl::test {

using namespace feedctl::http;

std::string get_request(const std::string& path, const std::string& fields) {
  return "GET " + path + " HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n";
}

std::string echo_request(const std::string& body, const std::string& fields) {
  return "POST /echo HTTP/1.1\r\nHost: t\r\n" + fields +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string file_content() {
  std::string content;
  while (content.size() < 700'000) content += std::to_string(content.size()) + " ";
  return content;
}

void HandlerGate::open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

void HandlerGate::wait() {
  std::unique_lock lock(mutex_);
  ++waiting_;
  changed_.notify_all();
  changed_.wait_for(lock, std::chrono::minutes{2}, [this] { return open_; });
}

void HandlerGate::wait_for_arrivals(int count) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::minutes{2}, [&] { return waiting_ >= count; })) {
    throw std::runtime_error("no handler came");
  }
}

std::weak_ptr<EventStream> ToyServer::Streams::wait_for(std::size_t nth) {
  std::unique_lock lock(mutex);
  if (!changed.wait_for(lock, std::chrono::minutes{2}, [&] { return all.size() > nth; }))
    throw std::runtime_error("no stream was asked for");
  return all[nth];
}

CompletionCallback ToyServer::PendingRequests::wait_for(std::size_t nth) {
  std::unique_lock lock(mutex);
  if (!changed.wait_for(lock, std::chrono::minutes{2}, [&] { return all.size() > nth; }))
    throw std::runtime_error("nothing was begun");
  return all[nth];
}

namespace {

Response describe(const Request& request) {
  Response response;
  json::Writer out(response.body);
  out.open_object().text("path", request.path).text("client", request.client_address);
  out.text("request_id", request.request_id).text("traceparent", request.traceparent);
  out.boolean("https", request.is_https);
  out.boolean("has_body", request.has_body)
      .integer("user", request.identity ? request.identity->user_id : 0);
  out.key("query").open_array();
  for (const auto& [name, value] : request.query) out.text(name + "=" + value);
  out.close_array().close_object();
  return response;
}

// The body as it came, and whether it was in a file.
Response echo(const Request& request) {
  Response response;
  response.content_type = "application/octet-stream";
  response.body = request.body;
  if (!request.body_file.empty()) {
    std::ifstream file(request.body_file, std::ios::binary);
    response.body.assign(std::istreambuf_iterator<char>(file), {});
  }
  response.header("X-Spilled", request.body_file.empty() ? "no" : "yes");
  return response;
}

Response plain(std::string body) {
  Response response;
  response.content_type = "text/plain; version=0.0.4";
  response.body = std::move(body);
  return response;
}

// Gives the same response inline and by its handler: with an ETag, and large enough for gzip.
void add_inline_route(Router& router, ToyServer::InlineRoute& memory) {
  const auto response = [] {
    std::string body = "[0";
    for (int i = 1; i < 900; ++i) body += "," + std::to_string(i);
    auto made = json_response(200, body + "]");
    return std::move(
        made.header("Link", "</next>; rel=\"next\"").header("Cache-Control", "no-cache"));
  };
  auto tagged = response();
  tagged.header("ETag", "\"v1\"");
  const auto ready = std::make_shared<const PreparedResponse>(std::move(tagged));
  router.add({.method = Method::get,
              .pattern = "/ready/{name}",
              .policy = Policy::public_,
              .handler =
                  [response, &memory](const Request& r) {
                    ++memory.handler_calls;
                    return with_etag(r, response(), "v1");
                  },
              .inline_handler = [ready, &memory](const FastRequestHead& head) -> InlineResponse {
                ++memory.calls;
                const bool has = memory.only_stale ? head.overloaded : memory.on.load();
                if (!has || head.path_values[0] != "it") return {};
                ++memory.inline_responses;
                return {.prepared = ready};
              }});
}

// An inline response that is made for each request.
void add_computed_route(Router& router, ToyServer::InlineRoute& memory) {
  const auto answer = [](const Request& request) {
    return with_etag(request, json_response(200, '"' + std::string(5000, 'x') + '"'), "v1");
  };
  router.add({.method = Method::get,
              .pattern = "/made",
              .policy = Policy::public_,
              .handler = answer,
              .inline_handler = [answer, &memory](const FastRequestHead& head) -> InlineResponse {
                if (!memory.on) return {};
                ++memory.inline_responses;
                const auto request = to_request(head);
                auto response = answer(request);
                if (head.wants_gzip) {
                  auto zipping = request;
                  zipping.headers.emplace_back("accept-encoding", "gzip");
                  compress(zipping, response);
                }
                return {.response = std::move(response)};
              }});
}

void add_loop_route(Router& router, HandlerGate& gate, HandlerGate& hold_gate,
                    ToyServer::ExecutionOrder& turns) {
  router.add({.method = Method::get,
              .pattern = "/in-turn/{name}",
              .policy = Policy::public_,
              .handler =
                  [&](const Request& request) {
                    const auto& name = *request.path_param("name");
                    if (name == "wait") gate.wait();
                    if (name == "hold") hold_gate.wait();
                    const std::lock_guard lock(turns.mutex);
                    turns.names.push_back(name);
                    return json_response(200, "{}");
                  },
              .run_on = RunOn::event_loop});
}

Response stream(ToyServer::Streams& streams) {
  Response response;
  response.content_type = "text/event-stream";
  response.body = "retry: 100\n\n";
  response.stream = std::make_shared<EventStream>(streams.max_buffered);
  const std::lock_guard lock(streams.mutex);
  streams.all.push_back(response.stream);
  streams.changed.notify_all();
  return response;
}

void add_async_route(Router& router, ToyServer::PendingRequests& begun) {
  router.add({.method = Method::post,
              .pattern = "/begun",
              .policy = Policy::public_,
              .async_handler = [&begun](const Request&, CompletionCallback resume) {
                const std::lock_guard lock(begun.mutex);
                begun.all.push_back(std::move(resume));
                begun.changed.notify_all();
              }});
}

// Counts the bytes of a body, which may be larger than those of other routes, and says how much
// time the handler had. With X-Wait it waits at the gate first.
void add_large_body_route(Router& router, HandlerGate& gate) {
  router.add({.method = Method::post,
              .pattern = "/large-body",
              .policy = Policy::public_,
              .handler =
                  [&gate](const Request& request) {
                    const auto time = request.deadline.remaining() / std::chrono::minutes{1};
                    if (request.header("x-wait") != nullptr) gate.wait();
                    auto response = json_response(201, std::to_string(read_body(request).size()));
                    response.header("X-Minutes", std::to_string(time));
                    response.header("X-Spilled", request.body_file.empty() ? "no" : "yes");
                    return response;
                  },
              .max_body = max_large_body});
  router.add({.method = Method::post,
              .pattern = "/large-body-of-user",
              .policy = Policy::user,
              .handler = [](const Request&) { return no_content(); },
              .max_body = max_large_body});
}

// GET /file, also by ranges and on the event loop; /huge-file, whose bytes are 0; and /cut-file,
// which is shorter than it says.
void add_file_routes(Router& router) {
  const auto add = [&](const char* pattern, std::string content, std::size_t size,
                       RunOn run_on = RunOn::pool) {
    const auto file = std::make_shared<UniqueFd>(support::memory_file(content, "toy"));
    if (content.empty() && ::ftruncate(file->get(), static_cast<off_t>(size)) != 0)
      throw std::runtime_error("cannot make a file");
    router.add({.method = Method::get,
                .pattern = pattern,
                .policy = Policy::public_,
                .handler =
                    [body = std::make_shared<const FileBody>(FileBody{file, 0, size})](
                        const Request& request) {
                      Response response;
                      response.content_type = "text/plain";
                      response.file = body;
                      return with_range(request, with_etag(request, std::move(response), "v1"));
                    },
                .run_on = run_on});
  };
  const auto content = file_content();
  add("/file", content, content.size());
  add("/loop-file", content, content.size(), RunOn::event_loop);
  add("/empty-file", "x", 0);
  add("/huge-file", "", huge_file_size);
  add("/cut-file", content, content.size() + 1000);
}

Router make_router(HandlerGate& gate, HandlerGate& hold_gate, ToyServer::InlineRoute& memory,
                   ToyServer::Streams& streams, ToyServer::PendingRequests& begun,
                   ToyServer::ExecutionOrder& turns) {
  Router router;
  const auto add = [&](Method method, const char* pattern, Handler handler) {
    router.add({.method = method,
                .pattern = pattern,
                .policy = Policy::public_,
                .handler = std::move(handler)});
  };
  add(Method::get, "/hello",
      [](const Request&) { return json_response(200, R"({"hello":"world"})"); });
  add(Method::get, "/describe", describe);
  add(Method::get, "/items/{id}", describe);
  add(Method::get, "/id/{id}",
      [](const Request& r) { return json_response(200, std::to_string(r.path_id("id"))); });
  add(Method::get, "/limit",
      [](const Request& r) { return json_response(200, std::to_string(r.limit(50, 1000))); });
  add(Method::get, "/metrics", [](const Request&) { return plain("up 1\n"); });
  add(Method::get, "/big", [](const Request&) { return plain(std::string(4 << 20, 'x')); });
  add(Method::get, "/kilobytes",
      [](const Request&) { return json_response(200, '"' + std::string(25000, 'x') + '"'); });
  add(Method::get, "/etag",
      [](const Request& r) { return with_etag(r, json_response(200, "{}"), "v1"); });
  add(Method::get, "/cached", [](const Request&) {
    return std::move(json_response(200, "{}").header("Cache-Control", "public, max-age=1"));
  });
  add(Method::get, "/gate", [&gate](const Request&) {
    gate.wait();
    return json_response(200, "{}");
  });
  add(Method::get, "/stream", [&streams](const Request&) { return stream(streams); });
  add(Method::get, "/throws",
      [](const Request&) -> Response { throw std::runtime_error("password=secret"); });
  add(Method::get, "/internal",
      [](const Request&) -> Response { throw Error(ErrorCode::internal, "password=secret"); });
  add(Method::get, "/teapot",
      [](const Request&) -> Response { throw HttpError(410, "gone for good"); });
  add(Method::get, "/busy", [](const Request&) -> Response {
    throw Error(ErrorCode::unavailable, "the database is down")
        .with_detail("no route to 10.0.0.7")
        .with_retry_after(std::chrono::seconds{3});
  });
  add(Method::post, "/echo", echo);
  add(Method::del, "/echo", echo);
  add(Method::post, "/json", [](const Request& r) {
    const auto id = JsonBody::parse(r).id("user_id");
    if (!id) throw Error(ErrorCode::invalid_argument, "user_id is required");
    return json_response(201, std::to_string(*id));
  });
  add(Method::post, "/optional", [](const Request& r) {
    JsonBody::parse(r);
    return json_response(201, "{}");
  });
  add(Method::post, "/auth/login", [](const Request&) { return json_response(200, "{}"); });
  add(Method::post, "/none", [](const Request&) { return no_content(); });
  add_inline_route(router, memory);
  add_computed_route(router, memory);
  add_async_route(router, begun);
  add_loop_route(router, gate, hold_gate, turns);
  add_large_body_route(router, gate);
  add_file_routes(router);
  router.add({.method = Method::get,
              .pattern = "/health",
              .policy = Policy::public_,
              .handler = [](const Request&) { return json_response(200, "{}"); },
              .load_class = LoadClass::health});
  router.add({.method = Method::post,
              .pattern = "/upload",
              .policy = Policy::public_,
              .handler = [](const Request&) { return json_response(201, "{}"); },
              .load_class = LoadClass::upload});
  return router;
}

ServerOptions options_for(const std::function<void(ServerOptions&)>& adjust) {
  ServerOptions options;
  options.port = 0;
  options.handler_threads = 4;
  options.access_log = false;
  options.handler_timeout = std::chrono::minutes{2};
  if (adjust) adjust(options);
  return options;
}

}  // namespace

ToyServer::ToyServer(const std::function<void(ServerOptions&)>& adjust, Authenticator authenticate,
                     RateLimiter limit_rate)
    : router(make_router(gate, hold_gate, memory, streams, pending, execution_order)),
      server(options_for(adjust), router, std::move(authenticate), std::move(limit_rate)) {
  log::setup({log::Level::off, log::Format::text});
  server.start();
}

ToyServer::~ToyServer() {
  gate.open();
  server.stop();
}

RawResponse ToyServer::get(std::string_view path, std::string_view fields) {
  auto answer = client().get(path, fields);
  if (!answer) throw std::runtime_error("no answer to GET " + std::string(path));
  return *answer;
}

}  // namespace feedctl::test
