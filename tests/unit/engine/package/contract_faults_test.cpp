// The fields that `townctl package validate` names, section by section of the package format.
#include "tests/unit/engine/package/contract_support.h"

namespace town::package {
namespace {

const std::string kVolume = "volumes: {v: {mountpoint: /v}}\n";
const std::string kProton = "volumes: {v: {mountpoint: /v}}\nproton: ";

}  // namespace

TEST_SUITE("engine/package/contract_faults") {
  TEST_CASE("section 2: one runtime, and what it goes with") {
    check_faults({
        {"2", "description: nothing to run", {"runtime"}},
        {"2", "vm: \nproton: ~", {"runtime"}},
        {"2", "image: nginx\nvm: {image: a.qcow2}", {"runtime"}},
        {"2",
         kProton + "{app_image: a, app_directory: /a, volume: v, exe: e}\nvm: {image: a}",
         {"runtime"}},
        {"2", "image: ''", {"image"}},
        {"2", "image: {url: ''}", {"image.url"}},
        {"2", "image: {url: nginx, type: dockerfile}", {"image.type"}},
        {"2", "image: {url: nginx, type: oci}", {}},
        {"2", "image: {url: nginx, type: }", {}},
        {"2",
         kProton + "{app_image: a, app_directory: /a, volume: v, exe: e}\nimage: {type: oci}",
         {}},
        {"2",
         kProton + "{app_image: a, app_directory: /a, volume: v, exe: e}\nimage: my/runner",
         {}},
        {"2",
         kProton + "{app_image: a, app_directory: /a, volume: v, exe: e}\ncommand: [x]",
         {"command"}},
        {"2", kProton + "{app_image: a, app_directory: /a, volume: v, exe: e}\ncommand: []", {}},
        {"3.2",
         kProton + "{app_image: a, app_directory: /a, volume: v, exe: e}\nentrypoint: [x]",
         {"entrypoint"}},
        {"3.8", "vm: {image: a}\nentrypoint: [x]", {"entrypoint"}},
        {"3.8", "vm: {image: a}\npost_update: [x]", {"post_update"}},
        {"3.8", "vm: {image: a}\npost_install: [x]", {"post_install"}},
        {"3.8", "vm: {image: a}\nattach: {m: {volume: a/b/c, path: /m}}", {"attach"}},
        {"3.8",
         "vm: {image: a}\ncommand: [\"a\\nb\"]\nenvironment: {1: x}\narchives: [x]\n"
         "git_sources: text",
         {}},
    });
  }

  TEST_CASE("section 2: a field of the wrong type is named, and only it") {
    check_faults(behind_image({
        {"2", "command: nginx -g daemon", {"command"}},
        {"2", "command: {a: b}", {"command"}},
        {"2", "command: [a, [b], {c: d}]", {"command[1]", "command[2]"}},
        {"2", "entrypoint: sh", {"entrypoint"}},
        {"2", "entrypoint: [[sh]]", {"entrypoint[0]"}},
        {"2", "environment: [A=b]", {"environment"}},
        {"2", "environment: {A: [b], B: ok}", {"environment.A"}},
        {"2", "supplies: http", {"supplies"}},
        {"2", "description: [x]", {"description"}},
        {"2", "network: text", {"network"}},
        {"2", "network: {external: [80]}", {"network.external"}},
        {"2", "network: {domains: www}", {"network.domains"}},
        {"2", "volumes: [v]", {"volumes"}},
        {"2", "volumes: {v: /data}", {"volumes.v"}},
        {"2", "questions: [q]", {"questions"}},
        {"2", "questions: {q: text}", {"questions.q"}},
        {"2", "archives: {image: a}", {"archives"}},
        {"2", "archives: [text]", {"archives[0]"}},
        {"2", "git_sources: text", {"git_sources"}},
        {"2", "templates: [t]", {"templates"}},
        {"2", "templates: {t: text}", {"templates.t"}},
        {"2", "notes: text", {"notes"}},
        {"2", "notes: {My note: text}", {"notes.My note"}},
        {"2", "dependencies: [db]", {"dependencies"}},
        {"2", "dependencies: {db: postgres}", {"dependencies.db"}},
        {"2", "post_update: text", {"post_update"}},
        {"2", "post_install: {a: b}", {"post_install"}},
        {"2", "attach: [a]", {"attach"}},
    }));
    check_faults({{"2", "image: [nginx]", {"image"}},
                  {"2", "image: {url: {a: b}}", {"image.url"}},
                  {"2", "vm: text", {"vm"}},
                  {"2", "vm: [a]", {"vm"}},
                  {"2", kProton + "text", {"proton"}}});
  }

  TEST_CASE("sections 2 and 3: null is absent, and the empty text where a text is wanted") {
    check_faults(behind_image({
        {"2", "command: \nentrypoint: ~\nenvironment: null\nnetwork: \nvolumes: \nquestions: ", {}},
        {"2", "archives: \ngit_sources: \ntemplates: \nnotes: \ndependencies: \nsupplies: ", {}},
        {"2", "network: {external: , internal: ~, domains: null}", {}},
        {"2", "environment: {A: , B: ~, C: null}\ndescription: \ncommand: [~, '']", {}},
        {"2", "environment: {}\nvolumes: {}\nquestions: {}\nnotes: {}\ncommand: []", {}},
        {"2", "volumes: {v: }", {"volumes.v.mountpoint"}},
        {"2", "questions: {q: ~}", {"questions.q.query"}},
        {"2", "dependencies: {db: }", {"dependencies.db.package"}},
        {"2",
         "archives: [~]",
         {"archives[0].directory", "archives[0].image", "archives[0].volume"}},
        {"2", "git_sources: [~]", {"git_sources[0].url", "git_sources[0].volume"}},
        {"2",
         "templates: {t: ~}",
         {"templates.t.content", "templates.t.path", "templates.t.volume"}},
        {"3.4", "network: {external: {'80': }}", {"network.external.80"}},
    }));
  }

  TEST_CASE("section 3.1: the characters of an image reference") {
    for (const std::string good :
         {"nginx", "a", "9", "gitea/gitea:1.21", "registry.lan:5000/a_b/c-d:e", "'nginx@sha256:ab'",
          "'@tag@'", "'nginx:@tag@'", "A.b"})
      check_faults({{"3.1", "image: " + good, {}}});
    for (const std::string bad : {"'nginx latest'", "nginx;id", "$(id)",
                                  "'`id`'",         "'a|b'",    "'a&b'",
                                  "\"a\\nb\"",      "-nginx",   "'--privileged'",
                                  "'.nginx'",       "'/nginx'", "'nginx?x'",
                                  "'nginx#x'",      "'näginx'", "' nginx'",
                                  "'{a}'",          "'a\\\\b'", "'_a'",
                                  "':a'",           "'*'",      "'%n'"})
      check_faults({{"3.1", "image: " + bad, {"image"}},
                    {"3.1", "image: {url: " + bad + "}", {"image.url"}}});
  }

  TEST_CASE("sections 3.2, 3.3 and 3.10: control characters, empty commands, names of variables") {
    check_faults(behind_image({
        {"3.2", "command: [\"a\\nb\"]", {"command[0]"}},
        {"3.2", "command: [ok, \"a\\rb\", \"\\e\"]", {"command[1]", "command[2]"}},
        {"3.2", "command: [\"\\x7f\"]", {"command[0]"}},
        {"3.2", "command: [\"a\\tb\", '%n $HOME', \"it's\", 'a && b', '@nobody@']", {}},
        {"3.2", "command:\n  - >-\n    a &&\n    b\n", {}},
        {"3.2", "command:\n  - |\n    a\n    b\n", {"command[0]"}},
        {"3.2", "entrypoint: [sh, \"\\0\"]", {"entrypoint[1]"}},
        {"3.3", "environment: {A: \"x\\nExecStart=/bin/sh\"}", {"environment.A"}},
        {"3.3", "environment: {A: \"@q@\\x01\"}", {"environment.A"}},
        {"3.3", "environment: {_: a, A1: b, a_B: c, A: '%n', B: '$HOME', C: \"a\\tb\"}", {}},
        {"3.3", "environment: {1A: x}", {"environment.1A"}},
        {"3.3", "environment: {A-B: x}", {"environment.A-B"}},
        {"3.3", "environment: {A.B: x}", {"environment.A.B"}},
        {"3.3", "environment: {'A B': x}", {"environment.A B"}},
        {"3.3", "environment: {'A=B': x}", {"environment.A=B"}},
        {"3.3", "environment: {Ä: x}", {"environment.Ä"}},
        {"3.3", "environment: {'@a@': x}", {"environment.@a@"}},
        {"3.10", "post_update: ['']", {"post_update[0]"}},
        {"3.10", "post_update: [ok, '   ', \"a\\nb\"]", {"post_update[1]", "post_update[2]"}},
        {"3.10", "post_install: [~]", {"post_install[0]"}},
        {"3.10", "post_update: [\"  trimmed \\n\"]", {}},
        {"2", "description: \"a\\n[Service]\\nExecStart=/bin/sh\"", {"description"}},
    }));
  }

  TEST_CASE("section 3.4: ports, their names and domains") {
    check_faults(behind_image({
        {"3.4",
         "network: {external: {8080: 80, http: '81'}, internal: {'1': 65535, '65535': 1}}",
         {}},
        {"3.4", "network: {external: {'@p@': '@q@'}}", {}},
        {"3.4", "network: {external: {'0': 80}}", {"network.external.0"}},
        {"3.4", "network: {external: {'65536': 80}}", {"network.external.65536"}},
        {"3.4",
         "network: {external: {'99999999999999999999': 80}}",
         {"network.external.99999999999999999999"}},
        {"3.4", "network: {external: {'-1': 80}}", {"network.external.-1"}},
        {"3.4", "network: {external: {'+80': 80}}", {"network.external.+80"}},
        {"3.4", "network: {external: {'80.5': 80}}", {"network.external.80.5"}},
        {"3.4", "network: {external: {0x50: 80}}", {"network.external.0x50"}},
        {"3.4", "network: {external: {my-port: 80}}", {"network.external.my-port"}},
        {"3.4", "network: {external: {_x: 80}}", {"network.external._x"}},
        {"3.4", "network: {external: {'80-90': 80}}", {"network.external.80-90"}},
        {"3.4", "network: {external: {'127.0.0.1:80': 80}}", {"network.external.127.0.0.1:80"}},
        {"3.4", "network: {internal: {'80': 0}}", {"network.internal.80"}},
        {"3.4", "network: {internal: {'80': 65536}}", {"network.internal.80"}},
        {"3.4", "network: {internal: {'80': http}}", {"network.internal.80"}},
        {"3.4", "network: {internal: {'80': '80/udp'}}", {"network.internal.80"}},
        {"3.4", "network: {internal: {'80': 1e3}}", {"network.internal.80"}},
        {"3.4", "network: {internal: {'80': [80]}}", {"network.internal.80"}},
        {"3.4", "network: {external: {a: 80}, internal: {a: 81}}", {"network.internal.a"}},
        {"3.4", "network: {external: {a: 80, b: 80}}", {"network.external.b"}},
        {"3.4", "network: {external: {'80': 80}, internal: {'80': 81}}", {"network.internal.80"}},
        {"3.4", "network: {external: {'80': 80, '080': 81}}", {"network.external.080"}},
        {"3.4", "network: {external: {sql: 5432, '5432': 5433}}", {"network.external.5432"}},
        {"3.4", "network: {external: {sql: 5432, '5433': 5432}}", {}},
        {"3.4", "network: {domains: [www, example.org, a-b.c, '@d@', 'x.@d@']}", {}},
        {"3.4", "network: {domains: ['a b']}", {"network.domains[0]"}},
        {"3.4", "network: {domains: [ok, '*.example.org']}", {"network.domains[1]"}},
        {"3.4",
         "network: {domains: [-a, a-, a..b, .a, a_b, 'a/b', \"a\\n{\", 'ä.de']}",
         {"network.domains[0]", "network.domains[1]", "network.domains[2]", "network.domains[3]",
          "network.domains[4]", "network.domains[5]", "network.domains[6]", "network.domains[7]"}},
        {"3.4", "network: {domains: [" + std::string(64, 'a') + "]}", {"network.domains[0]"}},
        {"3.4",
         "network: {external: {a: 80}, direct: [a], tls_mode: {a: passthrough}}",
         {"network.tls_mode.a"}},
        {"3.4", "network: {external: {a: 80}, direct: [b]}", {"network.direct[0]"}},
        {"3.4", "network: {external: {a: 80}, tls_mode: {b: terminate}}", {"network.tls_mode.b"}},
        {"3.4", "network: {external: {a: 80}, tls_mode: {a: off}}", {"network.tls_mode.a"}},
    }));
  }

  TEST_CASE("section 3.5: volumes") {
    const auto volume = [](const std::string& inner) {
      return "volumes: {data: {mountpoint: /data, " + inner + "}}";
    };
    check_faults(behind_image({
        {"3.5", "volumes: {a.b_c-1: {mountpoint: /data}}", {}},
        {"3.5", "volumes: {.a: {mountpoint: /data}}", {"volumes..a"}},
        {"3.5", "volumes: {-a: {mountpoint: /data}}", {"volumes.-a"}},
        {"3.5", "volumes: {a/b: {mountpoint: /data}}", {"volumes.a/b"}},
        {"3.5", "volumes: {'..': {mountpoint: /data}}", {"volumes..."}},
        {"3.5", "volumes: {'a b': {mountpoint: /data}}", {"volumes.a b"}},
        {"3.5", "volumes: {'@q@': {mountpoint: /data}}", {"volumes.@q@"}},
        {"3.5", "volumes: {a: {}}", {"volumes.a.mountpoint"}},
        {"3.5", "volumes: {a: {mountpoint: ''}}", {"volumes.a.mountpoint"}},
        {"3.5", "volumes: {a: {mountpoint: data}}", {"volumes.a.mountpoint"}},
        {"3.5", "volumes: {a: {mountpoint: ./data}}", {"volumes.a.mountpoint"}},
        {"3.5", "volumes: {a: {mountpoint: /data/../etc}}", {"volumes.a.mountpoint"}},
        {"3.5", "volumes: {a: {mountpoint: \"/a\\nb\"}}", {"volumes.a.mountpoint"}},
        {"3.5", "volumes: {a: {mountpoint: '/data:/etc'}}", {"volumes.a.mountpoint"}},
        {"3.5", "volumes: {a: {mountpoint: [/data]}}", {"volumes.a.mountpoint"}},
        {"3.5", "volumes: {a: {mountpoint: '@where@'}}", {}},
        {"3.5",
         "volumes: {a: {mountpoint: /a}, b: {mountpoint: /a/b}, c: {mountpoint: /a/..b}}",
         {}},
        {"3.5", volume("quota: 1.5gb"), {"volumes.data.quota"}},
        {"3.5", volume("quota: 512kb"), {"volumes.data.quota"}},
        {"3.5", volume("quota: 10g"), {"volumes.data.quota"}},
        {"3.5", volume("quota: 5 GiB"), {"volumes.data.quota"}},
        {"3.5", volume("quota: -1"), {"volumes.data.quota"}},
        {"3.5", volume("quota: 16777216tb"), {"volumes.data.quota"}},
        {"3.5", volume("quota: 18446744073709551616"), {"volumes.data.quota"}},
        {"3.5", volume("quota: gb"), {"volumes.data.quota"}},
        {"3.5", volume("quota: '@size@'"), {}},
        {"3.5", volume("quota: '5 GB'"), {}},
        {"3.5", volume("uid: -1"), {"volumes.data.uid"}},
        {"3.5", volume("uid: 4294967296"), {"volumes.data.uid"}},
        {"3.5", volume("gid: root"), {"volumes.data.gid"}},
        {"3.5", volume("gid: 1.0"), {"volumes.data.gid"}},
        {"3.5", volume("uid: 0x10, gid: [1]"), {"volumes.data.gid", "volumes.data.uid"}},
        {"3.5", volume("uid: '1000', gid: 4294967295"), {}},
        {"3.5", volume("git: 'https://example.org/a.git'"), {}},
        {"3.5", volume("git: 'file:///srv/a.git'"), {}},
        {"3.5", volume("git: 'ssh://git@@example.org:2222/a.git'"), {}},
        {"3.5", volume("git: 'git://example.org/a'"), {}},
        {"3.5", volume("git: 'https://@host@/a'"), {}},
        {"3.5", volume("git: 'git@github.com:a/b.git'"), {"volumes.data.git"}},
        {"3.5", volume("git: 'ext::sh -c id'"), {"volumes.data.git"}},
        {"3.5", volume("git: 'ftp://example.org/a'"), {"volumes.data.git"}},
        {"3.5", volume("git: 'https:///a'"), {"volumes.data.git"}},
        {"3.5", volume("git: /srv/a"), {"volumes.data.git"}},
        {"3.5", volume("git: example.org/a"), {"volumes.data.git"}},
        {"3.5", volume("git: 'ssh://-oProxyCommand=id/a'"), {"volumes.data.git"}},
        {"3.5", volume("git: --upload-pack=id"), {"volumes.data.git"}},
        {"3.5", volume("archive: site.tar.gz"), {}},
        {"3.5", volume("archive: '@file@'"), {}},
        {"3.5", volume("archive: ../site.tar.gz"), {"volumes.data.archive"}},
        {"3.5", volume("archive: /srv/site.tar.gz"), {"volumes.data.archive"}},
        {"3.5", volume("archive: a/b.tar"), {"volumes.data.archive"}},
        {"3.5", volume("archive: '..'"), {"volumes.data.archive"}},
        {"3.5", volume("archive: --use-compress-program=id"), {"volumes.data.archive"}},
        {"3.5", volume("shareable: maybe"), {"volumes.data.shareable"}},
        {"3.5", volume("exported: [true]"), {"volumes.data.exported"}},
    }));
  }

  TEST_CASE("section 3.6: files out of images and repositories") {
    check_faults(behind_image({
        {"3.6", kVolume + "archives: [{image: a/b, directory: /srv, volume: v}]", {}},
        {"3.6",
         kVolume + "archives: [{image: 'a b', directory: srv, volume: w}]",
         {"archives[0].directory", "archives[0].image", "archives[0].volume"}},
        {"3.6",
         kVolume + "archives: [{image: a, directory: /a/../b, volume: v}]",
         {"archives[0].directory"}},
        {"3.6",
         kVolume + "archives: [{image: a, directory: /a, volume: v}, {directory: /a, volume: v}]",
         {"archives[1].image"}},
        {"3.6", "archives: [{image: a, directory: /a, volume: v}]", {"archives[0].volume"}},
        {"3.6",
         kVolume + "archives: [{image: a, directory: /a, volume: '@v@'}]",
         {"archives[0].volume"}},
        {"3.6", kVolume + "git_sources: [{url: 'https://x.org/a', branch: main, volume: v}]", {}},
        {"3.6", kVolume + "git_sources: [{url: '@u@', branch: '@b@', volume: '@v@'}]", {}},
        {"3.6", kVolume + "git_sources: [{volume: v}]", {"git_sources[0].url"}},
        {"3.6", kVolume + "git_sources: [{url: 'https://x.org/a'}]", {"git_sources[0].volume"}},
        {"3.6",
         kVolume + "git_sources: [{url: 'https://x.org/a', branch: -x, volume: v}]",
         {"git_sources[0].branch"}},
        {"3.6",
         kVolume + "git_sources: [{url: 'https://x.org/a', branch: \"a\\nb\", volume: v}]",
         {"git_sources[0].branch"}},
        {"3.6",
         kVolume + "git_sources: [{url: 'https://-x/a', volume: v}]",
         {"git_sources[0].url"}},
        {"3.6",
         kVolume + "git_sources: [{url: 'https://x.org/a', volume: w}]",
         {"git_sources[0].volume"}},
    }));
  }
}

}  // namespace town::package
