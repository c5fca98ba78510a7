#include "engine/engine.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "engine/admission/admission.h"
#include "engine/admission/draft.h"
#include "engine/admission/facts.h"
#include "engine/compiler/compiler.h"
#include "engine/words.h"

namespace town {
namespace {

/// The part of the graph that an intent touches, as it is and as it is wanted.
struct Affected {
  Graph stored;
  Graph wanted;
  std::vector<Key> purge;
};

/// Settings that the compiler reads: with another value every package compiles anew.
bool compiles_everything(const Key& key) {
  return key.kind == Kind::setting && (key.name == "dns_tld" || key.name == "default_quota");
}

FindPackage finder_in(const Draft& draft) {
  return [&draft](const Key& key) { return draft.find<PackageSpec>(key); };
}

/// Whoever rests on a volume of one of these.
std::set<Key> users_of(const Graph& head, const std::set<Key>& packages) {
  std::set<Key> users;
  for (const auto& package : packages) {
    for (const auto& part : head.owned_by(package)) {
      if (part->key.kind != Kind::volume) continue;
      for (const auto& user : head.dependants(part->key)) {
        const auto resource = head.find(user);
        if (resource && resource->owner) users.insert(*resource->owner);
      }
    }
  }
  return users;
}

/// Whoever may have been waiting for a volume of one of these.
std::set<Key> waiting_for(const Draft& draft, const std::set<Key>& packages) {
  std::set<Key> waiting;
  const auto exports = [&](const Key& key) {
    const auto* spec = draft.find<PackageSpec>(key);
    return spec && may_export(spec->definition);
  };
  if (std::none_of(packages.begin(), packages.end(), exports)) return waiting;
  const auto attaches = [](const auto& member) { return may_attach(member.second.definition); };
  for (const auto& resource : draft.graph().of(Kind::package)) {
    const auto& spec = std::get<PackageSpec>(resource->spec);
    if (may_attach(spec.definition) ||
        std::any_of(spec.members.begin(), spec.members.end(), attaches)) {
      waiting.insert(resource->key);
    }
  }
  return waiting;
}

std::string summary(const Draft& draft) {
  std::string text;
  for (const auto& sentence : draft.words()) {
    if (!text.empty()) text += "; ";
    text += sentence;
  }
  return text;
}

/// What a delta means to a person, one sentence a resource that matters to them.
std::vector<std::string> words_of(const GraphDelta& delta, const Graph& stored) {
  std::vector<std::string> words;
  for (const auto& resource : delta.put) {
    const bool fresh = !stored.find(resource.key);
    const auto name = resource.key.name;
    if (resource.deleting) {
      words.push_back(resource.purge ? "destroy " + to_string(resource.key)
                                     : "let go of " + to_string(resource.key));
    } else if (const auto* volume = std::get_if<VolumeSpec>(&resource.spec)) {
      words.push_back(fmt::format("{} volume {}, quota {}", fresh ? "provide" : "change",
                                  volume->path, size_words(volume->quota)));
    } else if (const auto* port = std::get_if<PortSpec>(&resource.spec)) {
      words.push_back(fmt::format("open port {}/{}", port->number, port->protocol));
    } else if (const auto* image = std::get_if<ImageSpec>(&resource.spec)) {
      words.push_back("have image " + image->reference);
    } else if (const auto* unit = std::get_if<UnitSpec>(&resource.spec)) {
      words.push_back(fresh ? "run " + unit->unit
                            : (unit->running ? "restart " : "stop ") + unit->unit);
    }
  }
  for (const auto& key : delta.erased) words.push_back("remove " + to_string(key));
  return words;
}

std::string in_use(const PortSpec& port, const std::string& holder, const Resource& resource) {
  return fmt::format(
      "port {} is in use by {}, which is not one of your apps. Stop it, or choose another port for "
      "{}",
      port.number, holder, resource.owner->name);
}

}  // namespace

struct Engine::Impl {
  explicit Impl(Sources sources_in) : sources(std::move(sources_in)) {}

  Draft draft(const std::shared_ptr<const Graph>& head) {
    return {head, sources.store.snapshot(), sources.catalog(), sources.host, sources.own_port};
  }

  GraphDelta compile(Draft& draft);
  static void add_attached(const Draft& draft, std::set<Key>& packages);
  void compile_packages(const Draft& draft, const std::set<Key>& packages, Affected& affected);
  void check_claims(Draft& draft, const Graph& wanted);
  void check_port(const Draft& draft, const Resource& resource, const PortSpec& port);
  void check_own_port(Draft& draft, const Resource& resource, const PortSpec& port);
  void check_names(const Graph& head, const Graph& wanted);

  Sources sources;
  std::mutex mutex;
};

/// The step from the stored graph to what the draft means, looking only at what the draft touches.
GraphDelta Engine::Impl::compile(Draft& draft) {
  const auto& head = draft.graph();
  std::set<Key> packages;
  Affected affected;
  affected.purge = draft.purged();
  for (const auto& [key, spec] : draft.changes()) {
    if (const auto stored = head.find(key)) affected.stored.put(*stored);
    if (spec) affected.wanted.put(compile_declared(key, *spec));
    if (key.kind == Kind::package) packages.insert(key);
    if (!compiles_everything(key)) continue;
    for (const auto& [package, unused] : draft.all(Kind::package)) packages.insert(package);
  }
  add_attached(draft, packages);
  compile_packages(draft, packages, affected);
  check_claims(draft, affected.wanted);
  return diff(affected.stored, affected.wanted, affected.purge);
}

/// Other packages may mount volumes of these: where those lie, or whether they are there at all,
/// may have changed. One that does not compile any more stays as it is.
void Engine::Impl::add_attached(const Draft& draft, std::set<Key>& packages) {
  auto candidates = users_of(draft.graph(), packages);
  candidates.merge(waiting_for(draft, packages));
  const auto facts = facts_of(draft);
  for (const auto& key : candidates) {
    const auto* spec = draft.find<PackageSpec>(key);
    if (!spec || packages.contains(key)) continue;
    if (compile_package(key, *spec, facts, finder_in(draft)).faults.empty()) packages.insert(key);
  }
}

void Engine::Impl::compile_packages(const Draft& draft, const std::set<Key>& packages,
                                    Affected& affected) {
  if (packages.empty()) return;
  const auto& head = draft.graph();
  const auto facts = facts_of(draft);
  head.each([&](const ResourcePtr& resource) {
    if (resource->owner && packages.contains(*resource->owner)) affected.stored.put(*resource);
  });
  for (const auto& key : packages) {
    const auto* spec = draft.find<PackageSpec>(key);
    if (!spec) continue;  // uninstalled: all that it owned goes
    auto compiled = compile_package(key, *spec, facts, finder_in(draft));
    if (!compiled.faults.empty()) throw InvalidInput("InvalidPackage", std::move(compiled.faults));
    for (auto& resource : compiled.resources) {
      if (const auto other = affected.wanted.find(resource.key)) {
        throw Error(Code::conflict, "ClaimedTwice",
                    to_string(resource.key) + " is asked for by " +
                        (other->owner ? other->owner->name : other->key.name) + " and by " +
                        key.name + ": choose another for one of them");
      }
      if (const auto stored = head.find(resource.key)) affected.stored.put(*stored);
      affected.wanted.put(std::move(resource));
    }
  }
}

/// Scarce things are claimed in the same batch as the intent: nobody else may have them.
void Engine::Impl::check_claims(Draft& draft, const Graph& wanted) {
  const auto& head = draft.graph();
  wanted.each([&](const ResourcePtr& resource) {
    const auto stored = head.find(resource->key);
    const bool own = stored && stored->owner == resource->owner;
    if (const auto* port = std::get_if<PortSpec>(&resource->spec)) {
      return own ? check_own_port(draft, *resource, *port) : check_port(draft, *resource, *port);
    }
    if (stored && !stored->deleting && !own) {
      throw Error(Code::conflict, "NameTaken",
                  to_string(resource->key) + " already belongs to " +
                      (stored->owner ? stored->owner->name : std::string("you")));
    }
  });
  check_names(head, wanted);
}

/// While an app is stopped another program may take its port. A wish to start it stays one, and
/// whoever wishes it learns at once what is in the way.
void Engine::Impl::check_own_port(Draft& draft, const Resource& resource, const PortSpec& port) {
  const auto key = parse_key(port.unit);
  const auto before = key ? draft.graph().find(*key) : nullptr;
  const auto* stopped = before ? std::get_if<UnitSpec>(&before->spec) : nullptr;
  if (stopped == nullptr || stopped->running) return;
  // One that was not seen to have stopped may still hold the port itself.
  const bool seen_stopped = draft.status(*key).ready_at(before->generation);
  const bool seen_taken = draft.status(resource.key).find(ConditionType::degraded) != nullptr;
  if (!seen_stopped && !seen_taken) return;
  const auto holder = sources.host.port_holder(port.number, port.protocol);
  if (holder.empty()) return;
  draft.warn({"network",
              in_use(port, holder, resource) + ". It starts by itself as soon as the port is free",
              0});
}

void Engine::Impl::check_port(const Draft& draft, const Resource& resource, const PortSpec& port) {
  const auto stored = draft.graph().find(resource.key);
  // Who had it may give it up in this very intent; who keeps it would have claimed it again.
  const bool given_up = stored && stored->owner && draft.changes().contains(*stored->owner);
  if (stored && !stored->deleting && !given_up) {
    throw Error(
        Code::conflict, "PortTaken",
        fmt::format("port {} is already used by {}. Choose another port for {}", port.number,
                    stored->owner ? stored->owner->name : "the box", resource.owner->name));
  }
  if (port.number == sources.own_port) {
    throw Error(Code::conflict, "PortTaken",
                fmt::format("port {} is the dashboard's own. Choose another port for {}",
                            port.number, resource.owner->name));
  }
  const auto holder = stored ? std::string() : sources.host.port_holder(port.number, port.protocol);
  if (!holder.empty()) {
    throw Error(Code::conflict, "PortInUse", in_use(port, holder, resource));
  }
}

/// Parts are joined by hyphens and may hold hyphens: "a-b"/"c" and "a"/"b-c" would be one unit.
void Engine::Impl::check_names(const Graph& head, const Graph& wanted) {
  std::map<std::string, Key> names;
  for (const auto& resource : wanted.of(Kind::unit)) {
    names.emplace(std::get<UnitSpec>(resource->spec).unit, resource->key);
  }
  if (names.empty()) return;
  for (const auto& resource : head.of(Kind::unit)) {
    const auto found = names.find(std::get<UnitSpec>(resource->spec).unit);
    if (found == names.end() || found->second == resource->key) continue;
    throw Error(Code::conflict, "NameTaken",
                "the service name " + found->first + " is already used by " + resource->key.name);
  }
}

Engine::Engine(Sources sources) : impl_(std::make_unique<Impl>(std::move(sources))) {}
Engine::~Engine() = default;

Accepted Engine::submit(const Intent& intent) {
  Accepted accepted;
  std::unique_lock lock(impl_->mutex);
  auto draft = impl_->draft(impl_->sources.store.head());
  for (const auto& request : intent.requests) {
    std::visit([&](const auto& asked) { admit(asked, draft); }, request);
  }
  const auto delta = impl_->compile(draft);
  accepted.declared = draft.about();
  accepted.warnings = draft.warnings();
  if (delta.empty()) {
    accepted.revision = impl_->sources.store.snapshot().revision;
    return accepted;
  }
  IntentRecord record;
  record.author = intent.author;
  record.action = intent.requests.size() == 1 ? action_of(intent.requests.front()) : "apply";
  record.summary = summary(draft);
  for (const auto& [key, spec] : draft.changes())
    (spec ? record.put : record.removed).push_back(key);
  auto pending = impl_->sources.store.commit(std::move(record), delta, intent.rows);
  lock.unlock();  // the next intent is admitted while this one is on its way to the disk
  accepted.number = pending.number();
  accepted.revision = pending.await();
  return accepted;
}

Preview Engine::preview(const Intent& intent) {
  const std::lock_guard lock(impl_->mutex);
  auto draft = impl_->draft(impl_->sources.store.head());
  for (const auto& request : intent.requests) {
    std::visit([&](const auto& asked) { admit(asked, draft); }, request);
  }
  Preview preview;
  preview.delta = impl_->compile(draft);
  if (!preview.delta.empty()) {
    preview.words = draft.words();
    for (auto& sentence : words_of(preview.delta, draft.graph())) {
      preview.words.push_back(std::move(sentence));
    }
  }
  preview.declared = draft.about();
  preview.warnings = draft.warnings();
  return preview;
}

void Engine::recompile() {
  std::unique_lock lock(impl_->mutex);
  const auto head = impl_->sources.store.head();
  auto draft = impl_->draft(head);
  for (const auto& [key, spec] : draft.all(Kind::package)) {
    const auto compiled =
        compile_package(key, std::get<PackageSpec>(spec), facts_of(draft), finder_in(draft));
    if (compiled.faults.empty()) {
      draft.put(key, spec);
    } else {
      spdlog::error("package does not compile any more key={} faults={}", to_string(key),
                    to_string(compiled.faults));
    }
  }
  const auto delta = impl_->compile(draft);
  if (delta.empty()) return;
  IntentRecord record;
  record.author = {"system", "system"};
  record.action = "recompile";
  record.summary = "compile all packages anew";
  auto pending = impl_->sources.store.commit(std::move(record), delta);
  lock.unlock();
  pending.await();
}

}  // namespace town
