find_package(doctest REQUIRED)
include(doctest)

# One program for all unit tests; CTest sees each case.
add_executable(unit_tests
  tests/unit/main.cpp
  tests/unit/controllers/drivers/disk_test.cpp
  tests/unit/controllers/drivers/journal_test.cpp
  tests/unit/controllers/drivers/beneath_test.cpp
  tests/unit/controllers/drivers/directory_watch_test.cpp
  tests/unit/controllers/drivers/memory_test.cpp
  tests/unit/controllers/drivers/memory_unit_test.cpp
  tests/unit/controllers/drivers/podman_files_test.cpp
  tests/unit/controllers/drivers/podman_pull_test.cpp
  tests/unit/controllers/drivers/process_test.cpp
  tests/unit/controllers/drivers/small_file_test.cpp
  tests/unit/controllers/drivers/sockets_test.cpp
  tests/unit/controllers/drivers/unit_name_test.cpp
  tests/unit/controllers/drivers/unpack_test.cpp)
target_sources(unit_tests PRIVATE
  tests/faults/anything_test.cpp
  tests/faults/converge_test.cpp
  tests/unit/box.cpp
  tests/unit/controllers/disk_keeper_test.cpp
  tests/unit/controllers/disk_plan_test.cpp
  tests/unit/controllers/networks_plan_test.cpp
  tests/unit/controllers/units_plan_test.cpp
  tests/unit/controllers/volume_check_test.cpp
  tests/unit/controllers/volumes_story_test.cpp
  tests/unit/controllers/volumes_plan_test.cpp
  tests/unit/engine/attach_test.cpp
  tests/unit/engine/commands_test.cpp
  tests/unit/engine/data_test.cpp
  tests/unit/engine/engine_test.cpp
  tests/unit/engine/files_test.cpp
  tests/unit/engine/members_test.cpp
  tests/unit/engine/links_test.cpp
  tests/unit/engine/queue_test.cpp
  tests/unit/engine/seeds_test.cpp)
target_sources(unit_tests PRIVATE
  tests/unit/state/clock_test.cpp
  tests/unit/state/digest_test.cpp
  tests/unit/state/document_test.cpp
  tests/unit/state/error_test.cpp
  tests/unit/state/event_test.cpp
  tests/unit/state/graph_test.cpp
  tests/unit/state/guarded_test.cpp
  tests/unit/state/intent_test.cpp
  tests/unit/state/key_test.cpp
  tests/unit/state/secret_test.cpp
  tests/unit/state/snapshot_map_test.cpp
  tests/unit/state/spec_test.cpp
  tests/unit/state/status_test.cpp
  tests/unit/state/store_open_test.cpp
  tests/unit/state/store_report_test.cpp
  tests/unit/state/store_test.cpp
  tests/unit/state/store_watch_test.cpp
  tests/unit/state/store_write_test.cpp)
target_sources(unit_tests PRIVATE
  tests/unit/engine/git/checkout_test.cpp
  tests/unit/engine/git/fixture.cpp
  tests/unit/engine/git/git_test.cpp
  tests/unit/engine/git/url_test.cpp
  tests/unit/engine/repositories/catalog_test.cpp
  tests/unit/engine/repositories/import_test.cpp
  tests/unit/engine/repositories/offers_test.cpp
  tests/unit/engine/repositories/repositories_test.cpp
  tests/unit/engine/repositories/schedule_test.cpp)
target_sources(unit_tests PRIVATE
  tests/fuzz/package_input.cpp
  tests/fuzz/text_input.cpp
  tests/unit/engine/package/answers_test.cpp
  tests/unit/engine/package/collisions_test.cpp
  tests/unit/engine/package/compile_test.cpp
  tests/unit/engine/package/contract_answers_test.cpp
  tests/unit/engine/package/contract_faults_test.cpp
  tests/unit/engine/package/contract_more_faults_test.cpp
  tests/unit/engine/package/contract_hostile_test.cpp
  tests/unit/engine/package/contract_values_test.cpp
  tests/unit/engine/package/contract_vectors_test.cpp
  tests/unit/fuzz_test.cpp
  tests/unit/engine/package/definition_test.cpp
  tests/unit/engine/package/dependencies_test.cpp
  tests/unit/engine/package/describe_json_test.cpp
  tests/unit/engine/package/golden_test.cpp
  tests/unit/engine/package/image_reference_test.cpp
  tests/unit/engine/package/mask_test.cpp
  tests/unit/engine/package/names_test.cpp
  tests/unit/engine/package/questions_test.cpp
  tests/unit/engine/package/random_test.cpp
  tests/unit/engine/package/resolve_parts_test.cpp
  tests/unit/engine/package/resolve_test.cpp
  tests/unit/engine/package/size_test.cpp
  tests/unit/engine/package/storage_test.cpp
  tests/unit/engine/package/substitute_test.cpp
  tests/unit/engine/package/tree_test.cpp
  tests/unit/engine/package/version_test.cpp
  tests/unit/engine/yaml_test.cpp)
target_sources(unit_tests PRIVATE
  tests/fuzz/template_input.cpp
  tests/unit/engine/template/compare_test.cpp
  tests/unit/engine/template/control_test.cpp
  tests/unit/engine/template/corpus_test.cpp
  tests/unit/engine/template/data_test.cpp
  tests/unit/engine/template/definition_test.cpp
  tests/unit/engine/template/escape_test.cpp
  tests/unit/engine/template/format_test.cpp
  tests/unit/engine/template/limits_test.cpp
  tests/unit/engine/template/literal_test.cpp
  tests/unit/engine/template/lookup_test.cpp
  tests/unit/engine/template/pipeline_test.cpp
  tests/unit/engine/template/rewrite_test.cpp
  tests/unit/engine/template/text_test.cpp)
target_sources(unit_tests PRIVATE
  tests/unit/api/accounts_test.cpp
  tests/unit/api/await_test.cpp
  tests/unit/api/cmd_test.cpp
  tests/unit/api/package_words_test.cpp
  tests/unit/api/connections_test.cpp
  tests/unit/api/cors_test.cpp
  tests/unit/api/dispatcher_test.cpp
  tests/unit/api/home_check_test.cpp
  tests/unit/api/home_test.cpp
  tests/unit/api/http_test.cpp
  tests/unit/api/listing_test.cpp
  tests/unit/api/logs_test.cpp
  tests/unit/api/package_routes_test.cpp
  tests/unit/api/plan_words_test.cpp
  tests/unit/api/pool_test.cpp
  tests/unit/api/problem_test.cpp
  tests/unit/api/resources_test.cpp
  tests/unit/api/routes_test.cpp
  tests/unit/api/server_test.cpp
  tests/unit/api/support.cpp
  tests/unit/api/system_test.cpp
  tests/unit/api/token_test.cpp
  tests/unit/engine/pages_test.cpp)
# Parts of the programs that tests look at: they are in no library.
target_sources(unit_tests PRIVATE api/cmd/machine.cpp api/cmd/options.cpp
  api/cmd/townctl_package_words.cpp)
target_link_libraries(unit_tests PRIVATE CLI11::CLI11)
# "tests/unit/…" for what tests share, in the same way as each library.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/include/tests)
file(CREATE_LINK ${CMAKE_SOURCE_DIR}/tests ${CMAKE_BINARY_DIR}/include/tests/tests SYMBOLIC)
target_include_directories(unit_tests PRIVATE ${CMAKE_BINARY_DIR}/include/tests)
target_link_libraries(unit_tests PRIVATE
  town_api town_engine town_controllers town_state town_options doctest::doctest spdlog::spdlog)
target_precompile_headers(unit_tests PRIVATE <doctest/doctest.h> <map> <memory> <string> <vector>
  <nlohmann/json.hpp>)
# Where golden files and corpora lie. For those alone that read them: all others compile to the same
# in a checkout elsewhere, which a compiler cache then has already.
set_source_files_properties(tests/unit/fuzz_test.cpp tests/unit/engine/package/golden_test.cpp
  tests/unit/engine/template/corpus_test.cpp
  PROPERTIES COMPILE_DEFINITIONS TOWN_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
# doctest's implementation must be the first thing its file sees.
set_source_files_properties(tests/unit/main.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
doctest_discover_tests(unit_tests)

# Programs that kill themselves, apart from the unit tests: what dies must be a process.
add_executable(fault_tests tests/faults/store_kill_test.cpp)
target_link_libraries(fault_tests PRIVATE town_state town_options doctest::doctest)
add_test(NAME fault_tests COMMAND fault_tests)

# One suite per driver interface: under CTest on the memory machine, and in the test host, with
# TOWN_CONTRACT_REAL, on the real drivers.
add_executable(contract_tests
  tests/contract/btrfs_test.cpp
  tests/contract/cost_test.cpp
  tests/contract/journal_test.cpp
  tests/contract/machine.cpp
  tests/contract/main.cpp
  tests/contract/podman_test.cpp
  tests/contract/seeds_test.cpp
  tests/contract/reserve_test.cpp
  tests/contract/systemd_test.cpp
  tests/contract/volume_mark_test.cpp)
target_link_libraries(contract_tests PRIVATE
  town_controllers town_state town_options doctest::doctest)
doctest_discover_tests(contract_tests)

# libFuzzer targets, with the preset "fuzz"; their corpora run as unit tests, too.
if(TOWN_FUZZ)
  # What the fuzzers reach, by a library of their own: a third of the whole, and clang with sanitizers
  # takes its time.
  get_target_property(FUZZED town_engine SOURCES)
  list(FILTER FUZZED INCLUDE REGEX "^engine/(package/|template/|utf8|yaml)")
  add_library(town_fuzzed STATIC ${FUZZED}
    controllers/drivers/memory_unit.cpp controllers/units/render.cpp
    controllers/units/volume_check.cpp state/digest.cpp state/error.cpp state/key.cpp)
  foreach(LIBRARY town_engine town_controllers town_state)
    target_include_directories(town_fuzzed PUBLIC
      $<TARGET_PROPERTY:${LIBRARY},INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
  target_link_libraries(town_fuzzed PUBLIC town_options nlohmann_json::nlohmann_json
    PRIVATE spdlog::spdlog fmt::fmt yaml-cpp PkgConfig::SODIUM)
  target_precompile_headers(town_fuzzed PRIVATE
    <algorithm> <functional> <map> <memory> <optional> <string> <vector> <nlohmann/json.hpp>)
  # town_fuzz(<name> <input function> SOURCES ... LINKS ...): the program <name>_fuzz, whose promise
  # is a function of tests/fuzz/<header>_input.h
  function(town_fuzz NAME HEADER INPUT)
    add_executable(${NAME}_fuzz tests/fuzz/fuzz.cpp tests/fuzz/${HEADER}_input.cpp)
    target_compile_definitions(${NAME}_fuzz PRIVATE
      TOWN_FUZZ_HEADER="tests/fuzz/${HEADER}_input.h" TOWN_FUZZ_INPUT=${INPUT})
    target_include_directories(${NAME}_fuzz PRIVATE ${CMAKE_BINARY_DIR}/include/tests)
    target_link_libraries(${NAME}_fuzz PRIVATE town_fuzzed)
    target_link_options(${NAME}_fuzz PRIVATE -fsanitize=fuzzer)
  endfunction()
  town_fuzz(package package town::package::try_package)
  town_fuzz(template template town::tmpl::try_template)
  town_fuzz(markers text town::fuzz::try_markers)
  town_fuzz(image text town::fuzz::try_image)
  town_fuzz(unit text town::fuzz::try_unit)
endif()
include(tests/bench/sources.cmake)

# The command line itself: two commands of one name, say, show only when it is put together.
add_test(NAME townctl_empty_option COMMAND townctl --server "" get package)
set_tests_properties(townctl_empty_option PROPERTIES PASS_REGULAR_EXPRESSION "must not be empty")
add_test(NAME townctl_nobody_there COMMAND townctl --server http://127.0.0.1:1 get package)
set_tests_properties(townctl_nobody_there PROPERTIES PASS_REGULAR_EXPRESSION "systemctl status townd")
foreach(COMMAND apply diff get describe logs events package repo volume host store login export template completion)
  add_test(NAME townctl_help_${COMMAND} COMMAND townctl ${COMMAND} --help)
endforeach()
