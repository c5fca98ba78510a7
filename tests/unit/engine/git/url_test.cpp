#include "engine/git/url.h"

#include <doctest/doctest.h>

#include "state/error.h"

namespace town {

TEST_SUITE("engine/git/url") {
  TEST_CASE("credentials are taken out of the URL, and decoded") {
    const auto url = parse_repository_url("https://ann:p%40ss%3Aword@git.example.org:8443/a/b.git");
    CHECK(url.url_without_credentials == "https://git.example.org:8443/a/b.git");
    CHECK(url.username == "ann");
    CHECK(url.password.reveal() == "p@ss:word");
    CHECK(url.scheme == "https");
    CHECK(url.host == "git.example.org");
  }

  TEST_CASE("a bare @ in a password stays in the password") {
    const auto url = parse_repository_url("http://ann:p@ss@host/x");
    CHECK(url.url_without_credentials == "http://host/x");
    CHECK(url.password.reveal() == "p@ss");
  }

  TEST_CASE("every scheme of the format is taken, others are refused") {
    for (const char* good : {"http://h/x", "HTTPS://h/x", "ssh://git@h/x", "git://h/x",
                             "file:///srv/x", "file://localhost/srv/x", "git://[::1]:9418/x"}) {
      CAPTURE(good);
      CHECK_NOTHROW((void)parse_repository_url(good));
    }
    for (const char* bad : {"", "h/x", "git@host:x.git", "ftp://h/x", "ext::sh -c id", "http://h",
                            "http:///x", "http://h/", "file://other/x", "https://h/a b",
                            "https://h/a\nb", "ssh://h/x'y", "https://h:port/x", "https://[::1/x",
                            "https://a%zz@h/x", "https://a%0a@h/x", "https://h:0/x"}) {
      CAPTURE(bad);
      CHECK_THROWS_AS((void)parse_repository_url(bad), InvalidInput);
    }
  }

  TEST_CASE("a host or path that could be taken for an option is refused") {
    CHECK_THROWS_AS((void)parse_repository_url("ssh://-oProxyCommand=id/x"), InvalidInput);
    CHECK_THROWS_AS((void)parse_repository_url("ssh://host/-x"), InvalidInput);
    CHECK_THROWS_AS((void)parse_repository_url("file:///--upload-pack=id"), InvalidInput);
  }

  TEST_CASE("a refusal never repeats the password") {
    for (const char* bad : {"https://ann:hunter2@-h/x", "https://ann:hunter2/3@h/x",
                            "hunter2://ann:hunter2@h/x", "https://ann:hunter2%@h/x"}) {
      CAPTURE(bad);
      try {
        (void)parse_repository_url(bad);
        FAIL("it was taken");
      } catch (const Error& error) {
        CHECK(error.reason() == "InvalidUrl");
        CHECK(std::string(error.what()).find("hunter2") == std::string::npos);
      }
    }
  }

  TEST_CASE("a repository without a name is called after its URL") {
    CHECK(repository_name_from_url("https://h/town-os/default-packages.git") == "default-packages");
    CHECK(repository_name_from_url("file:///srv/git/mine/") == "mine");
    CHECK(repository_name_from_url("https://ann:pw@h/x.git?y") == "x");
    CHECK(repository_name_from_url("https://host") == "");
  }
}

}  // namespace town
