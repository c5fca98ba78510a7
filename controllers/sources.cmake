# The system libraries of each driver are named here, and included in that driver's source alone.
pkg_check_modules(BTRFSUTIL REQUIRED IMPORTED_TARGET libbtrfsutil)
town_library(controllers
  SOURCES
    drivers/beneath.cpp
    drivers/btrfs.cpp
    drivers/btrfs_path.cpp
    drivers/btrfs_qgroups.cpp
    drivers/btrfs_subvolumes.cpp
    drivers/directory_watch.cpp
    drivers/memory.cpp
    drivers/memory_btrfs.cpp
    drivers/memory_podman.cpp
    drivers/memory_run.cpp
    drivers/memory_systemd.cpp
    drivers/memory_unit.cpp
    drivers/podman.cpp
    drivers/podman_files.cpp
    drivers/podman_pull.cpp
    drivers/process.cpp
    drivers/small_file.cpp
    drivers/sockets.cpp
    drivers/system_error.cpp
    drivers/systemd.cpp
    drivers/systemd_bus.cpp
    drivers/unit_details.cpp
    drivers/unit_files.cpp
    drivers/unit_name.cpp
  USES state
  LINKS
    PkgConfig::BTRFSUTIL
    PkgConfig::SDBUS
    fmt::fmt)
