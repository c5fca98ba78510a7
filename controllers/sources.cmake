# The system libraries of each driver are named here, and included in that driver's source alone.
pkg_check_modules(BTRFSUTIL REQUIRED IMPORTED_TARGET libbtrfsutil)
town_library(controllers
  SOURCES
    drivers/btrfs_path.cpp
    drivers/memory.cpp
    drivers/memory_btrfs.cpp
    drivers/memory_podman.cpp
    drivers/memory_run.cpp
    drivers/memory_systemd.cpp
    drivers/memory_unit.cpp
    drivers/process.cpp
    drivers/unit_name.cpp
  USES state
  LINKS
    PkgConfig::BTRFSUTIL
    PkgConfig::SDBUS
    fmt::fmt)
