#include "media/media.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.hpp"
#include "media/object_names.hpp"

namespace feedctl::media {

namespace {

Error malformed(std::string_view summary) {
  return Error(ErrorCode::internal, "a media summary is malformed")
      .with_detail(std::string(summary));
}

std::string_view take_word(std::string_view& rest, char delimiter) {
  const auto end = std::min(rest.find(delimiter), rest.size());
  const auto word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

template <typename Number>
Number parse_number(std::string_view text, std::string_view summary) {
  Number number{};
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) throw malformed(summary);
  return number;
}

State parse_state(std::string_view text, std::string_view summary) {
  const auto number = parse_number<int>(text, summary);
  if (number < 1 || number > 3) throw malformed(summary);
  return static_cast<State>(number);
}

// Of a thumbnail, which keeps the ratio of the image.
std::int64_t height_for(std::uint32_t width, const Image& image) {
  if (image.width == 0) return 0;
  const auto product = std::uint64_t{image.height} * width;
  return static_cast<std::int64_t>(
      std::max<std::uint64_t>(1, (product + image.width / 2) / image.width));
}

void append_thumbnails(json::Writer& writer, const Image& image) {
  writer.key("thumbnails").open_array();
  for (const auto width : image.thumbnails) {
    writer.open_object()
        .integer("width", width)
        .integer("height", height_for(width, image))
        .text("url", link_of(image.id, width))
        .close_object();
  }
  writer.close_array();
}

}  // namespace

std::string_view to_string(Kind kind) {
  return kind == Kind::avatar ? "avatar" : "post_image";
}

std::string_view to_string(State state) {
  switch (state) {
    case State::processing:
      return "processing";
    case State::ready:
      return "ready";
    case State::failed:
      return "failed";
  }
  return "";
}

Image parse_summary(std::string_view summary) {
  std::array<std::string_view, 6> words;
  if (summary.empty() || summary.back() == ' ') throw malformed(summary);
  auto rest = summary;
  for (auto& word : words) {
    word = take_word(rest, ' ');
    if (word.empty()) throw malformed(summary);
  }
  if (!rest.empty()) throw malformed(summary);
  Image image;
  image.id = parse_number<Id>(words[0], summary);
  image.state = parse_state(words[1], summary);
  image.width = parse_number<std::uint32_t>(words[2], summary);
  image.height = parse_number<std::uint32_t>(words[3], summary);
  if (words[4] != "-") image.thumbnails = parse_widths(words[4]);
  if (words[5] != "-") image.blurhash = words[5];
  return image;
}

std::string link_of(Id media) {
  return "/v1/media/" + std::to_string(media);
}

std::string link_of(Id media, std::uint32_t width) {
  return link_of(media) + '/' + std::to_string(width);
}

void append_json(json::Writer& writer, const Image& image) {
  writer.open_object()
      .integer("id", image.id)
      .text("state", to_string(image.state))
      .text("url", link_of(image.id))
      .integer("width", image.width)
      .integer("height", image.height);
  if (image.blurhash.empty())
    writer.null("blurhash");
  else
    writer.text("blurhash", image.blurhash);
  append_thumbnails(writer, image);
  writer.close_object();
}

void append_avatar(json::Writer& writer, std::string_view key, std::optional<Id> avatar) {
  if (avatar)
    writer.text(key, link_of(*avatar));
  else
    writer.null(key);
}

}  // namespace feedctl::media
