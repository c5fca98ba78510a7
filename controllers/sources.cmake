# The system libraries of each driver are named here, and included in that driver's source alone.
pkg_check_modules(BTRFSUTIL QUIET IMPORTED_TARGET libbtrfsutil)
