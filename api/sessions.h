// Who is logged in: the sessions book, held in memory and written through. Owned by townd's main;
// any thread may call it.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/token.h"
#include "state/clock.h"
#include "state/guarded.h"
#include "state/store.h"

namespace town::api {

struct Session {
  std::string id;  ///< a UUID
  std::string username;
  Time created_at;
  Time last_used;
};

nlohmann::json to_json(const Session& session);

class Sessions {
 public:
  struct Options {
    Secret key;         ///< empty: a random one, and every session of an earlier run is gone
    bool keep = false;  ///< with a key of its own: sessions outlive a restart
    std::chrono::hours idle{7 * 24};  ///< a session ends this long after its last use
  };

  Sessions(Store& store, const Clock& clock, const Options& options);

  /// Begins a session and returns its token.
  std::string open(const std::string& username);

  /// The session behind a token, now used; nothing where it is forged, over, or another's.
  std::optional<Session> use(const std::string& token);

  /// Sessions of one account, last used first.
  [[nodiscard]] std::vector<Session> of(const std::string& username) const;
  [[nodiscard]] std::optional<Session> find(const std::string& id) const;

  /// False where there is none of that id.
  bool close(const std::string& id);
  void close_all_of(const std::string& username);

 private:
  void note_use(const Session& session);
  void write(const Session& session);

  Store& store_;
  const Clock& clock_;
  std::chrono::hours idle_;
  Tokens tokens_;
  Guarded<std::map<std::string, Session>> sessions_;
};

}  // namespace town::api
