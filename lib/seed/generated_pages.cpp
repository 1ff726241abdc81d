#include "seed/generated_pages.hpp"

#include "base/json_writer.hpp"
#include "seed/random.hpp"
#include "seed/text_generator.hpp"
#include "sql/seed.hpp"

namespace feedctl::seed {

namespace {

constexpr std::uint64_t page_stream = 4ULL << 40;

std::string video_payload(const Shape& shape, std::size_t number, const Language& language,
                          Random& random) {
  const auto name = "s" + std::to_string(shape.seed) + "-" + std::to_string(number);
  const bool has_subtitles = random.uniform() < 0.8;
  const auto subtitles =
      "https://media.example.org/subtitles/" + name + "." + std::string(language.code) + ".vtt";
  std::string out;
  json::Writer(out)
      .open_object()
      .text("file_url", "https://media.example.org/videos/" + name + ".mp4")
      .text("subtitles_url", has_subtitles ? subtitles : "")
      .close_object();
  return out;
}

std::string audio_payload(const Language& language, Random& random) {
  std::string out;
  json::Writer(out)
      .open_object()
      .text("text", generate_sentences(random, language, 2 + random.uniform_below(6)))
      .close_object();
  return out;
}

GeneratedPages::Content make_content(const Shape& shape, std::size_t number,
                                     const Language& language, Time at, Random& random) {
  const bool is_video = random.uniform() < 0.5;
  auto payload =
      is_video ? video_payload(shape, number, language, random) : audio_payload(language, random);
  const auto counter = static_cast<std::int64_t>(random.pareto(1.1, 100'000));
  return {is_video ? "video" : "audio", generate_title(random, language), std::move(payload),
          counter, at};
}

void add_page(GeneratedPages& all, const Shape& shape) {
  const auto number = all.pages.size();
  Random random(shape.seed, page_stream + number);
  const auto& language = languages()[random.uniform_below(languages().size())];
  constexpr std::chrono::microseconds period = std::chrono::days{30};
  const Time at =
      shape.now - period +
      period * static_cast<std::int64_t>(number) / static_cast<std::int64_t>(shape.pages);
  all.pages.push_back({generate_title(random, language), at});
  const auto earlier = all.contents.size();
  const auto contents = 1 + random.uniform_below(6);
  for (std::size_t position = 0; position < contents; ++position) {
    const bool is_shared = position == 0 && earlier > 0 && random.uniform() < 0.2;
    if (!is_shared)
      all.contents.push_back(make_content(shape, all.contents.size(), language, at, random));
    const auto content = is_shared ? random.uniform_below(earlier) : all.contents.size() - 1;
    all.links.push_back({number, content, position});
  }
}

}  // namespace

GeneratedPages generate_pages(const Shape& shape) {
  GeneratedPages all;
  while (all.pages.size() < shape.pages) add_page(all, shape);
  return all;
}

void insert_pages(store::WriteTx& tx, const GeneratedPages& all) {
  using Numbers = std::vector<std::int64_t>;
  using Texts = std::vector<std::string>;
  if (all.pages.empty()) return;
  Texts titles, types, content_titles, payloads;
  Numbers times, counters, content_times, pages, contents, positions;
  for (const auto& page : all.pages) {
    titles.push_back(page.title);
    times.push_back(unix_us(page.at));
  }
  for (const auto& content : all.contents) {
    types.push_back(content.type);
    content_titles.push_back(content.title);
    counters.push_back(content.counter);
    payloads.push_back(content.payload);
    content_times.push_back(unix_us(content.at));
  }
  for (const auto& link : all.links) {
    pages.push_back(static_cast<std::int64_t>(link.page + 1));
    contents.push_back(static_cast<std::int64_t>(link.content + 1));
    positions.push_back(static_cast<std::int64_t>(link.position));
  }
  tx.query(sql::seed::generated_pages,
           store::params(titles, times, types, content_titles, counters, payloads, content_times,
                         pages, contents, positions));
}

}  // namespace feedctl::seed
