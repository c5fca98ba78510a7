#include "controllers/drivers/podman_pull.h"

#include <doctest/doctest.h>

namespace town {
namespace {

std::string reason(const std::string& words) {
  return pull_failure("docker.io/library/x:1", "Trying to pull x...\nError: " + words + "\n")
      .reason();
}

}  // namespace

TEST_SUITE("controllers/drivers/podman_pull") {
  // Each text is podman's own, as seen with 4.3.
  TEST_CASE("podman's words become one of a few reasons") {
    CHECK(reason("initializing source docker://nope:1: reading manifest 1 in "
                 "127.0.0.1:5000/docker.io/library/nope: manifest unknown: manifest unknown") ==
          "ImageNotFound");
    CHECK(reason("initializing source docker://x:1: reading manifest 1 in quay.io/x: name unknown: "
                 "repository name not known to registry") == "ImageNotFound");
    CHECK(reason("initializing source docker://x:1: pinging container registry example.invalid: "
                 "Get \"https://example.invalid/v2/\": dial tcp: lookup example.invalid on "
                 "10.231.1.2:53: read udp 10.231.1.2:3->10.231.1.2:53: read: connection refused") ==
          "RegistryUnreachable");
    CHECK(
        reason("pinging container registry x.y: Get \"https://x.y/v2/\": dial tcp: lookup x.y: no "
               "such host") == "RegistryUnreachable");
    CHECK(reason("initializing source docker://x:1: reading manifest 1 in docker.io/library/x: "
                 "errors:\ndenied: requested access to the resource is denied\nunauthorized: "
                 "authentication required") == "RegistryDenied");
    CHECK(reason("writing blob: storing blob to file \"/var/tmp/storage1/1\": write "
                 "/var/tmp/storage1/1: no space left on device") == "DiskFull");
    CHECK(reason("copying system image: x509: certificate signed by unknown authority") ==
          "PullFailed");
  }

  TEST_CASE("an image named like a failure is not mistaken for one") {
    CHECK(
        pull_failure("docker.io/denied/timeout:refused",
                     "Error: initializing source docker://denied/timeout:refused: reading manifest "
                     "refused in docker.io/denied/timeout: manifest unknown: manifest unknown")
            .reason() == "ImageNotFound");
    CHECK(
        pull_failure("docker.io/eof/denied:1", "Error: eof/denied: bad: something new").reason() ==
        "PullFailed");
  }

  TEST_CASE("the sentence names the image") {
    const std::string text = pull_failure("quay.io/a/b:2", "Error: something: new").what();
    CHECK(text.find("quay.io/a/b:2") != std::string::npos);
  }

  TEST_CASE("the last line is the one that says something") {
    CHECK(last_line("one\nError: two\n\n") == "two");
    CHECK(last_line("").empty());
    CHECK(last_line(std::string(5000, 'x')).size() == 500);
  }
}

}  // namespace town
