pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)

town_library(api
  SOURCES
    accounts.cpp
    audit.cpp
    await.cpp
    client.cpp
    connection.cpp
    connections.cpp
    cors.cpp
    dispatcher.cpp
    fields.cpp
    files.cpp
    home.cpp
    home_check.cpp
    home_plan.cpp
    home_text.cpp
    http.cpp
    installed.cpp
    listing.cpp
    locales.cpp
    logs.cpp
    packages.cpp
    password.cpp
    pool.cpp
    plan_words.cpp
    preview.cpp
    problem.cpp
    progress.cpp
    resource_json.cpp
    routes/account.cpp
    routes/common.cpp
    routes/home.cpp
    routes/installed.cpp
    routes/packages.cpp
    routes/pages.cpp
    routes/repository.cpp
    routes/resources.cpp
    routes/routes.cpp
    routes/status.cpp
    routes/storage.cpp
    routes/system.cpp
    routes/systemd.cpp
    server.cpp
    sessions.cpp
    sse.cpp
    token.cpp
    yaml_text.cpp
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

# The two programs: wiring only.
add_executable(townd
  api/cmd/daemon.cpp
  api/cmd/lock.cpp
  api/cmd/machine.cpp
  api/cmd/options.cpp
  api/cmd/townd.cpp)
target_link_libraries(townd PRIVATE
  town_api town_controllers town_engine town_state town_options
  CLI11::CLI11 spdlog::spdlog PkgConfig::SYSTEMD town_malloc)

add_executable(townctl
  api/cmd/townctl.cpp
  api/cmd/townctl_completion.cpp
  api/cmd/townctl_home.cpp
  api/cmd/townctl_login.cpp
  api/cmd/townctl_logs.cpp
  api/cmd/townctl_output.cpp
  api/cmd/townctl_package.cpp
  api/cmd/townctl_package_words.cpp
  api/cmd/townctl_packages.cpp
  api/cmd/townctl_resources.cpp
  api/cmd/townctl_storage.cpp
  api/cmd/townctl_template.cpp)
target_link_libraries(townctl PRIVATE
  town_host_init town_api town_engine town_state town_options CLI11::CLI11)

# Run by every unit before its container: small, and it loads no library that it does not need.
add_executable(town-volume-check api/cmd/volume_check.cpp)
target_link_options(town-volume-check PRIVATE -Wl,--as-needed)
target_link_libraries(town-volume-check PRIVATE town_controllers town_state town_options)
add_dependencies(townd town-volume-check)  # townd looks for it beside itself

install(TARGETS townd townctl town-volume-check RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES api/cmd/townd.service DESTINATION lib/systemd/system)
