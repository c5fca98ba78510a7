// The fields that `townctl package validate` names, section by section of the package format: from
// notes on.
#include "tests/unit/engine/package/contract_support.h"

namespace town::package {
namespace {

const std::string kVolume = "volumes: {v: {mountpoint: /v}}\n";
const std::string kProton = "volumes: {v: {mountpoint: /v}}\nproton: ";

}  // namespace

TEST_SUITE("engine/package/contract_more_faults") {
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
        {"9", file("volume: v, path: a, content: '{{ if .x }}'"), {"templates.t.content"}},
        {"9", file("volume: v, path: a, content: '{{ nosuch 1 }}'"), {"templates.t.content"}},
        {"9", file("volume: v, path: a, content: 'a {{'"), {"templates.t.content"}},
        {"9", file("volume: v, path: a, content: '{{ end }}'"), {"templates.t.content"}},
        {"9", file("volume: v, path: a, content: '{{ $x }}'"), {"templates.t.content"}},
        {"9", file("volume: v, path: a, content: '}} { { \"@${U}\" ^{\\{0,1\\}'"), {}},
        {"9",
         file("volume: v, path: a, content: '{{ .Dep.db.Host }} {{ index .Dep.db.Ports \"sql\" "
              "}}{{- range $k, $v := .Responses }}{{ $k }}{{ end -}}'"),
         {}},
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
