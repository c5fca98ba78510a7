// Files out of an image, through a container that is made for it and never run (package format
// 3.6). For the seeds driver only; any thread.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace town {

/// Runs `read` on a thread of its own, with a descriptor from which the contents of `directory`
/// (absolute) come as a tar, and returns when both are through. The image is in local storage
/// already. `container` is the name of the container: what an earlier try left of it is removed
/// first, and it is gone afterwards. Throws what `read` throws; Error{remote} with reason
/// DirectoryMissing or CopyFailed; Error{unavailable} with reason TimedOut (30 min at most, 5 min
/// without any movement) or Stopped.
void copy_from_image(const std::string& reference, const std::string& directory,
                     const std::string& container, const std::function<void(int source)>& read,
                     const std::stop_token& stop);

/// Removes containers of copies that were broken off, by name; starts no process where there are
/// none.
void remove_copies(const std::vector<std::string>& containers, const std::stop_token& stop);

}  // namespace town
