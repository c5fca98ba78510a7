// bench_load STORE: opens a store's database with RocksDB alone, loads every row into memory, and
// prints how many there were. What a cold start is measured against.
#include <iostream>

#include "tests/bench/rows.h"

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: bench_load STORE\n";
    return 2;
  }
  try {
    std::cout << town::bench::Rows(arguments[1]).load().size() << std::endl;
  } catch (const std::exception& error) {
    std::cerr << "bench_load: " << error.what() << "\n";
    return 1;
  }
}
