// One conversation with a remote: what it may cost, which credentials it has, and why it failed.
// libgit2 calls back into it on the thread that made it. Internal to engine/git.
#pragma once

#include <git2.h>

#include <optional>
#include <string>

#include "engine/git/git.h"
#include "engine/git/url.h"

namespace town {

class Connection {
 public:
  /// Becomes the thread's current connection until it is destroyed.
  Connection(const GitRemote& remote, const GitLimits& limits);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// That of the thread: libgit2 gives a new socket nothing else to know it by. Null outside one.
  static Connection* current();

  [[nodiscard]] const RepositoryUrl& url() const { return url_; }
  [[nodiscard]] const GitLimits& limits() const { return limits_; }

  /// Credentials, certificates, progress: all of them end the conversation when it is over.
  [[nodiscard]] git_remote_callbacks callbacks();

  /// Begins to talk to what `origin` names.
  void connect(git_remote& origin);

  /// To another host redirects are followed only without credentials: they would go along.
  [[nodiscard]] git_remote_redirect_t redirects() const;

  /// Downloads what the refspec names, without tags.
  void fetch(git_remote& origin, std::string refspec);

  /// From now on a pack may come; before, only the list of what is there.
  void expect_pack();

  /// Counts bytes that came from the network; false where there were too many.
  bool count(std::size_t bytes);

  /// Bytes of pack so far.
  [[nodiscard]] std::uint64_t received() const { return received_; }

  /// The deadline has passed, or somebody wants to stop.
  [[nodiscard]] bool over() const;

  /// Remembers why; the first reason counts. Always returns GIT_EUSER.
  int fail(const std::string& reason, const std::string& sentence);

  /// Throws what went wrong, where libgit2 said so by `result` < 0.
  void check(int result);

 private:
  struct Failure {
    std::string reason;
    std::string sentence;
  };

  int give_credentials(git_credential** out, const char* user_in_url, unsigned allowed);
  int judge_certificate(const git_cert* certificate, bool valid, const char* host);
  int progress();
  int progress(const git_indexer_progress& stats);
  [[nodiscard]] Failure translate(int result) const;

  RepositoryUrl url_;
  GitLimits limits_;
  bool asked_ = false;
  std::uint64_t allowance_;
  std::uint64_t traffic_ = 0;
  std::uint64_t received_ = 0;
  std::optional<Failure> failure_;
};

}  // namespace town
