// Accounts and sessions.
#include <nlohmann/json.hpp>

#include "api/fields.h"
#include "api/listing.h"
#include "api/problem.h"
#include "api/routes/routes.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

/// Equal, byte for byte, for a wrong password, an unknown name and a disabled account.
[[noreturn]] void refuse_login() {
  throw Refusal(401, "InvalidCredentials", "invalid credentials");
}

HttpResponse authenticate(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto username = fields.required("username");
  const Secret password(fields.required("password"));
  fields.check();
  const auto account = services.accounts.authenticate(username, password);
  if (!account) refuse_login();
  return json_answer(
      {{"token", services.sessions.open(account->username)}, {"account", to_json(*account)}});
}

HttpResponse sessions(Services& services, const Call& call) {
  auto list = Json::array();
  for (const auto& session : services.sessions.of(call.caller->username)) {
    list.push_back(to_json(session));
  }
  return json_answer(list);
}

HttpResponse me(const Call& call) { return json_answer({{"username", call.caller->username}}); }

HttpResponse revoke(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto id = fields.required("session_id");
  fields.check();
  const auto session = services.sessions.find(id);
  if (!session) throw Error(Code::not_found, "UnknownSession", "there is no such session");
  if (session->username != call.caller->username && !call.admin()) {
    throw Refusal(403, "AdminRequired", "only an admin may end another account's session");
  }
  services.sessions.close(id);
  return void_answer();
}

HttpResponse create(Services& services, const Call& call) {
  Fields fields(call.body);
  const NewAccount wanted{fields.text("username"),  Secret(fields.text("password")),
                          fields.text("email"),     fields.text("phone"),
                          fields.text("real_name"), fields.flag("admin")};
  fields.check();
  // Two first visitors at once: the second one finds an admin and needs to be one.
  const bool bootstrap = !call.admin();
  const auto account = services.accounts.create(wanted, bootstrap);
  if (!account) throw Refusal(401, "NoToken", "missing authorization token");
  return json_answer(to_json(*account));
}

HttpResponse get(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto username = fields.required("username");
  fields.check();
  const auto account = services.accounts.find(username);
  if (!account) throw Error(Code::not_found, "UnknownAccount", "there is no account of that name");
  return json_answer(to_json(*account));
}

HttpResponse list(Services& services, const Call& call) {
  auto entries = Json::array();
  for (const auto& account : services.accounts.list()) entries.push_back(to_json(account));
  return json_answer(list_answer(std::move(entries), list_query(call.http.query)));
}

AccountChange change_of(const Json& body) {
  Fields fields(body, "fields.");
  AccountChange change;
  if (auto password = fields.optional_text("password")) change.password = Secret(*password);
  change.email = fields.optional_text("email");
  change.phone = fields.optional_text("phone");
  change.real_name = fields.optional_text("real_name");
  fields.check();
  return change;
}

HttpResponse update(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto username = fields.required("username");
  fields.check();
  const auto changes = call.body.find("fields");
  const bool nested = changes != call.body.end() && changes->is_object();
  if (nested && changes->contains("admin")) {
    throw Refusal(403, "AdminFixed", "whether an account is an admin cannot be changed");
  }
  if (username != call.caller->username && !call.admin()) {
    throw Refusal(403, "AdminRequired", "only an admin may change another account");
  }
  if (!nested) throw InvalidInput("InvalidRequest", {{"fields", "is required"}});
  return json_answer(to_json(services.accounts.update(username, change_of(*changes))));
}

HttpResponse set_disabled(Services& services, const Call& call, bool disabled) {
  Fields fields(call.body);
  const auto username = fields.required("username");
  fields.check();
  services.accounts.set_disabled(username, disabled);
  // Tokens of a disabled account are over for good: enabling does not revive them.
  if (disabled) services.sessions.close_all_of(username);
  return void_answer();
}

}  // namespace

std::vector<Route> account_routes(Services& s) {
  return {
      {"POST", "/account/authenticate", Gate::open, "authenticate",
       [&s](const Call& call) { return authenticate(s, call); }},
      {"GET", "/account/sessions", Gate::account, "",
       [&s](const Call& call) { return sessions(s, call); }},
      {"GET", "/account/me", Gate::account, "", me},
      {"POST", "/account/session/revoke", Gate::account, "revoke session",
       [&s](const Call& call) { return revoke(s, call); }},
      {"POST", "/account/create", Gate::bootstrap, "create account",
       [&s](const Call& call) { return create(s, call); }},
      {"POST", "/account", Gate::account, "", [&s](const Call& call) { return get(s, call); }},
      {"GET", "/account", Gate::account, "", [&s](const Call& call) { return list(s, call); }},
      {"POST", "/account/update", Gate::account, "update account",
       [&s](const Call& call) { return update(s, call); }},
      {"POST", "/account/disable", Gate::admin, "disable account",
       [&s](const Call& call) { return set_disabled(s, call, true); }},
      {"POST", "/account/enable", Gate::admin, "enable account",
       [&s](const Call& call) { return set_disabled(s, call, false); }},
  };
}

}  // namespace town::api
