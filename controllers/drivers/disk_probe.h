// Bytes and sysfs entries of a block device, below what tools tell. For disk.cpp; any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace town {

/// Without blanks around it; empty where the file is not there or cannot be read.
std::string first_line(const std::filesystem::path& file);

/// What the kernel knows where lsblk, which asks udev, does not; of a loop device the path of the
/// file behind it. Empty where there is none.
std::string serial_in_sysfs(const std::string& disk);

/// The kernel's own word on whether anything holds a device or a part of it: mounts in other
/// namespaces, further disks of a file system, and whatever has no name in lsblk.
bool held(const std::string& device);

/// Whether the first and the last MiB are all zero.
bool empty_at_both_ends(const std::string& device, std::uint64_t size);

/// Makes them so; refused by the kernel while anything holds the device.
void wipe_both_ends(const std::string& device, std::uint64_t size);

}  // namespace town
