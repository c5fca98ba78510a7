pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)

town_library(api
  SOURCES
    accounts.cpp
    audit.cpp
    cors.cpp
    dispatcher.cpp
    fields.cpp
    http.cpp
    listing.cpp
    logs.cpp
    password.cpp
    pool.cpp
    problem.cpp
    server.cpp
    sessions.cpp
    sse.cpp
    token.cpp
  USES
    state
    engine
  LINKS
    PkgConfig::HTTPLIB
    fmt::fmt
    PkgConfig::JWT
    PkgConfig::SODIUM)

# A command of townctl that works on this machine, without the daemon. The one part of the programs
# that drives disks, so it stands alone.
add_library(town_host_init OBJECT api/cmd/host_init.cpp)
target_link_libraries(town_host_init PUBLIC
  town_api town_controllers town_engine town_state CLI11::CLI11 fmt::fmt)
