#include "tests/bench/rows.h"

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <stdexcept>

namespace town::bench {
namespace {

void check(const rocksdb::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

}  // namespace

struct Rows::Impl {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> tables;
};

Rows::Rows(const std::filesystem::path& store) : impl_(std::make_unique<Impl>()) {
  const auto path = (store / "db").string();
  std::vector<std::string> names;
  check(rocksdb::DB::ListColumnFamilies({}, path, &names));
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  rocksdb::DB* opened = nullptr;
  check(rocksdb::DB::Open({}, path, families, &impl_->tables, &opened));
  impl_->db.reset(opened);
}

Rows::~Rows() {
  for (auto* table : impl_->tables) impl_->db->DestroyColumnFamilyHandle(table);
}

Rows::Sum Rows::scan() const {
  Sum sum;
  for (auto* table : impl_->tables) {
    if (table->GetName() != "resources" && table->GetName() != "status") continue;
    const std::unique_ptr<rocksdb::Iterator> at(impl_->db->NewIterator({}, table));
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
      ++sum.rows;
      sum.bytes += at->key().size() + at->value().size();
    }
    check(at->status());
  }
  return sum;
}

std::vector<std::pair<std::string, std::string>> Rows::load() const {
  std::vector<std::pair<std::string, std::string>> rows;
  for (auto* table : impl_->tables) {
    const std::unique_ptr<rocksdb::Iterator> at(impl_->db->NewIterator({}, table));
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
      rows.emplace_back(at->key().ToString(), at->value().ToString());
    }
    check(at->status());
  }
  return rows;
}

}  // namespace town::bench
