#include "images/blurhash.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace feedctl::images {

namespace {

using Color = std::array<double, 3>;  // linear light, 0 to 1

double to_linear(double value) {
  const auto v = value / 255;
  return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
}

int to_srgb(double value) {
  const auto v = std::clamp(value, 0.0, 1.0);
  const auto encoded = v <= 0.0031308 ? v * 12.92 : 1.055 * std::pow(v, 1 / 2.4) - 0.055;
  return static_cast<int>(encoded * 255 + 0.5);
}

Color color_at(const Bitmap& image, std::uint32_t x, std::uint32_t y) {
  const auto* pixel = image.row(y) + std::size_t{x} * image.channels;
  const double alpha = image.has_alpha() ? pixel[3] / 255.0 : 1;
  Color color{};
  for (std::size_t c = 0; c < 3; ++c) color[c] = to_linear(pixel[c] * alpha + 255 * (1 - alpha));
  return color;
}

Color component(const std::vector<Color>& pixels, const Bitmap& image, std::uint32_t i,
                std::uint32_t j) {
  Color sum{};
  for (std::uint32_t y = 0; y < image.height; ++y) {
    for (std::uint32_t x = 0; x < image.width; ++x) {
      const double basis = std::cos(std::numbers::pi * i * x / image.width) *
                           std::cos(std::numbers::pi * j * y / image.height);
      for (std::size_t c = 0; c < 3; ++c)
        sum[c] += basis * pixels[std::size_t{y} * image.width + x][c];
    }
  }
  const double scale = (i == 0 && j == 0 ? 1.0 : 2.0) / static_cast<double>(pixels.size());
  for (auto& value : sum) value *= scale;
  return sum;
}

void append_base83(std::string& out, int value, int digits) {
  int divisor = 1;
  for (int i = 1; i < digits; ++i) divisor *= 83;
  for (; digits > 0; --digits, divisor /= 83)
    out += blurhash_alphabet[static_cast<std::size_t>(value / divisor % 83)];
}

int encode_average(const Color& color) {
  return (to_srgb(color[0]) << 16) + (to_srgb(color[1]) << 8) + to_srgb(color[2]);
}

int quantize(double value, double max) {
  const auto v = value / max;
  const auto root = std::copysign(std::sqrt(std::abs(v)), v);
  return static_cast<int>(std::clamp(std::floor(root * 9 + 9.5), 0.0, 18.0));
}

int encode_detail(const Color& color, double max) {
  return quantize(color[0], max) * 19 * 19 + quantize(color[1], max) * 19 + quantize(color[2], max);
}

std::string encode(const std::vector<Color>& components, std::uint32_t columns,
                   std::uint32_t rows) {
  std::string out;
  append_base83(out, static_cast<int>(columns - 1 + (rows - 1) * 9), 1);
  double largest = 0;
  for (std::size_t i = 1; i < components.size(); ++i) {
    for (const double value : components[i]) largest = std::max(largest, std::abs(value));
  }
  const int level = static_cast<int>(std::clamp(std::floor(largest * 166 - 0.5), 0.0, 82.0));
  const bool has_details = components.size() > 1;
  append_base83(out, has_details ? level : 0, 1);
  append_base83(out, encode_average(components[0]), 4);
  for (std::size_t i = 1; i < components.size(); ++i)
    append_base83(out, encode_detail(components[i], (level + 1) / 166.0), 2);
  return out;
}

}  // namespace

std::string blurhash(const Bitmap& image) {
  const auto columns = std::min(4U, image.width);
  const auto rows = std::min(3U, image.height);
  std::vector<Color> pixels;
  for (std::uint32_t y = 0; y < image.height; ++y) {
    for (std::uint32_t x = 0; x < image.width; ++x) pixels.push_back(color_at(image, x, y));
  }
  std::vector<Color> components;
  for (std::uint32_t j = 0; j < rows; ++j) {
    for (std::uint32_t i = 0; i < columns; ++i)
      components.push_back(component(pixels, image, i, j));
  }
  return encode(components, columns, rows);
}

}  // namespace feedctl::images
