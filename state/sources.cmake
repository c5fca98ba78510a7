town_library(state
  SOURCES
    clock.cpp
    error.cpp
    key.cpp
  LINKS
    RocksDB::rocksdb-shared
    PkgConfig::SODIUM)
