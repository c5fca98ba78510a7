// Who may use this box: the accounts book. Owned by townd's main; any thread may call it.
#pragma once

#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "state/clock.h"
#include "state/secret.h"
#include "state/store.h"

namespace town::api {

struct Account {
  std::string username;
  std::string email;
  std::string phone;
  std::string real_name;
  bool admin = false;
  bool disabled = false;
  Time created_at;
  Time updated_at;
};

/// As clients see it; never the password or its hash.
nlohmann::json to_json(const Account& account);

struct NewAccount {
  std::string username;
  Secret password;
  std::string email;
  std::string phone;
  std::string real_name;
  bool admin = false;
};

/// What is not given stays.
struct AccountChange {
  std::optional<Secret> password;
  std::optional<std::string> email;
  std::optional<std::string> phone;
  std::optional<std::string> real_name;
};

class Accounts {
 public:
  Accounts(Store& store, const Clock& clock);

  [[nodiscard]] std::optional<Account> find(const std::string& username) const;
  [[nodiscard]] std::vector<Account> list() const;

  /// Whether some account is an admin and not disabled. Until then anybody may create accounts.
  [[nodiscard]] bool has_admin() const;

  /// The account behind the credentials; nothing for a wrong password, an unknown name and a
  /// disabled account alike, after the same work.
  [[nodiscard]] std::optional<Account> authenticate(const std::string& username,
                                                    const Secret& password) const;

  /// Throws InvalidInput with all faults; Error{invalid, AccountCreationFailed} for a taken name,
  /// whose text does not say that it is taken. With `bootstrap` the creation counts only while
  /// there is no admin; nothing is returned if one came first.
  std::optional<Account> create(const NewAccount& wanted, bool bootstrap);

  /// Throws Error{not_found} and InvalidInput.
  Account update(const std::string& username, const AccountChange& change);
  void set_disabled(const std::string& username, bool disabled);

 private:
  Store& store_;
  const Clock& clock_;
  std::mutex writing_;  ///< look and write are one step
};

}  // namespace town::api
