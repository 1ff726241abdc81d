#include "bus_server.hpp"

#include <signal.h>

#include <algorithm>
#include <sstream>
#include <thread>

#include "base/error.hpp"
#include "base/time.hpp"
#include "bus/amqp_connection.hpp"
#include "bus/rabbitmq_bus.hpp"
#include "bus/redis_bus.hpp"
#include "dev_servers/data_dir.hpp"
#include "dev_servers/redis.hpp"
#include "support/catch.hpp"
#include "support/rabbitmq.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::test {
namespace {

using std::chrono::milliseconds;

bool kill_and_wait_until_ready(dev_servers::Supervisor& supervisor, const std::string& service,
                               const std::function<bool()>& answers) {
  const auto old = supervisor.pid(service);
  ::kill(old, SIGKILL);
  return eventually(
             [&] { return supervisor.pid(service) > 0 && supervisor.pid(service) != old; }) &&
         eventually(std::chrono::seconds{120}, answers);
}

Bodies sorted(Bodies bodies) {
  std::sort(bodies.begin(), bodies.end());
  return bodies;
}

Bodies lines_of(const std::string& text) {
  Bodies out;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

class RedisBusServer : public BusServer {
 public:
  RedisBusServer() : redis_({folder_.path(), sockets(), false, 16}) { redis_.start(supervisor_); }

  using BusServer::connect;
  std::unique_ptr<bus::Bus> connect(const bus::Timing& timing, const bus::Limits& limits,
                                    const redis::Tenancy& tenancy) override {
    return bus::make_redis_bus(redis_.url(), timing, limits, tenancy);
  }
  void forget_owner() override { cli({"DEL", "feedctl:installation"}); }
  std::string names() override { return cli({"KEYS", "*"}); }
  void delete_everything() override { REQUIRE(cli({"FLUSHALL"}) == "OK\n"); }
  void crash() override {
    REQUIRE(kill_and_wait_until_ready(supervisor_, "redis-server",
                                      [&] { return cli({"PING"}) == "PONG\n"; }));
  }
  void freeze() override { ::kill(supervisor_.pid("redis-server"), SIGSTOP); }
  void resume() override { ::kill(supervisor_.pid("redis-server"), SIGCONT); }
  bool is_empty(int slot) override {
    const auto stream = "feedctl:events:" + std::to_string(slot);
    return cli({"XLEN", stream}) == "0\n" && cli({"XPENDING", stream, "work"}).rfind("0\n", 0) == 0;
  }
  std::vector<std::string> dead_letters() override {
    // Each entry is three lines: its id, "body" and the body.
    const auto lines = lines_of(cli({"XRANGE", "feedctl:events:dead", "-", "+"}));
    Bodies out;
    for (std::size_t i = 2; i < lines.size(); i += 3) out.push_back(lines[i]);
    return sorted(std::move(out));
  }
  bool is_durable() const override { return false; }  // this server stores nothing on disk

 private:
  std::filesystem::path sockets() {
    std::filesystem::create_directories(folder_.path() / "log");
    return dev_servers::make_socket_dir(folder_.path(), dev_servers::server_account());
  }
  std::string cli(const std::vector<std::string>& words) {
    dev_servers::Command command;
    command.argv = {"redis-cli", "-s", redis_.socket_path()};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    return dev_servers::run(std::move(command), milliseconds{5000}).output;
  }

  support::TempFolder folder_;
  dev_servers::Redis redis_;
  dev_servers::Supervisor supervisor_;
};

class RabbitmqBusServer : public BusServer {
 public:
  explicit RabbitmqBusServer(const support::RabbitmqServer& server) : server_(server) {}

  using BusServer::connect;
  std::unique_ptr<bus::Bus> connect(const bus::Timing& timing, const bus::Limits& limits,
                                    const redis::Tenancy& tenancy) override {
    return bus::make_rabbitmq_bus(server_.server.url(), timing, limits, tenancy);
  }
  void forget_owner() override {
    evaluate(
        "rabbit_exchange:delete({resource, <<\"/\">>, exchange, <<\"feedctl.installation\">>}, "
        "false, <<\"test\">>).");
  }
  std::string names() override {
    return evaluate(
        "Names = rabbit_amqqueue:list_names() ++ rabbit_exchange:list_names(), "
        "[io:format(\"~s~n\", [element(4, Name)]) || Name <- Names], ok.");
  }
  void delete_everything() override {
    const auto done = evaluate(
        "[rabbit_amqqueue:delete(Q, false, false, <<\"test\">>) || Q <- rabbit_amqqueue:list()], "
        "[rabbit_exchange:delete({resource, <<\"/\">>, exchange, X}, false, <<\"test\">>) || X <- "
        "[<<\"feedctl.events\">>, <<\"feedctl.dead\">>, <<\"feedctl.installation\">>]], ok.");
    INFO(done);
    REQUIRE(done.find("ok") != std::string::npos);
  }
  void crash() override {
    REQUIRE(kill_and_wait_until_ready(server_.supervisor, dev_servers::Rabbitmq::service_name,
                                      [&] { return server_.server.is_ready(); }));
  }
  void freeze() override { ::kill(pid(), SIGSTOP); }
  void resume() override { ::kill(pid(), SIGCONT); }
  bool is_empty(int slot) override {
    const auto line = "feedctl.events." + std::to_string(slot) + "\t0\n";
    const auto counts = evaluate(
        "[io:format(\"~s\\t~b~n\", [element(4, Name), Messages]) || [{name, Name}, {messages, "
        "Messages}] <- rabbit_amqqueue:info_all(<<\"/\">>, [name, messages])], ok.");
    return counts.find(line) != std::string::npos;
  }
  std::vector<std::string> dead_letters() override {
    bus::AmqpConnection amqp(bus::parse_amqp_url(server_.server.url()),
                             Deadline::after(std::chrono::seconds{60}), "test");
    amqp.subscribe("feedctl.dead", "test");
    Bodies out;
    while (auto arrival = amqp.next_delivery(Deadline::after(milliseconds{500}))) {
      out.push_back(std::move(arrival->body));
    }
    return sorted(std::move(out));
  }
  bool is_durable() const override { return true; }

 private:
  pid_t pid() const { return server_.supervisor.pid(dev_servers::Rabbitmq::service_name); }
  std::string evaluate(const std::string& expressions) {
    return server_.server.evaluate(expressions).output;
  }

  const support::RabbitmqServer& server_;
};

}  // namespace

bus::Timing BusServer::timing() {
  bus::Timing timing;
  timing.timeout = milliseconds{5000};
  timing.backoff = milliseconds{200};
  return timing;
}

void for_each_bus_server(const std::function<void(BusServer&)>& body) {
  SECTION("redis") {
    static RedisBusServer redis;
    redis.delete_everything();
    body(redis);
  }
  SECTION("rabbitmq") {
    const auto* server = support::rabbitmq();
    if (server == nullptr) {
      WARN("skipped: no rabbitmq-server is installed");
      return;
    }
    static RabbitmqBusServer rabbitmq(*server);
    rabbitmq.delete_everything();
    body(rabbitmq);
  }
}

std::vector<bus::Message> collect(bus::Bus& bus, const std::vector<int>& slots, std::size_t enough,
                                  milliseconds patience) {
  const auto deadline = Deadline::after(patience);
  std::vector<bus::Message> out;
  while (out.size() < enough && !deadline.is_expired()) {
    try {
      for (auto& message : bus.receive(slots, std::min(deadline.remaining(), milliseconds{500}))) {
        out.push_back(std::move(message));
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable) throw;
    }
  }
  return out;
}

Bodies bodies(const std::vector<bus::Message>& messages) {
  Bodies out;
  for (const auto& message : messages) out.push_back(message.body);
  return sorted(std::move(out));
}

}  // namespace feedctl::test
