#include "controllers/drivers/unit_name.h"

#include <doctest/doctest.h>

namespace town {

TEST_SUITE("controllers/drivers/unit_name") {
  TEST_CASE("our units have a prefix, a suffix and systemd's characters between") {
    CHECK(is_our_unit("town-os-package--default-nginx-2.0.service"));
    CHECK(is_our_unit("town-os-a:b_c.d\\x2d@1.service"));
    CHECK_FALSE(is_our_unit("town-os-.service"));
    CHECK_FALSE(is_our_unit("nginx.service"));
    CHECK_FALSE(is_our_unit("town-os-a.socket"));
    CHECK_FALSE(is_our_unit("town-os-a/b.service"));
    CHECK_FALSE(is_our_unit("town-os-a\n.service"));
    CHECK_FALSE(is_our_unit(".town-os-a.service.tmp"));
    CHECK_FALSE(is_our_unit("town-os-" + std::string(300, 'a') + ".service"));
  }

  TEST_CASE("a job that was interrupted did not time out") {
    using namespace std::chrono_literals;
    CHECK(job_timed_out("u", "start", 2s, true).reason() == "Stopped");
    CHECK(job_timed_out("u", "start", 2s, false).reason() == "TimedOut");
  }
}

}  // namespace town
