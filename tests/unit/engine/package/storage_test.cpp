#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "tests/unit/engine/package/support.h"

namespace town::package {
TEST_SUITE("engine/package/storage") {
  TEST_CASE("a volume needs a place, and each of its keys has a rule") {
    const auto volume = [](std::string_view inner) {
      return fmt::format("volumes: {{data: {{mountpoint: /data, {}}}}}", inner);
    };
    check_with_image({
        {"volumes: {a: {mountpoint: /a}, b.c_d-e: {mountpoint: '/a/@x@'}}", {}},
        {volume("quota: 2gb, archive: seed.tar.gz, git: 'https://x.org/r.git', uid: 0, gid: "
                "4294967295"),
         {}},
        {volume("shareable: true, exported: no, quota: '@q@', git: '@g@', archive: '@a@'"), {}},
        {volume("quota: , archive: , git: , uid: , shareable: "), {}},
        {"volumes: {a: {}}", {"volumes.a.mountpoint"}},
        {"volumes: {a: }", {"volumes.a.mountpoint"}},
        {"volumes: {a: text}", {"volumes.a"}},
        {"volumes: [a]", {"volumes"}},
        {"volumes: {'../x': {mountpoint: /x}}", {"volumes.../x"}},
        {"volumes: {'': {mountpoint: /x}}", {"volumes."}},
        {"volumes: {-x: {mountpoint: /x}}", {"volumes.-x"}},
        {"volumes: {a: {mountpoint: data}}", {"volumes.a.mountpoint"}},
        {"volumes: {a: {mountpoint: /}}", {"volumes.a.mountpoint"}},
        {"volumes: {a: {mountpoint: /a/../b}}", {"volumes.a.mountpoint"}},
        {"volumes: {a: {mountpoint: '/a:ro'}}", {"volumes.a.mountpoint"}},
        {"volumes: {a: {mountpoint: \"/a\\nb\"}}", {"volumes.a.mountpoint"}},
        {"volumes: {a: {mountpoint: [/a]}}", {"volumes.a.mountpoint"}},
        {"volumes: {a: {mountpoint: /x}, b: {mountpoint: /x//}}", {"volumes.b.mountpoint"}},
        {volume("quota: 2 gigs"), {"volumes.data.quota"}},
        {volume("quota: [2gb]"), {"volumes.data.quota"}},
        {volume("uid: -1, gid: 4294967296"), {"volumes.data.gid", "volumes.data.uid"}},
        {volume("uid: root, gid: [1]"), {"volumes.data.gid", "volumes.data.uid"}},
        {volume("uid: 0x10"), {"volumes.data.uid"}},
        {volume("archive: ../x.tar"), {"volumes.data.archive"}},
        {volume("archive: a/b"), {"volumes.data.archive"}},
        {volume("archive: '..'"), {"volumes.data.archive"}},
        {volume("shareable: perhaps, exported: 2"),
         {"volumes.data.exported", "volumes.data.shareable"}},
    });
  }

  TEST_CASE("git is reached by URLs that no program takes for an option") {
    for (const char* url : {"https://x.org/r.git", "http://x.org:8080/r",
                            "ssh://git@x.org:2222/r.git", "git://x.org/r", "file:///srv/r",
                            "file://host/r", "https://u:p%40@x.org/r", "https://[::1]:443/r"}) {
      CAPTURE(url);
      CHECK(faults_of(fmt::format("image: a\ngit_sources: [{{url: '{}', volume: v}}]\n"
                                  "volumes: {{v: {{mountpoint: /v}}}}",
                                  url))
                .empty());
    }
    for (const char* url :
         {"git@x.org:r.git", "x.org/r", "/srv/r", "ftp://x.org/r", "https:///r", "https://",
          "ssh://-oProxyCommand=x/r", "ssh://-x@host/r", "ssh://u@-host/r", "https://a b/r",
          "ext::sh -c x", "https://x.org:99999/r", "https://x.org/%zz", "--upload-pack=x",
          "https:x.org"}) {
      CAPTURE(url);
      CHECK(faults_of(fmt::format("image: a\ngit_sources: [{{url: '{}', volume: v}}]\n"
                                  "volumes: {{v: {{mountpoint: /v, git: '{}'}}}}",
                                  url, url)) == Fields{"git_sources[0].url", "volumes.v.git"});
    }
  }

  TEST_CASE("archives and git sources name volumes that are there") {
    const std::string volumes = "volumes: {v: {mountpoint: /v}}\n";
    check_with_image({
        {volumes + "archives: [{image: nginx, directory: /usr, volume: v}]\n"
                   "git_sources: [{url: 'https://x/r', branch: main, volume: v}, {url: '@u@', "
                   "branch: '@b@', volume: '@v@'}]",
         {}},
        {volumes + "archives: [{}]",
         {"archives[0].directory", "archives[0].image", "archives[0].volume"}},
        {volumes + "archives: [{image: 'a b', directory: usr, volume: w}]",
         {"archives[0].directory", "archives[0].image", "archives[0].volume"}},
        {volumes + "archives: [{image: a, directory: /a/../b, volume: '@v@'}]",
         {"archives[0].directory", "archives[0].volume"}},
        {volumes + "archives: [text]", {"archives[0]"}},
        {volumes + "archives: {a: b}", {"archives"}},
        {volumes + "git_sources: [{}]", {"git_sources[0].url", "git_sources[0].volume"}},
        {volumes + "git_sources: [{url: 'https://x/r', branch: -x, volume: w}]",
         {"git_sources[0].branch", "git_sources[0].volume"}},
        {volumes + "git_sources: [{url: 'https://x/r', branch: 'a b', volume: [v]}]",
         {"git_sources[0].branch", "git_sources[0].volume"}},
        {volumes + "git_sources: text", {"git_sources"}},
        {"volumes: text\narchives: [{image: a, directory: /a, volume: v}]", {"volumes"}},
    });
  }

  TEST_CASE("templates go to a relative path in a volume") {
    const auto file = [](std::string_view inner) {
      return fmt::format("volumes: {{v: {{mountpoint: /v}}}}\ntemplates: {{t: {{{}}}}}", inner);
    };
    check_with_image({
        {file("volume: v, path: a/b.conf, content: '{{ .Responses.x }}'"), {}},
        {file("volume: '@v@', path: '@p@', content: '@c@'"), {}},
        {file(""), {"templates.t.content", "templates.t.path", "templates.t.volume"}},
        {file("volume: w, path: /abs, content: ''"),
         {"templates.t.content", "templates.t.path", "templates.t.volume"}},
        {file("volume: v, path: a/../../b, content: x"), {"templates.t.path"}},
        {file("volume: v, path: '..', content: x"), {"templates.t.path"}},
        {file("volume: v, path: a/, content: x"), {"templates.t.path"}},
        {file("volume: v, path: \"a\\nb\", content: x"), {"templates.t.path"}},
        {file("volume: v, path: a, content: [x]"), {"templates.t.content"}},
        {"templates: {'a/b': {volume: v, path: p, content: c}}\nvolumes: {v: {mountpoint: /v}}",
         {"templates.a/b"}},
        {"templates: [a]", {"templates"}},
    });
  }

  TEST_CASE("attached volumes are named by repository, package and volume") {
    check_with_image({
        {"attach: {m: {volume: default/media/films, path: /m, subpath: a/b, readonly: true}, n: "
         "{volume: '@v@', path: '/@n@'}}",
         {}},
        {"attach: {m: {volume: media/films, path: m, subpath: ../b}}",
         {"attach.m.path", "attach.m.subpath", "attach.m.volume"}},
        {"attach: {m: {}}", {"attach.m.path", "attach.m.volume"}},
        {"attach: {m: {volume: a/../c, path: /m, readonly: x, uid: x, gid: x}}",
         {"attach.m.gid", "attach.m.readonly", "attach.m.uid", "attach.m.volume"}},
        {"attach: {'a b': {volume: a/b/c, path: /m}}", {"attach.a b"}},
        {"attach: text", {"attach"}},
    });
  }
}

}  // namespace town::package
