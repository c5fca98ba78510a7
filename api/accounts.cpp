#include "api/accounts.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "api/password.h"
#include "state/error.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShortestPassword = 8;
constexpr std::size_t kLongestPassword = 1024;
constexpr std::size_t kLongestText = 256;

struct Row {
  Account account;
  std::string hash;
};

std::string row_text(const Row& row) {
  auto json = to_json(row.account);
  json["hash"] = row.hash;
  return json.dump();
}

Row row_of(const std::string& text) {
  const auto json = Json::parse(text);
  Row row;
  row.account = {json.at("username"),
                 json.at("email"),
                 json.at("phone"),
                 json.at("real_name"),
                 json.at("admin"),
                 json.at("disabled"),
                 from_rfc3339(json.at("created_at")),
                 from_rfc3339(json.at("updated_at"))};
  row.hash = json.at("hash");
  return row;
}

bool blank(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c); });
}

bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::iscntrl(c); });
}

void check_text(const std::string& field, const std::string& text, Diagnostics& faults) {
  if (blank(text)) {
    faults.push_back({field, "must not be empty"});
  } else if (text.size() > kLongestText) {
    faults.push_back({field, "must not be longer than 256 bytes"});
  } else if (has_control(text)) {
    faults.push_back({field, "must not hold control characters"});
  }
}

void check_password(const Secret& password, Diagnostics& faults) {
  const auto& text = password.reveal();
  const bool printable =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
  if (text.size() < kShortestPassword) {
    faults.push_back({"password", "must be at least 8 characters long"});
  } else if (text.size() > kLongestPassword) {
    faults.push_back({"password", "must not be longer than 1024 characters"});
  } else if (!printable) {
    faults.push_back({"password", "must hold only printable ASCII characters and no space"});
  }
}

/// x@y.z without blanks.
bool email_like(const std::string& text) {
  const auto at = text.find('@');
  if (at == std::string::npos || at == 0 || text.find('@', at + 1) != std::string::npos) {
    return false;
  }
  const auto dot = text.find('.', at + 2);
  const bool spaced =
      std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c); });
  return !spaced && dot != std::string::npos && dot + 1 < text.size();
}

bool phone_like(const std::string& text) {
  constexpr std::string_view kLegal = "0123456789 -.()";
  const auto legal = [&](char c) { return kLegal.find(c) != std::string_view::npos; };
  const std::size_t first = text.starts_with('+') ? 1 : 0;
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(first), text.end(), legal) &&
         std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
}

void check_email(const std::string& text, Diagnostics& faults) {
  check_text("email", text, faults);
  if (!blank(text) && !email_like(text)) {
    faults.push_back({"email", "must look like name@example.org"});
  }
}

void check_phone(const std::string& text, Diagnostics& faults) {
  check_text("phone", text, faults);
  if (!blank(text) && !phone_like(text)) {
    faults.push_back({"phone", "may hold a leading +, digits, blanks and -.() only"});
  }
}

void check_new(const NewAccount& wanted) {
  Diagnostics faults;
  check_text("username", wanted.username, faults);
  check_password(wanted.password, faults);
  check_email(wanted.email, faults);
  check_phone(wanted.phone, faults);
  check_text("real_name", wanted.real_name, faults);
  if (!faults.empty()) throw InvalidInput("InvalidAccount", std::move(faults));
}

void check_change(const AccountChange& change) {
  Diagnostics faults;
  if (change.password) check_password(*change.password, faults);
  if (change.email) check_email(*change.email, faults);
  if (change.phone) check_phone(*change.phone, faults);
  if (change.real_name) check_text("real_name", *change.real_name, faults);
  if (!faults.empty()) throw InvalidInput("InvalidAccount", std::move(faults));
}

Row existing(const Store& store, const std::string& username) {
  const auto text = store.get(Book::accounts, username);
  if (!text) throw Error(Code::not_found, "UnknownAccount", "there is no account of that name");
  return row_of(*text);
}

}  // namespace

Json to_json(const Account& account) {
  return {{"username", account.username},
          {"email", account.email},
          {"phone", account.phone},
          {"real_name", account.real_name},
          {"admin", account.admin},
          {"disabled", account.disabled},
          {"created_at", to_rfc3339(account.created_at)},
          {"updated_at", to_rfc3339(account.updated_at)}};
}

Accounts::Accounts(Store& store, const Clock& clock) : store_(store), clock_(clock) {}

std::optional<Account> Accounts::find(const std::string& username) const {
  const auto text = store_.get(Book::accounts, username);
  if (!text) return std::nullopt;
  return row_of(*text).account;
}

std::vector<Account> Accounts::list() const {
  std::vector<Account> all;
  store_.scan(Book::accounts, "", false, [&](const std::string&, const std::string& text) {
    all.push_back(row_of(text).account);
    return true;
  });
  return all;
}

bool Accounts::has_admin() const {
  const auto all = list();
  return std::any_of(all.begin(), all.end(),
                     [](const Account& account) { return account.admin && !account.disabled; });
}

std::optional<Account> Accounts::authenticate(const std::string& username,
                                              const Secret& password) const {
  const auto text = store_.get(Book::accounts, username);
  if (!text) {
    verify_nobody(password);
    return std::nullopt;
  }
  const auto row = row_of(*text);
  const bool right = verify_password(password, row.hash);
  if (!right || row.account.disabled) return std::nullopt;
  return row.account;
}

std::optional<Account> Accounts::create(const NewAccount& wanted, bool bootstrap) {
  check_new(wanted);
  auto hash = hash_password(wanted.password);
  const std::lock_guard lock(writing_);
  if (bootstrap && has_admin()) return std::nullopt;
  if (store_.get(Book::accounts, wanted.username)) {
    throw Error(Code::invalid, "AccountCreationFailed", "account creation failed");
  }
  const auto now = clock_.now();
  const Row row{{wanted.username, wanted.email, wanted.phone, wanted.real_name, wanted.admin, false,
                 now, now},
                std::move(hash)};
  store_.put(Book::accounts, {{wanted.username, row_text(row)}});
  return row.account;
}

Account Accounts::update(const std::string& username, const AccountChange& change) {
  check_change(change);
  std::optional<std::string> hash;
  if (change.password) hash = hash_password(*change.password);
  const std::lock_guard lock(writing_);
  auto row = existing(store_, username);
  if (hash) row.hash = *hash;
  if (change.email) row.account.email = *change.email;
  if (change.phone) row.account.phone = *change.phone;
  if (change.real_name) row.account.real_name = *change.real_name;
  row.account.updated_at = clock_.now();
  store_.put(Book::accounts, {{username, row_text(row)}});
  return row.account;
}

void Accounts::set_disabled(const std::string& username, bool disabled) {
  const std::lock_guard lock(writing_);
  auto row = existing(store_, username);
  row.account.disabled = disabled;
  row.account.updated_at = clock_.now();
  store_.put(Book::accounts, {{username, row_text(row)}});
}

}  // namespace town::api
