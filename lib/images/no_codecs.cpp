// The build without the image libraries.
#include "images/image_processor.hpp"

namespace feedctl::images {

bool ImageProcessor::is_available() {
  return false;
}

int run_image_processor(int /*socket*/) {
  return 1;
}

}  // namespace feedctl::images
