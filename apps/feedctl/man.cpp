// feedctl man: pages of the manual, for packages.
#include <filesystem>
#include <fstream>

#include "base/closest_match.hpp"
#include "base/error.hpp"
#include "feedctl/man/pages.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

namespace fs = std::filesystem;

void write_page(const fs::path& path, const std::string& text) {
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (failed || !out) {
    throw Error(ErrorCode::failed, path.string() + " cannot be written")
        .with_hint("--folder names a folder that you may write to");
  }
}

const ManPage& find_page(const std::vector<ManPage>& pages, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& page : pages) {
    if (page.name == name || page.file_name() == name) return page;
    names.push_back(page.name);
  }
  Error error(ErrorCode::usage, "there is no page \"" + name + "\"");
  const auto near = closest_match(name, names);
  std::move(error).with_hint(near.empty() ? "pages are named like feedctl-migrate-up"
                                          : "did you mean " + near + "?");
  throw error;
}

}  // namespace

CommandFn man(Spec& spec) {
  struct Options {
    std::string folder, page = "feedctl";
  };
  auto options = std::make_shared<Options>();
  spec.value("--folder", "FOLDER", "write all pages there, below man1 and man5", &options->folder);
  spec.argument("PAGE", "print this page, such as feedctl-migrate-up", &options->page);
  spec.example("read a page without installing it", "feedctl man feedctl-seed | man -l -");
  return [options](Runtime& runtime) {
    const auto pages = man_pages();
    if (options->folder.empty()) {
      runtime.print(find_page(pages, options->page).text);
      return exit_ok;
    }
    for (const auto& page : pages)
      write_page(fs::path(options->folder) / ("man" + page.section) / page.file_name(), page.text);
    return exit_ok;
  };
}

}  // namespace feedctl::cli
