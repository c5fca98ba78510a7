// File templates on this machine: render one. No daemon, no network, nothing written.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "api/cmd/townctl.h"
#include "api/cmd/townctl_output.h"
#include "engine/template/data.h"
#include "engine/template/template.h"

namespace town::ctl {
namespace {

namespace fs = std::filesystem;

/// The most that a template or its data may have: as much as a package file.
constexpr std::size_t kMaxFile = 10U << 20U;

struct TemplateOptions {
  std::string data;
  std::string file;
};

std::string read_bounded(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) throw Exit(kRefused, printable(path) + " is a directory");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Exit(kRefused, "cannot read " + printable(path) + ": " + std::strerror(errno));
  std::string text(kMaxFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad() || text.size() > kMaxFile)
    throw Exit(kRefused, printable(path) + " cannot be read whole: 10 MiB are the most");
  return text;
}

std::string render(const TemplateOptions& options) {
  const auto source = read_bounded(options.file);
  const auto json = read_bounded(options.data);
  try {
    const auto data = tmpl::make_data(tmpl::data_from_json(json));
    return tmpl::Template::parse(fs::path(options.file).filename(), source).render(data);
  } catch (const tmpl::TemplateError& error) {
    throw Exit(kRefused, printable(error.what()));
  } catch (const Error& error) {
    throw Exit(kRefused, printable(options.data + ": " + error.what()));
  }
}

/// Nothing but the rendered bytes, and nothing at all where it fails.
void write(const std::string& text) {
  std::cout.write(text.data(), static_cast<std::streamsize>(text.size())).flush();
  if (!std::cout) throw Exit(kRefused, "the rendered text could not be written");
}

}  // namespace

void add_template(CLI::App& app) {
  auto options = std::make_shared<TemplateOptions>();
  auto* group = app.add_subcommand("template", "file templates of packages, on this machine");
  group->require_subcommand(1);
  group->fallthrough();
  auto* command = group->add_subcommand("render", "what a template prints for given data");
  command->add_option("file", options->file, "the template")->required();
  command
      ->add_option("--data", options->data,
                   "JSON with Responses, Package, System and, if wanted, Dep")
      ->required();
  command->callback([options] { write(render(*options)); });
}

}  // namespace town::ctl
