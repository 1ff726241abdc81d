#include "http/toy_server.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "http/compress.hpp"
#include "http/glance.hpp"
#include "http/problem.hpp"

namespace feedctl::test {

using namespace feedctl::http;

void Gate::open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

void Gate::pass() {
  std::unique_lock lock(mutex_);
  ++arrived_;
  changed_.notify_all();
  changed_.wait_for(lock, std::chrono::seconds{20}, [this] { return open_; });
}

void Gate::wait_for_arrivals(int count) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds{20}, [&] { return arrived_ >= count; })) {
    throw std::runtime_error("no handler came");
  }
}

std::weak_ptr<EventStream> ToyServer::Streams::wait_for(std::size_t nth) {
  std::unique_lock lock(mutex);
  if (!changed.wait_for(lock, std::chrono::seconds{20}, [&] { return all.size() > nth; }))
    throw std::runtime_error("no stream was asked for");
  return all[nth];
}

Resume ToyServer::Begun::wait_for(std::size_t nth) {
  std::unique_lock lock(mutex);
  if (!changed.wait_for(lock, std::chrono::seconds{20}, [&] { return all.size() > nth; }))
    throw std::runtime_error("nothing was begun");
  return all[nth];
}

namespace {

Response describe(const Request& request) {
  Response response;
  json::Writer out(response.body);
  out.open_object().text("path", request.path).text("client", request.client);
  out.text("request_id", request.request_id).text("traceparent", request.traceparent);
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

// The same answer from memory and by its handler: with a tag, and large enough to be compressed.
void add_ready(Router& router, ToyServer::Remembering& memory) {
  const auto response = [] {
    std::string body = "[0";
    for (int i = 1; i < 900; ++i) body += "," + std::to_string(i);
    auto made = json_response(200, body + "]");
    return std::move(
        made.header("Link", "</next>; rel=\"next\"").header("Cache-Control", "no-cache"));
  };
  auto tagged = response();
  tagged.header("ETag", "\"v1\"");
  const auto ready = std::make_shared<const Ready>(std::move(tagged));
  router.add({Method::get,
              "/ready/{name}",
              {},
              Policy::public_,
              [response, &memory](const Request& r) {
                ++memory.handled;
                return conditional(r, response(), "v1");
              },
              Load::automatic,
              false,
              [ready, &memory](const Glance& glance) -> MemoryAnswer {
                ++memory.asked;
                const bool has = memory.at_last ? glance.strained : memory.on.load();
                if (!has || glance.path_values[0] != "it") return {};
                ++memory.given;
                return {ready, std::nullopt};
              }});
}

// One that memory makes for each request alone.
void add_made(Router& router, ToyServer::Remembering& memory) {
  const auto answer = [](const Request& request) {
    return conditional(request, json_response(200, '"' + std::string(5000, 'x') + '"'), "v1");
  };
  router.add({Method::get,
              "/made",
              {},
              Policy::public_,
              answer,
              Load::automatic,
              false,
              [answer, &memory](const Glance& glance) -> MemoryAnswer {
                if (!memory.on) return {};
                ++memory.given;
                const auto request = request_of(glance);
                auto response = answer(request);
                if (glance.gzips) {
                  auto zipping = request;
                  zipping.headers.emplace_back("accept-encoding", "gzip");
                  compress(zipping, response);
                }
                return {nullptr, std::nullopt, std::move(response)};
              }});
}

void add_in_turn(Router& router, Gate& gate, ToyServer::Turns& turns) {
  router.add({Method::get,
              "/in-turn/{name}",
              {},
              Policy::public_,
              [&](const Request& request) {
                const auto& name = *request.param("name");
                if (name == "wait") gate.pass();
                const std::lock_guard lock(turns.mutex);
                turns.names.push_back(name);
                return json_response(200, "{}");
              },
              Load::automatic,
              true});
}

Response stream(ToyServer::Streams& streams) {
  Response response;
  response.content_type = "text/event-stream";
  response.body = "retry: 100\n\n";
  response.stream = std::make_shared<EventStream>(streams.most);
  const std::lock_guard lock(streams.mutex);
  streams.all.push_back(response.stream);
  streams.changed.notify_all();
  return response;
}

void add_begun(Router& router, ToyServer::Begun& begun) {
  router.add({.method = Method::post,
              .pattern = "/begun",
              .aliases = {},
              .policy = Policy::public_,
              .handler = [](const Request&) { return json_response(201, "{}"); },
              .begin =
                  [&begun](const Request&, Resume resume) {
                    const std::lock_guard lock(begun.mutex);
                    begun.all.push_back(std::move(resume));
                    begun.changed.notify_all();
                  }});
}

Router make_router(Gate& gate, ToyServer::Remembering& memory, ToyServer::Streams& streams,
                   ToyServer::Begun& begun, ToyServer::Turns& turns) {
  Router router;
  const auto add = [&](Method method, const char* pattern, Handler handler) {
    router.add({method, pattern, {}, Policy::public_, std::move(handler)});
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
      [](const Request& r) { return conditional(r, json_response(200, "{}"), "v1"); });
  add(Method::get, "/cached", [](const Request&) {
    return std::move(json_response(200, "{}").header("Cache-Control", "public, max-age=1"));
  });
  add(Method::get, "/gate", [&gate](const Request&) {
    gate.pass();
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
    const auto id = Body::parse(r).id("user_id");
    if (!id) throw Error(ErrorCode::invalid_argument, "user_id is required");
    return json_response(201, std::to_string(*id));
  });
  add(Method::post, "/optional", [](const Request& r) {
    Body::parse(r);
    return json_response(201, "{}");
  });
  add(Method::post, "/none", [](const Request&) { return no_content(); });
  add_ready(router, memory);
  add_made(router, memory);
  add_begun(router, begun);
  add_in_turn(router, gate, turns);
  router.add({Method::get,
              "/health",
              {},
              Policy::public_,
              [](const Request&) { return json_response(200, "{}"); },
              Load::health});
  router.add({Method::post,
              "/upload",
              {},
              Policy::public_,
              [](const Request&) { return json_response(201, "{}"); },
              Load::upload});
  return router;
}

ServerOptions options_for(const std::function<void(ServerOptions&)>& adjust) {
  ServerOptions options;
  options.port = 0;
  options.threads = 4;
  options.access_log = false;
  options.handler_time = std::chrono::seconds{20};
  if (adjust) adjust(options);
  return options;
}

}  // namespace

ToyServer::ToyServer(const std::function<void(ServerOptions&)>& adjust, Authenticator authenticate)
    : router(make_router(gate, memory, streams, begun, turns)),
      server(options_for(adjust), router, std::move(authenticate)) {
  log::setup({log::Level::off, log::Format::text});
  server.start();
}

ToyServer::~ToyServer() {
  gate.open();
  server.stop();
}

Answer ToyServer::get(std::string_view path, std::string_view fields) {
  auto answer = client().get(path, fields);
  if (!answer) throw std::runtime_error("no answer to GET " + std::string(path));
  return *answer;
}

}  // namespace feedctl::test
