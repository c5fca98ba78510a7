// Which box, as whom: the login, and where it is kept.
#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "api/cmd/townctl.h"

namespace town::ctl {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kDefaultServer = "http://127.0.0.1:5309";

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return value == nullptr ? std::string() : value;
}

/// $XDG_CONFIG_HOME/town/login.json, by default below ~/.config.
fs::path login_file() {
  auto base = environment("XDG_CONFIG_HOME");
  if (base.empty()) base = environment("HOME") + "/.config";
  return fs::path(base) / "town" / "login.json";
}

Json kept_login() {
  std::ifstream file(login_file());
  if (!file) return Json::object();
  auto json = Json::parse(file, nullptr, false);
  return json.is_object() ? json : Json::object();
}

std::string first_of(const std::string& a, const std::string& b, const std::string& c = {}) {
  return !a.empty() ? a : (!b.empty() ? b : c);
}

/// Reads a line from the terminal without showing it.
std::string ask_password() {
  if (isatty(STDIN_FILENO) == 0) {
    throw Exit(kWrongUsage, "no terminal to ask for a password: give --password-file");
  }
  termios shown{};
  tcgetattr(STDIN_FILENO, &shown);
  auto hidden = shown;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  std::cerr << "password: ";
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  std::string line;
  std::getline(std::cin, line);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
  std::cerr << "\n";
  return line;
}

struct LoginOptions {
  std::string username;
  std::string password_file;
  bool create = false;
  std::string email = "admin@town.home";
  std::string phone = "000";
  std::string real_name = "Town OS";
};

std::string password_of(const LoginOptions& options) {
  if (options.password_file.empty()) return ask_password();
  auto text = read_text(options.password_file);
  return text.substr(0, text.find_first_of("\r\n"));
}

void create_first_admin(api::Client& client, const LoginOptions& options,
                        const std::string& password) {
  if (!client.get("/status/ping").value("needs_setup", false)) return;
  client.post("/account/create", {{"username", options.username},
                                  {"password", password},
                                  {"email", options.email},
                                  {"phone", options.phone},
                                  {"real_name", options.real_name},
                                  {"admin", true}});
  std::cout << "created the first admin " << options.username << "\n";
}

void login(const Globals& globals, LoginOptions options) {
  const auto server = globals.session().server;
  if (options.username.empty()) {
    std::cerr << "username: ";
    std::getline(std::cin, options.username);
  }
  const auto password = password_of(options);
  api::Client::Options plain;
  plain.server = server;
  api::Client client(plain);
  if (options.create) create_first_admin(client, options, password);
  const auto answer = client.post("/account/authenticate",
                                  {{"username", options.username}, {"password", password}});
  keep_login(server, answer.at("token"), options.username);
  std::cout << "logged in to " << server << " as " << options.username << "\n";
}

}  // namespace

std::unique_ptr<api::Client> Session::client() const {
  api::Client::Options options;
  options.server = server;
  options.token = token;
  return std::make_unique<api::Client>(std::move(options));
}

Session Globals::session() const {
  const auto kept = kept_login();
  const auto kept_server = kept.value("server", "");
  const auto wanted =
      first_of(server, environment("TOWN_SERVER"), first_of(kept_server, kDefaultServer));
  // The kept token belongs to one box and is shown to no other.
  const auto kept_token = wanted == kept_server ? kept.value("token", "") : std::string();
  return {wanted, Secret(first_of(token, environment("TOWN_TOKEN"), kept_token))};
}

void keep_login(const std::string& server, const std::string& token, const std::string& username) {
  const auto file = login_file();
  fs::create_directories(file.parent_path());
  chmod(file.parent_path().c_str(), 0700);
  const auto fresh = file.string() + ".new";
  const auto text =
      Json{{"server", server}, {"token", token}, {"username", username}}.dump() + "\n";
  unlink(fresh.c_str());
  const int descriptor = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written = descriptor >= 0 && write(descriptor, text.data(), text.size()) ==
                                              static_cast<ssize_t>(text.size());
  if (descriptor >= 0) close(descriptor);
  if (!written || rename(fresh.c_str(), file.c_str()) != 0) {
    throw Exit(kRefused, "cannot keep the login in " + file.string());
  }
}

std::string read_text(const std::string& path) {
  if (path == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Exit(kRefused, "cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void add_login(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<LoginOptions>();
  auto* command = app.add_subcommand("login", "log in to a box and keep the token");
  command->add_option("--username", options->username, "account name");
  command->add_option("--password-file", options->password_file,
                      "file whose first line is the password; - is stdin");
  command->add_flag("--create", options->create, "make the first admin, if the box has none");
  command->add_option("--email", options->email, "with --create")->capture_default_str();
  command->add_option("--phone", options->phone, "with --create")->capture_default_str();
  command->add_option("--real-name", options->real_name, "with --create")->capture_default_str();
  command->callback([options, &globals] { login(globals, *options); });
}

}  // namespace town::ctl
