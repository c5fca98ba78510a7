#include "engine/package/names.h"

#include <doctest/doctest.h>

#include <string>

namespace town::package {

TEST_SUITE("engine/package/names") {
  TEST_CASE("units, containers and networks are called by repository, name and version") {
    CHECK(unit_name("default", "nginx", "2.0") == "town-os-package--default-nginx-2.0.service");
    CHECK(container_name("default", "nginx", "2.0") == "town-os-package--default-nginx-2.0");
    CHECK(network_name("default", "nginx", "2.0") == "town-os-net--default-nginx-2.0");
    CHECK(dns_name("default", "gitea", "home") == "gitea.default.home");
  }

  TEST_CASE("a dependency's name and storage nest below its parent's") {
    CHECK(dependency_name(dependency_name("a", "b"), "c") == "a--dep--b--dep--c");
    CHECK(storage_path("a") == "a");
    CHECK(storage_path("a", {"b", "c"}) == "a/subpackages/b/subpackages/c");
  }

  TEST_CASE("volumes lie below installed, and wait below uninstalled") {
    CHECK(installed_path("default", "nginx", "2.0", "html") == "installed/default/nginx/2.0/html");
    CHECK(uninstalled_path("r", storage_path("a", {"db"}), "1", "data") ==
          "uninstalled/r/a/subpackages/db/1/data");
  }

  TEST_CASE("a segment can never leave its folder or open another argument") {
    for (const char* good : {"a", "1.0", "my-repo", "a..b", "A_1"}) CHECK(valid_segment(good));
    for (const char* bad :
         {"", ".", "..", "../x", "a/b", "-rf", "_x", "a b", "a\nb", "a%i", "a@b", "é", "a\\b"}) {
      CAPTURE(bad);
      CHECK_FALSE(valid_segment(bad));
    }
    CHECK_FALSE(valid_segment(std::string(129, 'a')));
    CHECK_FALSE(valid_segment(std::string("a\0b", 3)));
  }

  TEST_CASE("package names that dependencies use are reserved") {
    CHECK(valid_package_name("postgres"));
    CHECK_FALSE(valid_package_name("subpackages"));
    CHECK_FALSE(valid_package_name("a--dep--b"));
  }

  TEST_CASE("each sort of name has its rule") {
    CHECK(valid_question_name("smtp_host"));
    CHECK_FALSE(valid_question_name("_x"));
    CHECK_FALSE(valid_question_name("a-b"));
    CHECK(valid_environment_name("_A1"));
    CHECK_FALSE(valid_environment_name("1A"));
    CHECK_FALSE(valid_environment_name("A-B"));
    CHECK_FALSE(valid_environment_name(""));
    CHECK(valid_port_name("sql"));
    CHECK_FALSE(valid_port_name("8sql"));
    CHECK(valid_dependency_key("db_1"));
    CHECK_FALSE(valid_dependency_key("my-db"));
  }

  TEST_CASE("a domain is made of labels of letters, digits and hyphens") {
    for (const char* good : {"home", "a.b", "x-1.example.org", "1.2", "A.b"})
      CHECK(valid_domain(good));
    for (const char* bad :
         {"", ".", "a.", ".a", "a..b", "-a", "a-", "a_b", "*.x", "a b", "a;b", "é.x"}) {
      CAPTURE(bad);
      CHECK_FALSE(valid_domain(bad));
    }
    CHECK_FALSE(valid_domain(std::string(64, 'a')));
    std::string long_name = std::string(63, 'a');
    for (int i = 0; i < 3; ++i) long_name += "." + std::string(63, 'a');
    CHECK_FALSE(valid_domain(long_name));
  }
}

}  // namespace town::package
