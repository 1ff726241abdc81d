#include "carrier.hpp"

#include <signal.h>

#include <algorithm>
#include <sstream>
#include <thread>

#include "base/error.hpp"
#include "base/time.hpp"
#include "bus/amqp_connection.hpp"
#include "localstack/folder.hpp"
#include "localstack/redis.hpp"
#include "support/catch.hpp"
#include "support/rabbitmq.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::test {
namespace {

using std::chrono::milliseconds;

bool ends_anew(localstack::Supervisor& supervisor, const std::string& service,
               const std::function<bool()>& answers) {
  const auto old = supervisor.pid(service);
  ::kill(old, SIGKILL);
  return eventually(
             [&] { return supervisor.pid(service) > 0 && supervisor.pid(service) != old; }) &&
         eventually(answers, std::chrono::seconds{60});
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

class RedisCarrier : public Carrier {
 public:
  RedisCarrier() : redis_({folder_.path(), sockets(), false, 16}) { redis_.start(supervisor_); }

  using Carrier::connect;
  std::unique_ptr<bus::Bus> connect(const bus::Timing& timing, const bus::Limits& limits,
                                    const cache::Tenancy& tenancy) override {
    return bus::make_redis_bus(redis_.url(), timing, limits, tenancy);
  }
  void forget_owner() override { cli({"DEL", "feedctl:installation"}); }
  std::string names() override { return cli({"KEYS", "*"}); }
  void wipe() override { REQUIRE(cli({"FLUSHALL"}) == "OK\n"); }
  void crash() override {
    REQUIRE(ends_anew(supervisor_, "redis-server", [&] { return cli({"PING"}) == "PONG\n"; }));
  }
  void freeze() override { ::kill(supervisor_.pid("redis-server"), SIGSTOP); }
  void thaw() override { ::kill(supervisor_.pid("redis-server"), SIGCONT); }
  bool is_empty(int slot) override {
    const auto stream = "feedctl:events:" + std::to_string(slot);
    return cli({"XLEN", stream}) == "0\n" && cli({"XPENDING", stream, "work"}).rfind("0\n", 0) == 0;
  }
  std::vector<std::string> dead() override {
    // Id, "body" and the body, a line each.
    const auto lines = lines_of(cli({"XRANGE", "feedctl:events:dead", "-", "+"}));
    Bodies out;
    for (std::size_t i = 2; i < lines.size(); i += 3) out.push_back(lines[i]);
    return sorted(std::move(out));
  }
  bool keeps_over_a_crash() const override { return false; }  // it keeps nothing on disk here

 private:
  std::filesystem::path sockets() {
    std::filesystem::create_directories(folder_.path() / "log");
    return localstack::make_socket_folder(folder_.path(), localstack::server_account());
  }
  std::string cli(const std::vector<std::string>& words) {
    localstack::Command command;
    command.argv = {"redis-cli", "-s", redis_.socket()};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    return localstack::run(std::move(command), milliseconds{5000}).output;
  }

  support::TempFolder folder_;
  localstack::Redis redis_;
  localstack::Supervisor supervisor_;
};

class RabbitmqCarrier : public Carrier {
 public:
  explicit RabbitmqCarrier(const support::RabbitmqServer& server) : server_(server) {}

  using Carrier::connect;
  std::unique_ptr<bus::Bus> connect(const bus::Timing& timing, const bus::Limits& limits,
                                    const cache::Tenancy& tenancy) override {
    return bus::make_rabbitmq_bus(server_.server.url(), timing, limits, tenancy);
  }
  void forget_owner() override {
    control(
        {"eval",
         "rabbit_exchange:delete({resource, <<\"/\">>, exchange, <<\"feedctl.installation\">>}, "
         "false, <<\"test\">>)."});
  }
  std::string names() override {
    return control({"list_queues", "name", "--no-table-headers"}) +
           control({"list_exchanges", "name", "--no-table-headers"});
  }
  void wipe() override {
    const auto done = control({"eval",
                               "[rabbit_amqqueue:delete(Q, false, false, <<\"test\">>) || Q "
                               "<- rabbit_amqqueue:list()], "
                               "[rabbit_exchange:delete({resource, <<\"/\">>, exchange, X}, false, "
                               "<<\"test\">>) || X <- [<<\"feedctl.events\">>, "
                               "<<\"feedctl.dead\">>]], ok."});
    INFO(done);
    REQUIRE(done.find("ok") != std::string::npos);
    forget_owner();
  }
  void crash() override {
    REQUIRE(ends_anew(server_.supervisor, localstack::Rabbitmq::service,
                      [&] { return server_.server.answers(); }));
  }
  void freeze() override { ::kill(pid(), SIGSTOP); }
  void thaw() override { ::kill(pid(), SIGCONT); }
  bool is_empty(int slot) override {
    const auto line = "feedctl.events." + std::to_string(slot) + "\t0\n";
    return control({"list_queues", "name", "messages", "--no-table-headers"}).find(line) !=
           std::string::npos;
  }
  std::vector<std::string> dead() override {
    bus::AmqpConnection amqp(bus::parse_amqp_url(server_.server.url()),
                             Deadline::after(std::chrono::seconds{5}), "test");
    amqp.subscribe("feedctl.dead", "test");
    Bodies out;
    while (auto arrival = amqp.next(Deadline::after(milliseconds{500}))) {
      out.push_back(std::move(arrival->body));
    }
    return sorted(std::move(out));
  }
  bool keeps_over_a_crash() const override { return true; }

 private:
  pid_t pid() const { return server_.supervisor.pid(localstack::Rabbitmq::service); }
  std::string control(const std::vector<std::string>& words) {
    return server_.server.control(words).output;
  }

  const support::RabbitmqServer& server_;
};

}  // namespace

bus::Timing Carrier::timing() {
  bus::Timing timing;
  timing.timeout = milliseconds{2000};
  timing.backoff = milliseconds{200};
  return timing;
}

void each_carrier(const std::function<void(Carrier&)>& body) {
  SECTION("redis") {
    static RedisCarrier redis;
    redis.wipe();
    body(redis);
  }
  SECTION("rabbitmq") {
    const auto* server = support::rabbitmq();
    if (server == nullptr) {
      WARN("skipped: no rabbitmq-server is installed");
      return;
    }
    static RabbitmqCarrier rabbitmq(*server);
    rabbitmq.wipe();
    body(rabbitmq);
  }
}

std::vector<bus::Message> collect(bus::Bus& bus, const std::vector<int>& slots, std::size_t enough,
                                  milliseconds patience) {
  const auto deadline = Deadline::after(patience);
  std::vector<bus::Message> out;
  while (out.size() < enough && !deadline.over()) {
    try {
      for (auto& message : bus.receive(slots, std::min(deadline.left(), milliseconds{500}))) {
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

bool eventually(const std::function<bool()>& condition, milliseconds within) {
  const auto deadline = Deadline::after(within);
  while (!condition()) {
    if (deadline.over()) return false;
    std::this_thread::sleep_for(milliseconds{50});
  }
  return true;
}

}  // namespace feedctl::test
