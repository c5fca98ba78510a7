#include <algorithm>
#include <array>

#include "engine/admission/admission.h"
#include "engine/git/url.h"
#include "engine/package/image_reference.h"
#include "engine/package/names.h"

namespace town {
namespace {

constexpr std::size_t kLongest = 2048;

void check_directory(const std::string& directory, Diagnostics& faults) {
  const auto padded = directory + "/";
  const bool plain = directory.starts_with('/') && directory.size() <= kLongest &&
                     padded.find("/../") == std::string::npos &&
                     std::none_of(directory.begin(), directory.end(), [](unsigned char c) {
                       return c < 0x20 || c == 0x7f || c == ':';
                     });
  if (plain) return;
  faults.push_back({"image_directory",
                    "must be the absolute path of a folder in the image, such as "
                    "/usr/share/nginx/html",
                    0});
}

void check_git(PageSpec& page, Diagnostics& faults) {
  if (page.repo_url.empty()) {
    faults.push_back({"repo_url", "is required for a page from git", 0});
    return;
  }
  try {
    const auto url = parse_repository_url(page.repo_url);
    if (!url.username.empty() || !url.password.empty()) {
      faults.push_back({"repo_url", "is shown to everybody: leave user name and password out", 0});
    }
  } catch (const InvalidInput& error) {
    for (const auto& fault : error.faults()) faults.push_back({"repo_url", fault.message, 0});
  }
}

void check_image(PageSpec& page, Diagnostics& faults) {
  if (page.image.empty() || !package::valid_image(page.image)) {
    faults.push_back(
        {"image", "a container image is required, such as docker.io/library/nginx:latest", 0});
  }
  page.image = package::normalize_image(page.image);
  check_directory(page.image_directory, faults);
}

/// Everything that a page may be refused for, whichever way it came about.
void check(PageSpec& page, Diagnostics faults = {}) {
  static constexpr std::array kStatuses = {"pending", "active", "error"};
  if (page.source_type == "git") {
    check_git(page, faults);
  } else if (page.source_type == "container_image") {
    check_image(page, faults);
  } else if (page.source_type != "archive") {
    faults.push_back({"source_type",
                      "\"" + page.source_type + "\" is none of archive, container_image and git",
                      0});
  }
  if (!package::valid_domain(page.domain)) {
    faults.push_back({"domain",
                      "\"" + page.domain +
                          "\" is no domain: give letters, digits and hyphens, "
                          "with dots between",
                      0});
  }
  if (page.branch.empty() || page.branch.size() > 255 || page.branch.front() == '-' ||
      std::any_of(page.branch.begin(), page.branch.end(),
                  [](unsigned char c) { return c <= 0x20 || c == 0x7f; })) {
    faults.push_back({"branch", "\"" + page.branch + "\" is no name of a branch", 0});
  }
  if (std::find(kStatuses.begin(), kStatuses.end(), page.status) == kStatuses.end()) {
    faults.push_back({"status", "must be pending, active or error", 0});
  }
  if (!faults.empty()) throw InvalidInput("InvalidPage", std::move(faults));
}

const PageSpec& require_page(const Draft& draft, const std::string& name) {
  const auto* page = draft.find<PageSpec>({Kind::page, name});
  if (page == nullptr) {
    throw Error(Code::not_found, "PageNotFound", "there is no page called " + name);
  }
  return *page;
}

std::string or_else(const std::string& text, const std::string& otherwise) {
  return text.empty() ? otherwise : text;
}

/// "disk.qcow2" becomes "disk.raw": what virtual machines are started from is always raw.
std::string raw_name(const std::string& name) {
  const auto dot = name.rfind('.');
  return (dot == std::string::npos || dot == 0 ? name : name.substr(0, dot)) + ".raw";
}

}  // namespace

void admit(const CreatePage& request, Draft& draft) {
  Diagnostics faults;
  if (!package::valid_segment(request.name)) {
    faults.push_back({"name",
                      "\"" + request.name +
                          "\" cannot be the name of a page: use letters, digits, dots, hyphens "
                          "and underscores",
                      0});
  }
  PageSpec page;
  page.source_type = or_else(request.source_type, page.source_type);
  page.repo_url = request.repo_url;
  page.branch = or_else(request.branch, page.branch);
  page.domain = or_else(request.domain, request.name);
  page.image = request.image;
  page.image_directory = request.image_directory;
  page.created = page.updated = request.at;
  check(page, std::move(faults));
  const Key key{Kind::page, request.name};
  if (draft.find<PageSpec>(key)) {
    throw Error(Code::conflict, "PageExists", "there is already a page called " + request.name);
  }
  draft.say("create page " + request.name + " at " + page.domain);
  draft.about(key);
  draft.put(key, std::move(page));
}

void admit(const ChangePage& request, Draft& draft) {
  auto page = require_page(draft, request.name);
  const auto take = [](const std::optional<std::string>& wanted, std::string& text) {
    if (wanted) text = *wanted;
  };
  take(request.source_type, page.source_type);
  take(request.repo_url, page.repo_url);
  take(request.branch, page.branch);
  take(request.domain, page.domain);
  take(request.image, page.image);
  take(request.image_directory, page.image_directory);
  take(request.status, page.status);
  check(page);
  const Key key{Kind::page, request.name};
  draft.about(key);
  if (page == require_page(draft, request.name)) return;
  page.updated = request.at;
  draft.say("change page " + request.name);
  draft.put(key, std::move(page));
}

void admit(const RemovePage& request, Draft& draft) {
  require_page(draft, request.name);
  draft.say("remove page " + request.name);
  draft.about({Kind::page, request.name});
  draft.remove({Kind::page, request.name});
}

void admit(const AddVmImage& request, Draft& draft) {
  Diagnostics faults;
  if (!request.url.starts_with("http://") && !request.url.starts_with("https://")) {
    faults.push_back({"url", "must begin with http:// or https://", 0});
    throw InvalidInput("InvalidImage", std::move(faults));
  }
  const auto url = parse_repository_url(request.url);
  if (!url.username.empty() || !url.password.empty()) {
    faults.push_back({"url", "is shown to everybody: leave user name and password out", 0});
  }
  auto path = url.url_without_credentials;
  path = path.substr(0, path.find_first_of("?#"));
  const auto name = raw_name(or_else(request.name, path.substr(path.rfind('/') + 1)));
  if (!package::valid_segment(name)) {
    faults.push_back({"name", "\"" + name + "\" cannot be the name of a disk image", 0});
  }
  if (!faults.empty()) throw InvalidInput("InvalidImage", std::move(faults));
  const Key key{Kind::vm_image, name};
  draft.about(key);
  if (const auto* there = draft.find<VmImageSpec>(key); there && there->url == request.url) return;
  draft.say("download disk image " + name);
  draft.put(key, VmImageSpec{url.url_without_credentials});
}

void admit(const RemoveVmImage& request, Draft& draft) {
  const Key key{Kind::vm_image, request.name};
  if (!draft.find<VmImageSpec>(key)) {
    throw Error(Code::not_found, "ImageNotFound", "there is no disk image called " + request.name);
  }
  draft.say("remove disk image " + request.name);
  draft.about(key);
  draft.remove(key);
}

}  // namespace town
