#include "loadtest/result_json.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "loadtest/json_members.hpp"
#include "loadtest/report_figures.hpp"

namespace feedctl::loadtest {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Each value of the parsed document takes some 80 bytes.
constexpr std::ptrdiff_t max_values = 8'000'000;
constexpr std::size_t max_operations = 256;
constexpr std::size_t max_texts = 1000;
constexpr std::size_t max_server_values = 256;
constexpr std::int64_t max_ms = std::int64_t{366} * 24 * 3600 * 1000;
constexpr std::int64_t max_second = max_ms / 1000;
constexpr std::int64_t max_small = 1'000'000'000;
// Of threads, connections and generators: a merge adds those of its files as int.
constexpr std::int64_t max_parts = 1'000'000;

std::int64_t to_integer(std::uint64_t value) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(value, JsonMembers::max_integer));
}

// -- write

void write_texts(json::Writer& w, std::string_view name, const std::vector<std::string>& texts) {
  w.key(name).open_array();
  for (const auto& text : texts) w.text(text);
  w.close_array();
}

void write_outcomes(json::Writer& w, const OutcomeCounts& outcomes) {
  w.key("outcomes").open_object();
  for (std::size_t i = 0; i < outcome_count; ++i) {
    if (outcomes[i] > 0) w.integer(name_of(static_cast<Outcome>(i)), to_integer(outcomes[i]));
  }
  w.close_object();
}

void write_histogram(json::Writer& w, std::string_view name, const LatencyHistogram& histogram) {
  w.key(name).open_object();
  w.key("sum_us").real(histogram.sum_us());
  w.key("buckets").open_array();
  for (const auto& [bucket, count] : histogram.buckets())
    w.open_array().integer(bucket).integer(to_integer(count)).close_array();
  w.close_array().close_object();
}

// For scripts: read_json() derives it again.
void write_summary(json::Writer& w, const OperationResult& operation, const LoadResult& result) {
  const auto& latency = latency_of(operation, result);
  w.key("summary").open_object();
  w.integer("requests", to_integer(request_count(operation)));
  w.integer("answers", to_integer(latency.count()));
  w.integer("errors", to_integer(error_count(operation)));
  w.key("rate").real(ok_rate(operation, result));
  w.key("error_rate").real(error_rate(operation));
  w.key("mean_us").real(latency.count() == 0 ? 0 : latency.mean_us());
  w.integer("min_us", latency.min().count());
  w.integer("p50_us", latency.percentile(0.5).count());
  w.integer("p90_us", latency.percentile(0.9).count());
  w.integer("p99_us", latency.percentile(0.99).count());
  w.integer("p99_9_us", latency.percentile(0.999).count());
  w.integer("p99_99_us", latency.percentile(0.9999).count());
  w.integer("max_us", latency.max().count());
  w.close_object();
}

void write_operation(json::Writer& w, const OperationResult& operation, const LoadResult& result) {
  w.open_object().text("name", operation.name);
  write_summary(w, operation, result);
  write_outcomes(w, operation.outcomes);
  write_histogram(w, "latency", operation.latency);
  write_histogram(w, "service_time", operation.service_time);
  w.close_object();
}

void write_interval(json::Writer& w, const Interval& interval) {
  w.open_object().integer("second", interval.second);
  w.key("planned_rate").real(interval.planned_rate);
  w.integer("answers", to_integer(interval.answers));
  w.integer("errors", to_integer(interval.errors));
  w.integer("in_flight", interval.in_flight);
  w.integer("p50_us", interval.p50.count()).integer("p90_us", interval.p90.count());
  w.integer("p99_us", interval.p99.count()).integer("max_us", interval.max.count());
  write_outcomes(w, interval.outcomes);
  w.close_object();
}

void write_run(json::Writer& w, const LoadResult& result) {
  w.text("url", result.url).text("mix", result.mix).text("model", result.model);
  w.text("started_at", rfc3339(result.started_at));
  w.integer("duration_ms", result.duration.count());
  w.integer("warm_up_ms", result.warm_up.count());
  w.integer("threads", result.threads).integer("connections", result.connections);
  w.integer("generators", result.generators);
  w.key("cpu_seconds").real(result.cpu_seconds);
  w.integer("skipped_arrivals", to_integer(result.skipped_arrivals));
  w.boolean("was_interrupted", result.was_interrupted);
  w.key("labels").open_object();
  for (const auto& [name, value] : result.labels) w.text(name, value);
  w.close_object();
  write_texts(w, "notes", result.notes);
  write_texts(w, "findings", result.findings);
}

void write_slos(json::Writer& w, const std::vector<SloResult>& slos) {
  w.key("slos").open_array();
  for (const auto& slo : slos) {
    w.open_object().text("text", slo.text);
    w.key("measured").real(slo.measured);
    w.boolean("is_met", slo.is_met).close_object();
  }
  w.close_array();
}

void write_server(json::Writer& w, const std::vector<ServerSample>& samples) {
  w.key("server").open_array();
  for (const auto& sample : samples) {
    w.open_object().integer("second", sample.second).key("values").open_object();
    for (const auto& [name, value] : sample.values) {
      if (std::isfinite(value)) w.key(name).real(value);
    }
    w.close_object().close_object();
  }
  w.close_array();
}

// -- read

void check_size(std::string_view text, const std::string& source) {
  if (text.size() > max_result_bytes)
    JsonMembers::fail_at(source, "", "has more than 64 MiB, which no result has");
  if (std::count(text.begin(), text.end(), ',') > max_values)
    JsonMembers::fail_at(source, "", "has more than 8,000,000 values, which no result has");
}

json::Value parse_document(std::string_view text, const std::string& source) {
  check_size(text, source);
  try {
    return json::parse(text);
  } catch (const Error& error) {
    JsonMembers::fail_at(source, "", "is no JSON: " + error.hint());
  }
}

void check_version(const JsonMembers& document) {
  if (document.find("feedctl_loadtest") == nullptr)
    document.fail("feedctl_loadtest", "is missing: it is not the result of a load test");
  const auto version = document.integer("feedctl_loadtest");
  if (version != result_version) {
    document.fail("feedctl_loadtest", "is " + std::to_string(version) +
                                          ", but this feedctl reads version " +
                                          std::to_string(result_version));
  }
}

std::vector<std::string> read_texts(const JsonMembers& document, std::string_view name) {
  std::vector<std::string> texts;
  document.each(name, max_texts, [&](const json::Value& item, const std::string&) {
    if (item.text() == nullptr) document.fail(name, "must have texts only");
    texts.push_back(*item.text());
  });
  return texts;
}

OutcomeCounts read_outcomes(const JsonMembers& owner) {
  OutcomeCounts counts{};
  const auto object = owner.object("outcomes");
  for (const auto& [name, value] : object.members()) {
    std::size_t at = 0;
    while (at < outcome_count && name_of(static_cast<Outcome>(at)) != name) ++at;
    if (at == outcome_count)
      owner.fail("outcomes", "has an outcome that this feedctl does not know");
    counts[at] = object.integer(name);
  }
  return counts;
}

LatencyHistogram read_histogram(const JsonMembers& owner, std::string_view name) {
  constexpr std::size_t max_buckets = 1'000'000;
  const auto object = owner.object(name);
  LatencyHistogram::Buckets buckets;
  std::uint64_t count = 0;
  object.each("buckets", max_buckets, [&](const json::Value& item, const std::string&) {
    const auto* pair = item.array();
    if (pair == nullptr || pair->size() != 2) object.fail("buckets", "must have pairs only");
    const auto bucket = integer_of((*pair)[0], max_small);
    const auto values = integer_of((*pair)[1]);
    if (!bucket || !values || *values == 0)
      object.fail("buckets", "must have pairs of a bucket's number and a count above 0");
    count += *values;
    if (count > static_cast<std::uint64_t>(JsonMembers::max_integer))
      object.fail("buckets", "counts more values than a run can have");
    buckets.emplace_back(static_cast<std::uint32_t>(*bucket), *values);
  });
  try {
    return LatencyHistogram::from_buckets(buckets, object.real("sum_us"));
  } catch (const Error& error) {
    if (error.hint().empty()) owner.fail(name, std::string("is wrong: ") + error.what());
    throw;
  }
}

OperationResult read_operation(const JsonMembers& item) {
  OperationResult operation;
  operation.name = item.text("name");
  operation.outcomes = read_outcomes(item);
  operation.latency = read_histogram(item, "latency");
  operation.service_time = read_histogram(item, "service_time");
  return operation;
}

Interval read_interval(const JsonMembers& item) {
  const auto latency = [&](std::string_view name) {
    return microseconds{item.integer(name, LatencyHistogram::max_latency.count() * 2)};
  };
  Interval interval;
  interval.second = static_cast<std::uint32_t>(item.integer("second", max_second));
  interval.planned_rate = item.real("planned_rate");
  interval.answers = item.integer("answers");
  interval.errors = item.integer("errors");
  interval.in_flight = static_cast<std::uint32_t>(item.integer("in_flight", max_small));
  interval.p50 = latency("p50_us");
  interval.p90 = latency("p90_us");
  interval.p99 = latency("p99_us");
  interval.max = latency("max_us");
  interval.outcomes = read_outcomes(item);
  return interval;
}

ServerSample read_sample(const JsonMembers& item) {
  ServerSample sample;
  sample.second = static_cast<std::uint32_t>(item.integer("second", max_second));
  const auto values = item.object("values");
  if (values.members().size() > max_server_values)
    item.fail("values", "has more than " + std::to_string(max_server_values) + " members");
  for (const auto& [name, value] : values.members()) sample.values[name] = values.signed_real(name);
  return sample;
}

// Reports draw them from left to right.
template <typename Item>
void check_order(const JsonMembers& document, std::string_view name,
                 const std::vector<Item>& items) {
  const auto unordered =
      std::adjacent_find(items.begin(), items.end(),
                         [](const Item& a, const Item& b) { return a.second >= b.second; });
  if (unordered != items.end()) document.fail(name, "must be in the order of their seconds");
}

void read_run(const JsonMembers& document, LoadResult& result) {
  result.feedctl_version = document.text("feedctl_version");
  result.url = document.text("url");
  result.mix = document.text("mix");
  result.model = document.text("model");
  if (result.model != "open" && result.model != "closed")
    document.fail("model", "must be open or closed");
  const auto started_at = parse_rfc3339(document.text("started_at"));
  if (!started_at) document.fail("started_at", "must be a time such as 2026-01-31T12:00:00Z");
  result.started_at = *started_at;
  result.duration = milliseconds{document.integer("duration_ms", max_ms)};
  result.warm_up = milliseconds{document.integer("warm_up_ms", max_ms)};
  result.threads = static_cast<int>(document.integer("threads", max_parts));
  result.connections = static_cast<int>(document.integer("connections", max_parts));
  result.generators = static_cast<int>(document.integer("generators", max_parts));
  result.cpu_seconds = document.real("cpu_seconds");
  result.skipped_arrivals = document.integer("skipped_arrivals");
  result.was_interrupted = document.flag("was_interrupted");
  const auto labels = document.object("labels");
  for (const auto& [name, value] : labels.members()) result.labels[name] = labels.text(name);
  result.notes = read_texts(document, "notes");
  result.findings = read_texts(document, "findings");
}

}  // namespace

std::string write_json(const LoadResult& result) {
  std::string out;
  json::Writer w(out);
  w.open_object().integer("feedctl_loadtest", result_version);
  w.text("feedctl_version", result.feedctl_version);
  write_run(w, result);
  write_slos(w, result.slos);
  write_summary(w, total(result), result);
  w.key("operations").open_array();
  for (const auto& operation : result.operations) write_operation(w, operation, result);
  w.close_array().key("intervals").open_array();
  for (const auto& interval : result.intervals) write_interval(w, interval);
  w.close_array();
  write_server(w, result.server);
  w.close_object();
  return out + "\n";
}

LoadResult read_json(std::string_view text, const std::string& source) {
  const auto value = parse_document(text, source);
  const JsonMembers document(value, "", source);
  check_version(document);
  LoadResult result;
  read_run(document, result);
  document.each_object("slos", max_texts, [&](const JsonMembers& item) {
    result.slos.push_back({item.text("text"), item.real_or_null("measured"), item.flag("is_met")});
  });
  document.each_object("operations", max_operations, [&](const JsonMembers& item) {
    result.operations.push_back(read_operation(item));
  });
  document.each_object("intervals", max_second, [&](const JsonMembers& item) {
    result.intervals.push_back(read_interval(item));
  });
  document.each_object("server", max_second, [&](const JsonMembers& item) {
    result.server.push_back(read_sample(item));
  });
  check_order(document, "intervals", result.intervals);
  check_order(document, "server", result.server);
  return result;
}

}  // namespace feedctl::loadtest
