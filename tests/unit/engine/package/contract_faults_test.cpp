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

  TEST_CASE("section 3.7: notes are judged by their type, an escaped @ as what it becomes") {
    const auto note = [](const std::string& value, const std::string& type) {
      return "notes: {A b: {value: \"" + value + "\", type: " + type + "}}";
    };
    const FieldSet fault{"notes.A b.value"};
    check_faults(behind_image({
        {"3.7", note("https://x.org:8443/a?b#c", "url"), {}},
        {"3.7", note("http://[::1]:80/", "url"), {}},
        {"3.7", note("ssh://git@@example.org/a", "url"), {}},
        {"3.7", note("https://@PACKAGE_DNS@/", "url"), {}},
        {"3.7", note("not a url", "url"), fault},
        {"3.7", note("http://x:port/", "url"), fault},
        {"3.7", note("://x", "url"), fault},
        {"3.7", note("http://[::1", "url"), fault},
        {"3.7", note("http://x/%zz", "url"), fault},
        {"3.7", note("+49 (30) 123-45.6", "phone"), {}},
        {"3.7", note("110", "phone"), {}},
        {"3.7", note("(030) 12", "phone"), fault},
        {"3.7", note("+ 49", "phone"), fault},
        {"3.7", note("12a", "phone"), fault},
        {"3.7", note("a@b.c", "email"), {}},
        {"3.7", note("admin@@example.com", "email"), {}},
        {"3.7", note("@user@", "email"), {}},
        {"3.7", note("a@b", "email"), fault},
        {"3.7", note("a b@c.d", "email"), fault},
        {"3.7", note("a@b@c.d", "email"), {}},
        {"3.7", note("anything\\nat all", "text"), {}},
        {"3.7", note("anything", "''"), {}},
        {"3.7", "notes: {A b: {type: url}}", fault},
        {"3.7", "notes: {A b: {value: [x]}}", fault},
    }));
  }

  TEST_CASE("sections 3.8 and 3.9: virtual machines and proton") {
    check_faults({
        {"3.8", "vm: {image: 'https://x.org/a.qcow2', memory: 2gb, cpus: 4}", {}},
        {"3.8", "vm: {image: a.qcow2, cpus: 0, memory: }", {}},
        {"3.8", "vm: {image: '@i@', memory: '@m@'}", {}},
        {"3.8", "vm: {}", {"vm.image"}},
        {"3.8", "vm: {memory: 1gb}", {"vm.image"}},
        {"3.8", "vm: {image: 'ftp://x.org/a'}", {"vm.image"}},
        {"3.8", "vm: {image: 'file:///etc/shadow'}", {"vm.image"}},
        {"3.8", "vm: {image: ../a.qcow2}", {"vm.image"}},
        {"3.8", "vm: {image: /a.qcow2}", {"vm.image"}},
        {"3.8", "vm: {image: a/b}", {"vm.image"}},
        {"3.8", "vm: {image: 'https:///a'}", {"vm.image"}},
        {"3.8", "vm: {image: -drive}", {"vm.image"}},
        {"3.8", "vm: {image: a, memory: lots}", {"vm.memory"}},
        {"3.8", "vm: {image: a, memory: 1.5gb}", {"vm.memory"}},
        {"3.8", "vm: {image: a, cpus: -1}", {"vm.cpus"}},
        {"3.8", "vm: {image: a, cpus: two}", {"vm.cpus"}},
        {"3.8", "vm: {image: a, cpus: [2]}", {"vm.cpus"}},
        {"3.9",
         kProton + "{app_image: a, app_directory: /a, volume: v, exe: e, args: [-x, '@a@']}",
         {}},
        {"3.9",
         kProton + "{}",
         {"proton.app_directory", "proton.app_image", "proton.exe", "proton.volume"}},
        {"3.9",
         kProton + "{app_image: a b, app_directory: /a, volume: v, exe: e}",
         {"proton.app_image"}},
        {"3.9",
         kProton + "{app_image: a, app_directory: a, volume: v, exe: e}",
         {"proton.app_directory"}},
        {"3.9",
         kProton + "{app_image: a, app_directory: /a, volume: w, exe: e}",
         {"proton.volume"}},
        {"3.9", kProton + "{app_image: a, app_directory: /a, volume: v, exe: ''}", {"proton.exe"}},
        {"3.9",
         kProton + "{app_image: a, app_directory: /a, volume: v, exe: e, args: -x}",
         {"proton.args"}},
    });
  }

  TEST_CASE("section 3.11: attached volumes of other packages") {
    const auto attach = [](const std::string& inner) { return "attach: {m: {" + inner + "}}"; };
    check_faults(behind_image({
        {"3.11",
         attach("volume: default/media/films, subpath: a/b, path: /films, readonly: true"),
         {}},
        {"3.11", attach("volume: '@q@', subpath: '@s@', path: '@p@', uid: 1, gid: 2"), {}},
        {"3.11", attach("path: /films"), {"attach.m.volume"}},
        {"3.11", attach("volume: default/media/films"), {"attach.m.path"}},
        {"3.11", attach("volume: media/films, path: /films"), {"attach.m.volume"}},
        {"3.11", attach("volume: a/../c, path: /films"), {"attach.m.volume"}},
        {"3.11", attach("volume: a/b/c, path: films"), {"attach.m.path"}},
        {"3.11", attach("volume: a/b/c, path: /f, subpath: ../x"), {"attach.m.subpath"}},
        {"3.11", attach("volume: a/b/c, path: /f, subpath: ./x"), {"attach.m.subpath"}},
        {"3.11", attach("volume: a/b/c, path: /f, subpath: a//b"), {"attach.m.subpath"}},
        {"3.11", attach("volume: a/b/c, path: /f, subpath: /x"), {"attach.m.subpath"}},
        {"3.11", attach("volume: a/b/c, path: /f, uid: x"), {"attach.m.uid"}},
        {"3.11", "attach: {'../m': {volume: a/b/c, path: /f}}", {"attach.../m"}},
    }));
  }

  TEST_CASE("section 4: questions") {
    const auto question = [](const std::string& inner) {
      return "questions: {q: {query: Q, " + inner + "}, yes: {query: Q, type: boolean}}";
    };
    check_faults(behind_image({
        {"4.1", "questions: {a_1: {query: 'me@here'}, 9: {query: Q}}", {}},
        {"4.1", "questions: {_a: {query: Q}}", {"questions._a"}},
        {"4.1", "questions: {a-b: {query: Q}}", {"questions.a-b"}},
        {"4.1", "questions: {a.b: {query: Q}}", {"questions.a.b"}},
        {"4.1", "questions: {'@a@': {query: Q}}", {"questions.@a@"}},
        {"4.1", "questions: {q: {type: port}}", {"questions.q.query"}},
        {"4.1", "questions: {q: {query: ''}}", {"questions.q.query"}},
        {"4.1", "questions: {q: {query: [x]}}", {"questions.q.query"}},
        {"4.2", question("type: int"), {"questions.q.type"}},
        {"4.2", question("type: Port"), {"questions.q.type"}},
        {"4.2", question("type: [port]"), {"questions.q.type"}},
        {"4.2", question("default: [x]"), {"questions.q.default"}},
        {"4.2", question("type: boolean, default: yes"), {"questions.q.default"}},
        {"4.2", question("type: boolean, default: T"), {}},
        {"4.2", question("type: port, default: 2222"), {}},
        {"4.3", question("optional: true"), {}},
        {"4.3", question("optional: perhaps"), {"questions.q.optional"}},
        {"4.4", question("show_if: yes"), {}},
        {"4.4", question("show_if: nobody"), {"questions.q.show_if"}},
        {"4.4", question("show_if: q"), {"questions.q.show_if"}},
        {"4.5", question("type: oauth"), {"questions.q.oauth"}},
        {"4.5",
         question("type: secret, oauth: {start: {url: 'https://x.org'}}"),
         {"questions.q.oauth"}},
        {"4.5", question("type: oauth, oauth: [x]"), {"questions.q.oauth"}},
        {"4.5",
         question("type: oauth, oauth: {start: {url: 'https://x.org/{{client_id}}'}, extract: {c: "
                  "d}, approve: 'https://x.org/#{{c}}', poll: {url: 'https://x.org/{{c}}'}, "
                  "token: t}"),
         {}},
    }));
  }

  TEST_CASE("section 9: templates") {
    const auto file = [](const std::string& inner) {
      return kVolume + "templates: {t: {" + inner + "}}";
    };
    check_faults(behind_image({
        {"9", file("volume: v, path: a/b.conf, content: 'x {{ .Package.Name }}'"), {}},
        {"9", file("volume: v, path: ./a//b, content: x"), {}},
        {"9", file("volume: v, path: ..a/b.., content: x"), {}},
        {"9", file("volume: '@v@', path: '@p@', content: '@c@'"), {}},
        {"9", file("path: a, content: x"), {"templates.t.volume"}},
        {"9", file("volume: w, path: a, content: x"), {"templates.t.volume"}},
        {"9", file("volume: v, content: x"), {"templates.t.path"}},
        {"9", file("volume: v, path: /etc/passwd, content: x"), {"templates.t.path"}},
        {"9", file("volume: v, path: ../a, content: x"), {"templates.t.path"}},
        {"9", file("volume: v, path: a/../../b, content: x"), {"templates.t.path"}},
        {"9", file("volume: v, path: '..', content: x"), {"templates.t.path"}},
        {"9", file("volume: v, path: a/, content: x"), {"templates.t.path"}},
        {"9", file("volume: v, path: \"a\\nb\", content: x"), {"templates.t.path"}},
        {"9", file("volume: v, path: a"), {"templates.t.content"}},
        {"9", file("volume: v, path: a, content: ''"), {"templates.t.content"}},
        {"9",
         kVolume + "templates: {'../t': {volume: v, path: a, content: x}}",
         {"templates.../t"}},
    }));
  }

  TEST_CASE("section 10: dependencies") {
    check_faults(behind_image({
        {"10.1",
         "dependencies: {db_1: {package: p, repo: r, version: 1.10, responses: {a: 1}}}",
         {}},
        {"10.1", "dependencies: {my-db: {package: p}}", {"dependencies.my-db"}},
        {"10.1", "dependencies: {'': {package: p}}", {"dependencies."}},
        {"10.1", "dependencies: {db: {}}", {"dependencies.db.package"}},
        {"10.1", "dependencies: {db: {package: a/b}}", {"dependencies.db.package"}},
        {"10.1", "dependencies: {db: {package: '..'}}", {"dependencies.db.package"}},
        {"10.1", "dependencies: {db: {package: p, version: ../1}}", {"dependencies.db.version"}},
        {"10.1", "dependencies: {db: {package: p, version: [1]}}", {"dependencies.db.version"}},
        {"10.1", "dependencies: {db: {package: p, repo: a/b}}", {"dependencies.db.repo"}},
        {"10.1", "dependencies: {db: {package: p, responses: [a]}}", {"dependencies.db.responses"}},
        {"10.1",
         "dependencies: {db: {package: p, expose: {d: {path: db}}}, c: {package: p, consume: "
         "[{from: nobody, volume: d, path: /d}]}}",
         {"dependencies.db.expose.d.path", "dependencies.c.consume[0].from"}},
        {"10.2",
         "dependencies: {a: {package: p, responses: {x: '@dep_b_host@'}}, b: {package: p, "
         "responses: {x: '@dep_A_port_1@'}}, c: {package: p, responses: {x: '@dep_a_host@'}}}",
         {"dependencies.a", "dependencies.b"}},
        {"10.2",
         "dependencies: {a: {package: p, responses: {x: '@dep_a_host@ @dep_z_host@'}}}",
         {}},
    }));
  }

  TEST_CASE("every section at fault is named in one answer, and no other one") {
    check_faults({{"4.6",
                   R"(
image: {url: "a b", type: x}
description: [x]
supplies: http
command: ["a\nb"]
entrypoint: ["\r"]
environment: {1A: x, GOOD: y}
network: {external: {"0": 80}, internal: {"1": 0}, domains: ["a b", ok]}
volumes: {bad name: {mountpoint: /x}, v: {mountpoint: v, quota: x, uid: x, gid: x, git: x, archive: a/b}}
questions: {bad-name: {query: q}, q: {type: x, default: [x], optional: x}, o: {query: q, type: oauth}}
archives: [{image: "a b", directory: x, volume: w}]
git_sources: [{url: x, branch: -x, volume: w}]
templates: {bad name: {volume: v, path: a, content: x}, t: {volume: w, path: ../a, content: ""}}
notes: {n: {value: x, type: email}}
dependencies: {bad-key: {package: p}, d: {package: "", version: a/b, repo: a/b, responses: x}}
post_update: [""]
)",
                   {"image.url",
                    "image.type",
                    "description",
                    "supplies",
                    "command[0]",
                    "entrypoint[0]",
                    "environment.1A",
                    "network.external.0",
                    "network.internal.1",
                    "network.domains[0]",
                    "volumes.bad name",
                    "volumes.v.mountpoint",
                    "volumes.v.quota",
                    "volumes.v.uid",
                    "volumes.v.gid",
                    "volumes.v.git",
                    "volumes.v.archive",
                    "questions.bad-name",
                    "questions.q.query",
                    "questions.q.type",
                    "questions.q.default",
                    "questions.q.optional",
                    "questions.o.oauth",
                    "archives[0].image",
                    "archives[0].directory",
                    "archives[0].volume",
                    "git_sources[0].url",
                    "git_sources[0].branch",
                    "git_sources[0].volume",
                    "templates.bad name",
                    "templates.t.volume",
                    "templates.t.path",
                    "templates.t.content",
                    "notes.n.value",
                    "dependencies.bad-key",
                    "dependencies.d.package",
                    "dependencies.d.version",
                    "dependencies.d.repo",
                    "dependencies.d.responses",
                    "post_update[0]"}}});
  }

  TEST_CASE("what names a badly named volume is not at fault itself") {
    check_faults(behind_image(
        {{"3.5",
          "volumes: {bad name: {mountpoint: /x}}\ntemplates: {t: {volume: bad name, path: a, "
          "content: x}}\narchives: [{image: a, directory: /a, volume: bad name}]",
          {"volumes.bad name"}}}));
  }
}

}  // namespace town::package
