// What the text of each sort of field must look like (package format 3). A rule answers with the
// fault as a sentence, or with nothing. The same rules judge the raw text and, after substitution,
// the result. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace town::package {

/// Empty: the text is fine.
using Verdict = std::string;
using Rule = Verdict (*)(std::string_view text);

/// Any text without control characters: it becomes part of a process's start, where a line end
/// would begin something new.
Verdict check_line(std::string_view text);

/// Anything at all: file contents, and answers handed on to a dependency, which judges them.
Verdict check_nothing(std::string_view text);

/// As check_line, and not empty.
Verdict check_filled(std::string_view text);

/// Characters of an image reference (3.1).
Verdict check_image(std::string_view text);

/// An absolute path without "..".
Verdict check_absolute(std::string_view text);

/// check_absolute, and fit to mount at: not "/" itself, and no ":" which ends a path in a volume
/// argument of podman.
Verdict check_mountpoint(std::string_view text);

/// A path below something: relative, no "..".
Verdict check_relative(std::string_view text);

/// check_relative, and the last part may be a file's name (9).
Verdict check_file_path(std::string_view text);

/// check_relative without empty and "." parts, or nothing (3.11).
Verdict check_subpath(std::string_view text);

/// A size, or none (8).
Verdict check_size(std::string_view text);

/// check_size, and not so little that it comes to no megabyte at all (14.2); none is the default.
Verdict check_memory(std::string_view text);

/// A bare file name that no program reads as an option.
Verdict check_file_name(std::string_view text);

/// http, https, ssh, git or file, with a host (optional for file), neither user nor host read as
/// an option by git or ssh.
Verdict check_git_url(std::string_view text);

/// A branch name that git does not read as an option, or none.
Verdict check_branch(std::string_view text);

/// A host port or a port's name.
Verdict check_port_key(std::string_view text);

/// 1 to 65535.
Verdict check_port(std::string_view text);

/// Letter-digit-hyphen labels.
Verdict check_domain(std::string_view text);

/// An http(s) URL, or the bare name of a file in the vm-images store.
Verdict check_vm_image(std::string_view text);

/// A volume's name.
Verdict check_volume_name(std::string_view text);

/// `<repo>/<package>/<volume>`, and not one of a dependency (3.11).
Verdict check_shared_volume(std::string_view text);

/// One segment of a path, a unit name and a container name.
Verdict check_segment(std::string_view text);

/// check_segment, and none of the reserved names of packages (1.1).
Verdict check_package_name(std::string_view text);

/// A note's value for its type: url, phone, email, or anything (3.7).
Verdict check_url(std::string_view text);
Verdict check_phone(std::string_view text);
Verdict check_email(std::string_view text);

/// The same for texts that may be left out, by an optional question that stays blank too.
Verdict check_domain_if_any(std::string_view text);
Verdict check_file_name_if_any(std::string_view text);
Verdict check_git_url_if_any(std::string_view text);
Verdict check_shared_volume_if_any(std::string_view text);

/// What can be said of a text while markers in it are open: the rule for the raw text.
Rule open_rule(Rule rule);

}  // namespace town::package
