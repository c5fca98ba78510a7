#include "engine/git/connection.h"

#include <fmt/format.h>

#include <string_view>

namespace town {

namespace {

// A list of a hundred thousand branches and tags is about 8 MB.
constexpr std::uint64_t kLargestList = 32ULL << 20U;
// The public package repository is below 1 MB; text that needs more is no package repository.
constexpr std::uint64_t kLargestPack = 512ULL << 20U;
constexpr std::size_t kLongestForeignText = 300;

thread_local Connection* current_connection = nullptr;

Connection& of(void* payload) { return *static_cast<Connection*>(payload); }

// What a remote says ends up on a screen and in a log.
std::string harmless(const char* text) {
  std::string clean;
  for (const char* at = text; *at != '\0' && clean.size() < kLongestForeignText; ++at) {
    const auto c = static_cast<unsigned char>(*at);
    clean += c < ' ' || c == 0x7f ? ' ' : *at;
  }
  while (!clean.empty() && clean.back() == ' ') clean.pop_back();
  return clean;
}

std::string last_message() {
  const git_error* error = git_error_last();
  return error == nullptr || error->message == nullptr ? "no reason given"
                                                       : harmless(error->message);
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

Connection::Connection(const GitRemote& remote, const GitLimits& limits)
    : url_(parse_repository_url(remote.url)), limits_(limits), allowance_(kLargestList) {
  if (!remote.username.empty()) url_.username = remote.username;
  if (!remote.password.empty()) url_.password = remote.password;
  current_connection = this;
}

Connection::~Connection() { current_connection = nullptr; }

Connection* Connection::current() { return current_connection; }

git_remote_callbacks Connection::callbacks() {
  git_remote_callbacks callbacks = GIT_REMOTE_CALLBACKS_INIT;
  callbacks.payload = this;
  callbacks.credentials = [](git_credential** out, const char*, const char* user, unsigned allowed,
                             void* self) { return of(self).give_credentials(out, user, allowed); };
  callbacks.certificate_check = [](git_cert* certificate, int valid, const char* host, void* self) {
    return of(self).judge_certificate(certificate, valid != 0, host);
  };
  callbacks.sideband_progress = [](const char*, int, void* self) { return of(self).progress(); };
  callbacks.transfer_progress = [](const git_indexer_progress* stats, void* self) {
    return of(self).progress(*stats);
  };
  return callbacks;
}

void Connection::connect(git_remote& origin) {
  git_remote_connect_options options = GIT_REMOTE_CONNECT_OPTIONS_INIT;
  options.callbacks = callbacks();
  options.follow_redirects = redirects();
  check(git_remote_connect_ext(&origin, GIT_DIRECTION_FETCH, &options));
}

git_remote_redirect_t Connection::redirects() const {
  return url_.password.empty() ? GIT_REMOTE_REDIRECT_INITIAL : GIT_REMOTE_REDIRECT_NONE;
}

void Connection::fetch(git_remote& origin, std::string refspec) {
  expect_pack();
  git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
  options.callbacks = callbacks();
  options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
  options.update_fetchhead = 0;
  options.follow_redirects = redirects();
  char* text = refspec.data();
  const git_strarray refspecs{&text, 1};
  check(git_remote_fetch(&origin, &refspecs, &options, nullptr));
}

void Connection::expect_pack() { allowance_ = kLargestList + kLargestPack; }

bool Connection::count(std::size_t bytes) {
  traffic_ += bytes;
  if (traffic_ <= allowance_) return true;
  fail("RepositoryTooLarge", fmt::format("sent more than {} MB", allowance_ >> 20U));
  return false;
}

bool Connection::over() const {
  return limits_.stop.stop_requested() || std::chrono::steady_clock::now() >= limits_.deadline;
}

int Connection::fail(const std::string& reason, const std::string& sentence) {
  if (!failure_) failure_ = Failure{reason, sentence};
  return GIT_EUSER;
}

// libgit2 asks again after a refusal, for ever; and what it then leaves in git_error_last() is
// about something else. So the second question ends it, and the reason is our own.
int Connection::give_credentials(git_credential** out, const char* user_in_url, unsigned allowed) {
  const std::string user =
      url_.username.empty() && user_in_url != nullptr ? user_in_url : url_.username;
  if ((allowed & GIT_CREDENTIAL_USERNAME) != 0 && !user.empty()) {
    return git_credential_username_new(out, user.c_str());
  }
  if (asked_) return fail("RepositoryDenied", "refused the user name or password");
  asked_ = true;
  if (user.empty() || url_.password.empty()) {
    return fail("RepositoryDenied",
                "asks for a user name and password (some servers also ask for them where there is "
                "no such repository)");
  }
  if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) == 0) {
    return fail("RepositoryDenied", "does not take a user name and password");
  }
  return git_credential_userpass_plaintext_new(out, user.c_str(), url_.password.reveal().c_str());
}

int Connection::judge_certificate(const git_cert* certificate, bool valid, const char* host) {
  if (valid) return 0;
  const std::string name = harmless(host);
  if (certificate != nullptr && certificate->cert_type == GIT_CERT_HOSTKEY_LIBSSH2) {
    return fail("RepositoryUnreachable",
                fmt::format("cannot be trusted: the ssh key of {} is not in ~/.ssh/known_hosts of "
                            "the account that townd runs as",
                            name));
  }
  return fail("RepositoryUnreachable",
              fmt::format("cannot be trusted: its certificate has expired, is not for {}, or is "
                          "signed by nobody this machine knows",
                          name));
}

int Connection::progress() { return over() || failure_ ? GIT_EUSER : 0; }

int Connection::progress(const git_indexer_progress& stats) {
  received_ = stats.received_bytes;
  if (received_ > kLargestPack) {
    return fail("RepositoryTooLarge", fmt::format("sent more than {} MB", kLargestPack >> 20U));
  }
  return progress();
}

void Connection::check(int result) {
  if (result >= 0) return;
  if (!failure_ && limits_.stop.stop_requested()) {
    throw Error(Code::unavailable, "Stopping",
                fmt::format("stopped while talking to {}", url_.url_without_credentials));
  }
  const Failure failure = failure_ ? *failure_ : translate(result);
  throw Error(Code::remote, failure.reason,
              fmt::format("{} {}", url_.url_without_credentials, failure.sentence));
}

// libgit2 tells most failures of a remote apart only by their text.
Connection::Failure Connection::translate(int result) const {
  if (over()) return {"RepositoryTimedOut", "did not answer in time"};
  const std::string text = last_message();
  const int area = git_error_last() == nullptr ? GIT_ERROR_NONE : git_error_last()->klass;
  if (has(text, "status code: 404") || has(text, "not exported") || has(text, "not found") ||
      has(text, "does not appear to be a git repository") || result == GIT_ENOTFOUND ||
      (url_.scheme == "file" && has(text, "No such file"))) {
    return {"RepositoryNotFound", "is not a git repository, or is not there"};
  }
  if (has(text, "cannot redirect") || has(text, "status code: 30")) {
    return {"RepositoryNotFound", "has moved; add it with its new URL"};
  }
  if (result == GIT_EAUTH || has(text, "status code: 401") || has(text, "status code: 403")) {
    return {"RepositoryDenied", "denied access: " + text};
  }
  if (area == GIT_ERROR_SSL || area == GIT_ERROR_SSH || result == GIT_ECERTIFICATE) {
    return {"RepositoryUnreachable", "cannot be reached safely: " + text};
  }
  if (has(text, "overly large object") || has(text, "too many objects")) {
    return {"RepositoryTooLarge", "holds too much: " + text};
  }
  return {"RepositoryFailed", "could not be fetched: " + text};
}

}  // namespace town
