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
