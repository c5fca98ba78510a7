// Names of container images (package format 3.1 and 7). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace town::package {

/// Whether every character may stand in an image reference: a letter, digit or `@`, then also
/// `. _ : / -`. Empty is not valid.
bool valid_image(std::string_view reference);

/// The full form: registry, path, and `:latest` where neither tag nor digest is given. Empty stays
/// empty; `localhost/…` is podman's registry of local images and stays, too.
std::string normalize_image(std::string_view reference);

/// Whether the reference may mean another image tomorrow: no tag, or one of the `latest` family
/// (`latest`, `rc.latest`, `release.latest`, also with `-x86_64` or `-aarch64`), and no digest.
bool is_floating(std::string_view reference);

}  // namespace town::package
