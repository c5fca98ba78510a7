// Names and paths that stand for a package on the box (package format 13). They are made here and
// never parsed back: parts may hold the hyphen that joins them. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace town::package {

/// Repositories, packages and versions become parts of file names that hold several of them.
inline constexpr std::size_t kLongestSegment = 128;

/// Whether the text may be one segment of a path, a unit name and a container name at once: a
/// letter or digit, then also `. _ -`, at most 128 bytes. Never "." or "..", never with a slash.
bool valid_segment(std::string_view text);

/// systemd's limit for the name of a unit (UNIT_NAME_MAX, without its end).
inline constexpr std::size_t kLongestUnitName = 255;

/// Repository names are segments.
bool valid_repo_name(std::string_view text);

/// Package names are segments, except the reserved ones: "subpackages" and any with "--dep--".
bool valid_package_name(std::string_view text);

/// `^[a-zA-Z0-9][a-zA-Z0-9._-]*$`, at most 255 bytes. Templates follow the same rule.
bool valid_volume_name(std::string_view text);

/// `^[a-zA-Z0-9][a-zA-Z0-9_]*$`, at most 255 bytes.
bool valid_question_name(std::string_view text);

/// `^[a-zA-Z_][a-zA-Z0-9_]*$`
bool valid_environment_name(std::string_view text);

/// `^[a-zA-Z][a-zA-Z0-9_]*$`, at most 255 bytes: the semantic name of a port.
bool valid_port_name(std::string_view text);

/// `[A-Za-z0-9_]+`, at most 63 bytes: a host alias, and part of variable names.
bool valid_dependency_key(std::string_view text);

/// Letter-digit-hyphen labels of at most 63 bytes, 253 together.
bool valid_domain(std::string_view text);

/// `<name>--dep--<key>`: the effective name of a dependency of the package with effective `name`.
std::string dependency_name(std::string_view name, std::string_view key);

/// `town-os-package--<repo>-<name>-<version>.service`; `name` is the effective name, here and
/// below.
std::string unit_name(std::string_view repo, std::string_view name, std::string_view version);

/// The unit's name without `.service`.
std::string container_name(std::string_view repo, std::string_view name, std::string_view version);

/// `town-os-net--<repo>-<name>-<version>`
std::string network_name(std::string_view repo, std::string_view name, std::string_view version);

/// `<effective name>.<repo>.<tld>`
std::string dns_name(std::string_view repo, std::string_view name, std::string_view tld);

/// Where a package's volumes lie below its repository: the name, and for a dependency
/// `<parent>/subpackages/<key>`, once per level. `keys` leads from the root package down.
std::string storage_path(std::string_view root_name, const std::vector<std::string>& keys = {});

/// `installed/<repo>/<storage path>/<version>/<volume>`, below the data root.
std::string installed_path(std::string_view repo, std::string_view storage,
                           std::string_view version, std::string_view volume);

/// `uninstalled/<repo>/<storage path>/<version>/<volume>`: where data waits after an uninstall.
std::string uninstalled_path(std::string_view repo, std::string_view storage,
                             std::string_view version, std::string_view volume);

}  // namespace town::package
