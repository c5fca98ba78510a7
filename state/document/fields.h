// The one description of every struct that is written down: its members and their names. JSON and
// the store's documents both follow it, so that a new member is added in one place. Inside state/
// only. Names are for good: a stored document knows its members by them.
#pragma once

#include <cstddef>
#include <string_view>
#include <tuple>

#include "state/event.h"
#include "state/intent.h"
#include "state/resource.h"
#include "state/spec.h"
#include "state/status.h"

namespace town::document {

template <typename Struct, typename Value>
struct Field {
  std::string_view name;
  Value Struct::*member;
};

template <typename Struct, typename Value>
Field(const char*, Value Struct::*) -> Field<Struct, Value>;

/// How many members of a struct are kept elsewhere: none, unless it says so.
struct AllFields {
  static constexpr std::size_t kOthers = 0;
};

/// The fields of `T`, in the order in which they are written. document/pack.cpp does not compile
/// where a member is missing.
template <typename T>
struct Fields;

template <typename T>
concept Described = requires {
  Fields<T>::kAll;
};

/// Calls `visit(field)` for each field of `T`.
template <Described T, typename F>
void for_each_field(F&& visit) {
  std::apply([&](const auto&... field) { (visit(field), ...); }, Fields<T>::kAll);
}

template <>
struct Fields<RepositorySpec> : AllFields {
  static constexpr auto kAll = std::tuple{
      Field{"url", &RepositorySpec::url},
      Field{"username", &RepositorySpec::username},
      Field{"password", &RepositorySpec::password},
      Field{"position", &RepositorySpec::position},
  };
};

template <>
struct Fields<MemberSpec> : AllFields {
  static constexpr auto kAll = std::tuple{
      Field{"repo", &MemberSpec::repo},           Field{"package", &MemberSpec::package},
      Field{"version", &MemberSpec::version},     Field{"definition", &MemberSpec::definition},
      Field{"responses", &MemberSpec::responses}, Field{"volume_ids", &MemberSpec::volume_ids},
      Field{"clone_of", &MemberSpec::clone_of},   Field{"quotas", &MemberSpec::quotas},
  };
};

template <>
struct Fields<PackageSpec> : AllFields {
  static constexpr auto kAll = std::tuple{
      Field{"repo", &PackageSpec::repo},
      Field{"package", &PackageSpec::package},
      Field{"name", &PackageSpec::name},
      Field{"version", &PackageSpec::version},
      Field{"track_latest", &PackageSpec::track_latest},
      Field{"definition", &PackageSpec::definition},
      Field{"digest", &PackageSpec::digest},
      Field{"responses", &PackageSpec::responses},
      Field{"volume_ids", &PackageSpec::volume_ids},
      Field{"clone_of", &PackageSpec::clone_of},
      Field{"quotas", &PackageSpec::quotas},
      Field{"enabled", &PackageSpec::enabled},
      Field{"stopped", &PackageSpec::stopped},
      Field{"restarts", &PackageSpec::restarts},
      Field{"members", &PackageSpec::members},
      Field{"former", &PackageSpec::former},
      Field{"installation", &PackageSpec::installation},
  };
};

template <>
struct Fields<SeedSpec> : AllFields {
  static constexpr auto kAll = std::tuple{
      Field{"from", &SeedSpec::from},           Field{"source", &SeedSpec::source},
      Field{"directory", &SeedSpec::directory}, Field{"branch", &SeedSpec::branch},
      Field{"username", &SeedSpec::username},   Field{"password", &SeedSpec::password},
  };
};

template <>
struct Fields<VolumeSpec> : AllFields {
  static constexpr auto kAll = std::tuple{
      Field{"id", &VolumeSpec::id},       Field{"path", &VolumeSpec::path},
      Field{"quota", &VolumeSpec::quota}, Field{"uid", &VolumeSpec::uid},
      Field{"gid", &VolumeSpec::gid},     Field{"clone_of", &VolumeSpec::clone_of},
      Field{"files", &VolumeSpec::files}, Field{"kept", &VolumeSpec::kept},
      Field{"seeds", &VolumeSpec::seeds},
  };
};

template <>
struct Fields<ImageSpec> : AllFields {
  static constexpr auto kAll = std::tuple{Field{"reference", &ImageSpec::reference}};
};

template <>
struct Fields<MountSpec> : AllFields {
  static constexpr auto kAll = std::tuple{
      Field{"volume", &MountSpec::volume},
      Field{"path", &MountSpec::path},
      Field{"target", &MountSpec::target},
      Field{"read_only", &MountSpec::read_only},
  };
};

template <>
struct Fields<PublishedPort> : AllFields {
  static constexpr auto kAll = std::tuple{
      Field{"host", &PublishedPort::host},
      Field{"container", &PublishedPort::container},
      Field{"protocol", &PublishedPort::protocol},
  };
};

template <>
struct Fields<UnitSpec> : AllFields {
  static constexpr auto kAll = std::tuple{
      Field{"unit", &UnitSpec::unit},
      Field{"container", &UnitSpec::container},
      Field{"description", &UnitSpec::description},
      Field{"image", &UnitSpec::image},
      Field{"entrypoint", &UnitSpec::entrypoint},
      Field{"command", &UnitSpec::command},
      Field{"environment", &UnitSpec::environment},
      Field{"mounts", &UnitSpec::mounts},
      Field{"network", &UnitSpec::network},
      Field{"aliases", &UnitSpec::aliases},
      Field{"ports", &UnitSpec::ports},
      Field{"running", &UnitSpec::running},
      Field{"restarts", &UnitSpec::restarts},
      Field{"after", &UnitSpec::after},
      Field{"post_install", &UnitSpec::post_install},
      Field{"installation", &UnitSpec::installation},
      Field{"post_update", &UnitSpec::post_update},
  };
};

template <>
struct Fields<NetworkSpec> : AllFields {
  static constexpr auto kAll = std::tuple{Field{"network", &NetworkSpec::network}};
};

template <>
struct Fields<PortSpec> : AllFields {
  static constexpr auto kAll = std::tuple{
      Field{"number", &PortSpec::number},
      Field{"protocol", &PortSpec::protocol},
      Field{"unit", &PortSpec::unit},
  };
};

template <>
struct Fields<SettingSpec> : AllFields {
  static constexpr auto kAll = std::tuple{Field{"value", &SettingSpec::value}};
};

template <>
struct Fields<AnswersSpec> : AllFields {
  static constexpr auto kAll = std::tuple{
      Field{"responses", &AnswersSpec::responses},
      Field{"members", &AnswersSpec::members},
  };
};

template <>
struct Fields<DiskSpec> : AllFields {
  static constexpr auto kAll = std::tuple{Field{"reserve", &DiskSpec::reserve}};
};

template <>
struct Fields<PageSpec> : AllFields {
  static constexpr auto kAll = std::tuple{
      Field{"source_type", &PageSpec::source_type},
      Field{"repo_url", &PageSpec::repo_url},
      Field{"branch", &PageSpec::branch},
      Field{"domain", &PageSpec::domain},
      Field{"image", &PageSpec::image},
      Field{"image_directory", &PageSpec::image_directory},
      Field{"status", &PageSpec::status},
      Field{"created", &PageSpec::created},
      Field{"updated", &PageSpec::updated},
  };
};

template <>
struct Fields<VmImageSpec> : AllFields {
  static constexpr auto kAll = std::tuple{Field{"url", &VmImageSpec::url}};
};

/// All but the key (the row's name), the spec (a document of its own) and the needs (rows of their
/// own).
template <>
struct Fields<Resource> {
  static constexpr std::size_t kOthers = 3;
  static constexpr auto kAll = std::tuple{
      Field{"generation", &Resource::generation}, Field{"digest", &Resource::digest},
      Field{"owner", &Resource::owner},           Field{"finalizers", &Resource::finalizers},
      Field{"labels", &Resource::labels},         Field{"deleting", &Resource::deleting},
      Field{"purge", &Resource::purge},
  };
};

template <>
struct Fields<Condition> : AllFields {
  static constexpr auto kAll = std::tuple{
      Field{"type", &Condition::type},
      Field{"reason", &Condition::reason},
      Field{"message", &Condition::message},
      Field{"since", &Condition::since},
  };
};

template <>
struct Fields<Status> : AllFields {
  static constexpr auto kAll = std::tuple{
      Field{"observed_generation", &Status::observed_generation},
      Field{"conditions", &Status::conditions},
      Field{"facts", &Status::facts},
      Field{"changed", &Status::changed},
  };
};

template <>
struct Fields<Event> : AllFields {
  static constexpr auto kAll = std::tuple{
      Field{"id", &Event::id},           Field{"key", &Event::key},
      Field{"warning", &Event::warning}, Field{"reason", &Event::reason},
      Field{"message", &Event::message}, Field{"first", &Event::first},
      Field{"last", &Event::last},       Field{"count", &Event::count},
  };
};

template <>
struct Fields<Author> : AllFields {
  static constexpr auto kAll = std::tuple{
      Field{"who", &Author::who},
      Field{"hand", &Author::hand},
  };
};

template <>
struct Fields<IntentRecord> : AllFields {
  static constexpr auto kAll = std::tuple{
      Field{"number", &IntentRecord::number}, Field{"revision", &IntentRecord::revision},
      Field{"when", &IntentRecord::when},     Field{"author", &IntentRecord::author},
      Field{"action", &IntentRecord::action}, Field{"summary", &IntentRecord::summary},
      Field{"put", &IntentRecord::put},       Field{"removed", &IntentRecord::removed},
  };
};

}  // namespace town::document
