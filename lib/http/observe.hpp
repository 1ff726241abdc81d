#pragma once
// What is counted and logged about requests. Thread-safe; children are looked up once a route,
// method and code.
#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "http/exchange.hpp"
#include "http/refusal.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::http {

class Observer {
 public:
  Observer(const Router& router, bool access_log);
  void access_log(bool on) { access_log_ = on; }

  bool logs() const;

  void finished(const Exchange& exchange);
  // A request that was answered from memory; the caller logs it.
  void remembered(const Route& route, Method method, int status, double seconds);
  // A request the front answered itself.
  void refused(const Request& request, int status, std::size_t body_bytes, const char* reason);
  void log(const Request& request, int status, std::size_t bytes, double seconds) const;
  // One of those that found no room at the pool.
  static void shed(Load load, const char* why);
  // An answer that went on, with all that went out; finished() has counted it when it began.
  void ended(const Exchange& exchange) const;
  void streams(int change) { streams_.add(change); }
  static void dropped_slow_stream();
  void connections(int change) { connections_.add(change); }
  void in_flight(int change) { in_flight_.add(change); }

 private:
  // One method of one route; a child for every code it has answered.
  class Timing {
   public:
    void observe(const std::string& route, Method method, int code, double seconds);

   private:
    std::array<std::atomic<metrics::Histogram*>, 128> by_code_{};
  };
  static constexpr std::size_t methods = 7;

  Timing& timing(const Route* route, Method method);

  const Router& router_;
  std::atomic<bool> access_log_;
  std::unique_ptr<Timing[]> timings_;  // a route and method; the last row is "none"
  metrics::Gauge& in_flight_;
  metrics::Gauge& connections_;
  metrics::Gauge& streams_;
};

// Why the front refuses with that status, as feedctl_http_rejected_total says it.
const char* reason_of(int status);

}  // namespace feedctl::http
