#include <fmt/format.h>

#include <limits>

#include "engine/package/names.h"
#include "engine/package/parse.h"
#include "engine/package/rules.h"
#include "engine/template/template.h"

namespace town::package {
namespace {

constexpr auto kMostId = std::numeric_limits<std::uint32_t>::max();

/// Calls `use` with a section for each named entry of the mapping `key`, bad names reported.
void each_named(Section& top, std::string_view key, Reading& reading,
                const std::function<void(const std::string& name, Section& section)>& use) {
  top.each(key, [&](const yaml::Node& name, const yaml::Node& value, const std::string& path) {
    if (auto fault = check_volume_name(name.scalar); !fault.empty())
      reading.fault(path, std::move(fault), name.line);
    Section section(&value, path, reading, name.line);
    use(name.scalar, section);
    section.finish();
  });
}

VolumeDeclaration parse_volume(Section& section) {
  VolumeDeclaration volume;
  volume.mountpoint = section.required("mountpoint", "say where in the container it is mounted");
  volume.quota = section.text("quota");
  volume.archive = section.text("archive");
  volume.git = section.text("git");
  volume.uid = section.number("uid", kMostId);
  volume.gid = section.number("gid", kMostId);
  volume.shareable = section.flag("shareable", false);
  volume.exported = section.flag("exported", false);
  return volume;
}

/// Archives take no markers, so their rules are applied here.
void parse_archives(Section& top, Definition& definition, Reading& reading) {
  top.each_item("archives", [&](const yaml::Node& item, const std::string& path) {
    Section section(&item, path, reading, item.line);
    const auto text = [&](std::string_view key, std::string_view what, Rule rule) {
      std::string value = section.required(key, what);
      if (!value.empty())
        if (auto fault = rule(value); !fault.empty()) section.fault(key, std::move(fault));
      return value;
    };
    ArchiveDeclaration archive;
    archive.image = text("image", "name the image to take files from", check_image);
    archive.directory = text("directory", "say which directory of the image", check_absolute);
    archive.volume = text("volume", "name the volume to fill", check_filled);
    section.finish();
    definition.archives.push_back(std::move(archive));
  });
}

void parse_git_sources(Section& top, Definition& definition, Reading& reading) {
  top.each_item("git_sources", [&](const yaml::Node& item, const std::string& path) {
    Section section(&item, path, reading, item.line);
    GitSourceDeclaration source;
    source.url = section.required("url", "give the URL of a git repository");
    source.branch = section.text("branch");
    source.volume = section.required("volume", "name the volume to fill");
    section.finish();
    definition.git_sources.push_back(std::move(source));
  });
}

/// The source must be one of Go's text/template (9).
void check_content(Section& section, const std::string& name, const std::string& content) {
  try {
    tmpl::Template::parse(name, content);
  } catch (const tmpl::TemplateError& error) {
    section.fault("content", fmt::format("is no template: {}", error.what()));
  }
}

TemplateDeclaration parse_template(const std::string& name, Section& section) {
  TemplateDeclaration file;
  file.volume = section.required("volume", "name the volume that the file goes into");
  file.path = section.required("path", "say where in the volume the file goes");
  file.content = section.required("content", "write the file's template");
  if (!file.content.empty()) check_content(section, name, file.content);
  return file;
}

AttachDeclaration parse_attach(Section& section) {
  AttachDeclaration attach;
  attach.volume = section.required("volume", "name <repository>/<package>/<volume>");
  attach.subpath = section.text("subpath");
  attach.path = section.required("path", "say where in the container it is mounted");
  attach.readonly = section.flag("readonly", false);
  attach.uid = section.number("uid", kMostId);
  attach.gid = section.number("gid", kMostId);
  return attach;
}

}  // namespace

void parse_storage(Section& top, Definition& definition, Reading& reading) {
  each_named(top, "volumes", reading, [&](const std::string& name, Section& section) {
    definition.volumes.emplace(name, parse_volume(section));
  });
  each_named(top, "templates", reading, [&](const std::string& name, Section& section) {
    definition.templates.emplace(name, parse_template(name, section));
  });
  each_named(top, "attach", reading, [&](const std::string& name, Section& section) {
    definition.attach.emplace(name, parse_attach(section));
  });
  if (is_plain_vm(definition)) return;
  parse_archives(top, definition, reading);
  parse_git_sources(top, definition, reading);
}

}  // namespace town::package
