// feedctl image-processor: the helper process that images::ImageProcessor starts.
#include "images/image_processor.hpp"

#include "base/error.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/commands.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

CommandFn image_processor(Spec& spec) {
  spec.about(
      "Decodes and encodes images for `feedctl serve` and `feedctl work`, which start it "
      "themselves.");
  spec.see_also({"serve", "work"});
  return [](Runtime& /*runtime*/) {
    if (!images::is_helper_socket(images::helper_socket)) {
      throw Error(ErrorCode::usage,
                  "only `feedctl serve` and `feedctl work` may start this process")
          .with_hint("run `feedctl serve`; it processes images by itself");
    }
    return images::run_image_processor(images::helper_socket);
  };
}

}  // namespace feedctl::cli
