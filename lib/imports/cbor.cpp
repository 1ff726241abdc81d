#include "imports/cbor.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/utf8.hpp"

namespace feedctl::imports::cbor {
namespace {

constexpr std::uint64_t cid_tag = 42;

struct Head {
  unsigned major = 0;
  unsigned info = 0;
  std::uint64_t value = 0;
};

// RFC 7049 section 3.9: shorter keys first, then by their bytes.
bool is_ordered(std::string_view before, std::string_view after) {
  return before.size() != after.size() ? before.size() < after.size() : before < after;
}

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  std::optional<Value> run() {
    auto value = take_value(0);
    return rest_.empty() ? std::move(value) : std::nullopt;
  }

 private:
  std::optional<std::uint64_t> take_number(std::size_t size) {
    if (rest_.size() < size) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8 | static_cast<unsigned char>(rest_[i]);
    rest_.remove_prefix(size);
    return value;
  }

  // The shortest form only, except of floats, whose bits are no number here.
  std::optional<Head> take_head() {
    const auto first = take_number(1);
    if (!first) return std::nullopt;
    Head head{static_cast<unsigned>(*first >> 5), static_cast<unsigned>(*first & 31), 0};
    if (head.info < 24) {
      head.value = head.info;
      return head;
    }
    if (head.info > 27) return std::nullopt;
    const auto size = std::size_t{1} << (head.info - 24);
    const auto value = take_number(size);
    if (!value) return std::nullopt;
    head.value = *value;
    const auto least = size == 1 ? 24 : std::uint64_t{1} << (size * 4);
    if (head.major != 7 && head.value < least) return std::nullopt;
    return head;
  }

  std::optional<std::string_view> take_bytes(std::uint64_t size) {
    if (size > rest_.size()) return std::nullopt;
    const auto bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  std::optional<std::string> take_text(std::uint64_t size) {
    const auto bytes = take_bytes(size);
    if (!bytes || !utf8_length(*bytes)) return std::nullopt;
    return std::string(*bytes);
  }

  std::optional<Value> take_value(int depth) {
    if (depth > max_depth || ++values_ > max_values) return std::nullopt;
    const auto head = take_head();
    if (!head) return std::nullopt;
    switch (head->major) {
      case 0:
      case 1:
        return to_integer(*head);
      case 2:
        return wrap(take_bytes(head->value), [](auto bytes) { return Bytes{std::string(bytes)}; });
      case 3:
        return wrap(take_text(head->value), [](auto text) { return text; });
      case 4:
        return take_array(head->value, depth);
      case 5:
        return take_map(head->value, depth);
      case 6:
        return take_link(head->value);
      default:
        return to_simple(*head);
    }
  }

  template <typename Found, typename Make>
  static std::optional<Value> wrap(std::optional<Found> found, Make make) {
    if (!found) return std::nullopt;
    return Value{Value::Data{make(std::move(*found))}};
  }

  static std::optional<Value> to_integer(const Head& head) {
    if (head.value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return std::nullopt;
    const auto value = static_cast<std::int64_t>(head.value);
    return Value{head.major == 0 ? value : -1 - value};
  }

  static std::optional<Value> to_simple(const Head& head) {
    if (head.info == 20 || head.info == 21) return Value{head.info == 21};
    if (head.info == 22) return Value{nullptr};
    if (head.info != 27) return std::nullopt;
    const auto real = std::bit_cast<double>(head.value);
    if (!std::isfinite(real)) return std::nullopt;
    return Value{real};
  }

  std::optional<Value> take_link(std::uint64_t tag) {
    const auto head = take_head();
    if (tag != cid_tag || !head || head->major != 2) return std::nullopt;
    auto bytes = take_bytes(head->value);
    if (!bytes || bytes->empty() || bytes->front() != '\0') return std::nullopt;
    bytes->remove_prefix(1);
    const auto cid = take_cid(*bytes);
    if (!cid || !bytes->empty()) return std::nullopt;
    return Value{*cid};
  }

  // Each element takes a byte or more.
  std::optional<Value> take_array(std::uint64_t size, int depth) {
    if (size > rest_.size()) return std::nullopt;
    Array array;
    array.reserve(std::min<std::size_t>(size, 16));
    for (; size > 0; --size) {
      auto item = take_value(depth + 1);
      if (!item) return std::nullopt;
      array.push_back(std::move(*item));
    }
    return Value{std::move(array)};
  }

  std::optional<Value> take_map(std::uint64_t size, int depth) {
    if (size > rest_.size() / 2) return std::nullopt;
    Map map;
    map.reserve(std::min<std::size_t>(size, 16));
    for (; size > 0; --size) {
      const auto head = take_head();
      if (!head || head->major != 3) return std::nullopt;
      auto key = take_text(head->value);
      if (!key || (!map.empty() && !is_ordered(map.back().first, *key))) return std::nullopt;
      auto value = take_value(depth + 1);
      if (!value) return std::nullopt;
      map.emplace_back(std::move(*key), std::move(*value));
    }
    return Value{std::move(map)};
  }

  std::string_view rest_;
  std::size_t values_ = 0;
};

}  // namespace

const Value* Value::find(std::string_view key) const {
  const auto* members = map();
  if (!members) return nullptr;
  const auto at = std::find_if(members->begin(), members->end(),
                               [&](const auto& member) { return member.first == key; });
  return at == members->end() ? nullptr : &at->second;
}

std::optional<Value> decode(std::string_view bytes) {
  return Decoder(bytes).run();
}

}  // namespace feedctl::imports::cbor
