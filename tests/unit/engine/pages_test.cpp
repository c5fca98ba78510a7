#include <doctest/doctest.h>

#include "engine/engine.h"
#include "tests/unit/box.h"

namespace town {
namespace {

const Key kBlog{Kind::page, "blog"};

CreatePage blog() {
  CreatePage page;
  page.name = "blog";
  page.at = 1000;
  return page;
}

/// The fields that a request is refused for.
std::vector<std::string> refused(test::Box& box, Request request) {
  try {
    box.submit(std::move(request));
  } catch (const InvalidInput& error) {
    std::vector<std::string> fields;
    for (const auto& fault : error.faults()) fields.push_back(fault.field);
    return fields;
  }
  return {};
}

TEST_SUITE("engine/pages") {
  TEST_CASE("a page is kept with its defaults: an archive, branch main, its name as its domain") {
    test::Box box;
    box.submit(blog());
    const auto* page = box.snapshot().graph->spec<PageSpec>(kBlog);
    REQUIRE(page != nullptr);
    CHECK(page->source_type == "archive");
    CHECK(page->branch == "main");
    CHECK(page->domain == "blog");
    CHECK(page->status == "pending");
    CHECK(page->created == 1000);
  }

  TEST_CASE("a page says plainly that nothing publishes it yet") {
    test::Box box;
    box.submit(blog());
    const auto how = outcome(box.snapshot(), kBlog);
    CHECK(how.word == Outcome::Word::progressing);
    CHECK(how.reason == "NoController");
    CHECK(how.message.find("publishes pages") != std::string::npos);
  }

  TEST_CASE("all that is wrong with a page is told at once") {
    test::Box box;
    auto page = blog();
    page.name = "../evil";
    page.source_type = "container_image";
    page.domain = "no domain";
    page.image_directory = "/usr/../etc";
    CHECK(refused(box, page) ==
          std::vector<std::string>{"name", "image", "image_directory", "domain"});
    page = blog();
    page.source_type = "git";
    CHECK(refused(box, page) == std::vector<std::string>{"repo_url"});
    page.repo_url = "https://user:secret@example.com/site.git";
    CHECK(refused(box, page) == std::vector<std::string>{"repo_url"});
    page.source_type = "ftp";
    CHECK(refused(box, page) == std::vector<std::string>{"source_type"});
    CHECK(box.snapshot().graph->of(Kind::page).empty());
  }

  TEST_CASE(
      "a change keeps what it does not name, and may not end in a page that could not be made") {
    test::Box box;
    box.submit(blog());
    ChangePage change{.name = "blog"};
    change.domain = "blog.example.com";
    change.at = 2000;
    box.submit(change);
    const auto* page = box.snapshot().graph->spec<PageSpec>(kBlog);
    REQUIRE(page != nullptr);
    CHECK(page->domain == "blog.example.com");
    CHECK(page->branch == "main");
    CHECK(page->created == 1000);
    CHECK(page->updated == 2000);
    ChangePage wrong{.name = "blog"};
    wrong.source_type = "git";
    CHECK(refused(box, wrong) == std::vector<std::string>{"repo_url"});
  }

  TEST_CASE(
      "a second page of one name is refused, an unknown one is not found, a removed one goes") {
    test::Box box;
    box.submit(blog());
    CHECK_THROWS_WITH_AS(box.submit(blog()), "there is already a page called blog", Error);
    CHECK_THROWS_WITH_AS(box.submit(RemovePage{"none"}), "there is no page called none", Error);
    box.submit(RemovePage{"blog"});
    CHECK(box.snapshot().graph->of(Kind::page).empty());
  }

  TEST_CASE("a disk image is known by its URL's last segment, and always raw") {
    test::Box box;
    box.submit(AddVmImage{"", "https://example.com/images/debian.qcow2?x=1"});
    CHECK(box.snapshot().graph->find({Kind::vm_image, "debian.raw"}) != nullptr);
    CHECK(refused(box, AddVmImage{"", "ftp://example.com/a.img"}) ==
          std::vector<std::string>{"url"});
    CHECK(refused(box, AddVmImage{"..", "https://example.com/a.img"}) ==
          std::vector<std::string>{"name"});
    box.submit(RemoveVmImage{"debian.raw"});
    CHECK(box.snapshot().graph->of(Kind::vm_image).empty());
  }
}

}  // namespace
}  // namespace town
