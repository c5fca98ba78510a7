# The benchmark: little programs that measure pairs, and the script `run` that prints the table.
# Nothing here is built unless it is asked for: cmake --build --preset release --target bench
find_package(benchmark REQUIRED)

add_library(bench_support OBJECT EXCLUDE_FROM_ALL
  tests/bench/http_line.cpp
  tests/bench/rows.cpp
  tests/bench/world.cpp
  tests/unit/box.cpp)
target_include_directories(bench_support PUBLIC ${CMAKE_BINARY_DIR}/include/tests)
target_link_libraries(bench_support PUBLIC
  town_engine town_controllers town_state town_options spdlog::spdlog RocksDB::rocksdb-shared
  town_malloc)
target_precompile_headers(bench_support PRIVATE <map> <memory> <string> <vector>)

set(bench_programs)
# town_bench(<name> <libraries>): tests/bench/<name>.cpp as the program bench_<name>
function(town_bench NAME)
  add_executable(bench_${NAME} EXCLUDE_FROM_ALL tests/bench/${NAME}.cpp)
  target_link_libraries(bench_${NAME} PRIVATE bench_support ${ARGN})
  set(bench_programs ${bench_programs} bench_${NAME} PARENT_SCOPE)
endfunction()

pkg_check_modules(LIBYAML REQUIRED IMPORTED_TARGET yaml-0.1)
town_bench(compile_packages PkgConfig::LIBYAML yaml-cpp)
town_bench(intents)
town_bench(load)
town_bench(make_world town_api)
town_bench(micro benchmark::benchmark)
town_bench(noop_pass)
town_bench(real_pass)
town_bench(runner)

add_custom_target(bench
  COMMAND ${CMAKE_SOURCE_DIR}/tests/bench/run --bin ${CMAKE_BINARY_DIR}
  DEPENDS townd ${bench_programs}
  USES_TERMINAL VERBATIM)
