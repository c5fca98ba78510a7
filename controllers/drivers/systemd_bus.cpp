#include "controllers/drivers/systemd_bus.h"

#include <fmt/format.h>
#include <sdbus-c++/sdbus-c++.h>

#include <condition_variable>
#include <iterator>
#include <mutex>
#include <thread>

#include "controllers/drivers/unit_name.h"
#include "state/error.h"

namespace town {
namespace {

constexpr const char* kService = "org.freedesktop.systemd1";
constexpr const char* kManagerPath = "/org/freedesktop/systemd1";
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
constexpr const char* kUnit = "org.freedesktop.systemd1.Unit";
constexpr const char* kServiceUnit = "org.freedesktop.systemd1.Service";
constexpr std::string_view kUnitPaths = "/org/freedesktop/systemd1/unit/";
constexpr std::chrono::seconds kReconnect{1};
// The bus allows 128 open calls per connection (dbus-daemon(1), max_replies_per_connection); each
// unit takes six.
constexpr std::size_t kUnitsAtOnce = 20;
constexpr std::chrono::seconds kCallTimeout{60};  // a reload with a slow generator takes longest

using Row =
    sdbus::Struct<std::string, std::string, std::string, std::string, std::string, std::string,
                  sdbus::ObjectPath, std::uint32_t, std::string, sdbus::ObjectPath>;

int hex_digit(char c) {
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= '0' && c <= '9' ? c - '0' : -1;
}

/// The unit's name in an object path: "_2d" stands for "-" (sd_bus_path_encode(3)).
std::string unit_of(std::string_view path) {
  if (!path.starts_with(kUnitPaths)) return {};
  path.remove_prefix(kUnitPaths.size());
  std::string name;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const int high = path[i] == '_' && i + 2 < path.size() ? hex_digit(path[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(path[i + 2]) : -1;
    if (low < 0) {
      name += path[i];
      continue;
    }
    name += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return name;
}

Error unreachable(const std::string& why) {
  return {Code::unavailable, "SystemdUnreachable",
          fmt::format("systemd cannot be reached over the system bus: {}.", why)};
}

Error convert(const sdbus::Error& error, const std::string& unit) {
  const std::string& name = error.getName();
  if (name == "org.freedesktop.systemd1.NoSuchUnit" ||
      name == "org.freedesktop.DBus.Error.UnknownObject") {
    return unit_not_found(unit);
  }
  for (const char* gone :
       {"org.freedesktop.DBus.Error.NoReply", "org.freedesktop.DBus.Error.ServiceUnknown",
        "org.freedesktop.DBus.Error.Disconnected", "org.freedesktop.DBus.Error.Timeout",
        "org.freedesktop.DBus.Error.NameHasNoOwner"}) {
    if (name == gone) return unreachable(error.getMessage());
  }
  // sd-bus's own failures: a broken connection.
  if (name.starts_with("System.Error.") || name.empty()) return unreachable(error.getMessage());
  return {Code::remote, "SystemdRefused",
          fmt::format("systemd refused{}: {}.", unit.empty() ? "" : " for " + unit,
                      error.getMessage())};
}

/// Collects the answers to many calls that were sent at once. Shared with their callbacks, which
/// may outlive a wait that was given up.
class Answers {
 public:
  explicit Answers(std::size_t count) : details_(count, UnitDetails{}) {}

  void expect() {
    const std::lock_guard lock(mutex_);
    ++open_;
  }

  /// `use` puts the answer into the details of unit `index`.
  template <typename F>
  void take(std::size_t index, const sdbus::Error* error, F&& use) {
    const std::lock_guard lock(mutex_);
    if (error != nullptr) {
      const Error converted = convert(*error, "");
      if (converted.code() != Code::not_found) failure_ = converted;
      details_[index].reset();
    } else if (details_[index]) {
      std::forward<F>(use)(*details_[index]);
    }
    if (--open_ == 0) changed_.notify_all();
  }

  std::vector<std::optional<UnitDetails>> await() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kCallTimeout + kReconnect, [this] { return open_ == 0; })) {
      throw unreachable("it does not answer");
    }
    if (failure_) throw Error(*failure_);
    return std::move(details_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::optional<UnitDetails>> details_;
  std::optional<Error> failure_;
  std::size_t open_ = 0;
};

/// Asks for one property; `set` gets its value and the details to put it into.
template <typename T, typename F>
void ask(sdbus::IProxy& unit, const std::shared_ptr<Answers>& answers, std::size_t index,
         const char* interface, const char* property, F set) {
  answers->expect();
  unit.callMethodAsync("Get")
      .onInterface("org.freedesktop.DBus.Properties")
      .withArguments(std::string(interface), std::string(property))
      .uponReplyInvoke([answers, index, set](const sdbus::Error* error,
                                             const sdbus::Variant& value) {
        answers->take(index, error, [&](UnitDetails& details) { set(details, value.get<T>()); });
      });
}

/// One property a call: GetAll of a service marshals some 400 of them.
void ask_details(sdbus::IProxy& unit, const std::shared_ptr<Answers>& answers, std::size_t index) {
  using Bytes = std::vector<std::uint8_t>;
  ask<Bytes>(unit, answers, index, kUnit, "InvocationID",
             [](UnitDetails& details, const Bytes& bytes) {
               auto end = std::back_inserter(details.invocation);
               for (const auto byte : bytes) fmt::format_to(end, "{:02x}", byte);
             });
  ask<bool>(unit, answers, index, kUnit, "NeedDaemonReload",
            [](UnitDetails& details, bool value) { details.need_reload = value; });
  ask<std::string>(unit, answers, index, kServiceUnit, "Result",
                   [](UnitDetails& details, const std::string& value) { details.result = value; });
  ask<std::uint32_t>(unit, answers, index, kServiceUnit, "MainPID",
                     [](UnitDetails& details, std::uint32_t value) { details.main_pid = value; });
  ask<std::int32_t>(unit, answers, index, kServiceUnit, "ExecMainStatus",
                    [](UnitDetails& details, int value) { details.exit_status = value; });
  ask<std::uint32_t>(unit, answers, index, kServiceUnit, "NRestarts",
                     [](UnitDetails& details, std::uint32_t value) { details.restarts = value; });
}

}  // namespace

class SystemdBus::Impl {
 public:
  explicit Impl(Events events) : events_(std::move(events)) {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return tried_; });
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    thread_.request_stop();
    const std::lock_guard lock(mutex_);
    if (connection_) connection_->leaveEventLoop();
  }

  /// `use` gets the manager's proxy. One call at a time: sdbus objects are no more than aware of
  /// threads.
  template <typename F>
  auto call(const std::string& unit, F&& use) {
    const std::lock_guard calling(calls_);
    std::shared_ptr<sdbus::IConnection> connection;
    std::shared_ptr<sdbus::IProxy> manager;
    {
      const std::lock_guard lock(mutex_);
      connection = connection_;
      manager = manager_;
    }
    if (!manager) throw unreachable(why_not());
    try {
      return std::forward<F>(use)(*manager, *connection);
    } catch (const sdbus::Error& error) {
      throw convert(error, unit);
    }
  }

 private:
  /// Connects, serves until the connection breaks, and begins anew.
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::string why = "the connection was closed";
      try {
        const auto connection = connect();
        publish(connection);
        if (!stop.stop_requested()) connection->enterEventLoop();
      } catch (const sdbus::Error& error) {
        why = error.getMessage();
      }
      disconnect(why);
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, kReconnect, [] { return false; });
    }
  }

  void disconnect(const std::string& why) {
    // Freed after our lock: freeing takes a lock of sd-bus, under which ours is taken elsewhere.
    std::shared_ptr<sdbus::IConnection> connection;
    std::shared_ptr<sdbus::IProxy> manager;
    const std::lock_guard lock(mutex_);
    connection.swap(connection_);
    manager.swap(manager_);
    why_not_ = why;
    tried_ = true;
    changed_.notify_all();
  }

  std::shared_ptr<sdbus::IConnection> connect() {
    std::shared_ptr<sdbus::IConnection> connection = sdbus::createSystemBusConnection();
    connection->setMethodCallTimeout(kCallTimeout);
    // Before Subscribe, so that nothing is missed.
    connection->addMatch(
        fmt::format("type='signal',sender='{}',path='{}',interface='{}'", kService, kManagerPath,
                    kManager),
        [this](sdbus::Message& message) { on_manager(message); }, sdbus::floating_slot);
    connection->addMatch(
        fmt::format("type='signal',sender='{}',path_namespace='/org/freedesktop/systemd1/unit',"
                    "interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'",
                    kService),
        [this](sdbus::Message& message) { on_unit(unit_of(message.getPath())); },
        sdbus::floating_slot);
    connection->addMatch(
        fmt::format("type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',"
                    "arg0='{}'",
                    kService),
        [this](sdbus::Message&) { on_new_owner(); }, sdbus::floating_slot);
    return connection;
  }

  void publish(const std::shared_ptr<sdbus::IConnection>& connection) {
    std::shared_ptr<sdbus::IProxy> manager =
        sdbus::createProxy(*connection, kService, kManagerPath);
    manager->callMethod("Subscribe").onInterface(kManager);
    {
      const std::lock_guard lock(mutex_);
      connection_ = connection;
      manager_ = std::move(manager);
      tried_ = true;
      changed_.notify_all();
    }
    events_.everything();
  }

  void on_manager(sdbus::Message& message) {
    const std::string member = message.getMemberName();
    if (member == "JobRemoved") {
      std::uint32_t id = 0;
      sdbus::ObjectPath job;
      std::string unit;
      std::string result;
      message >> id >> job >> unit >> result;
      events_.job(job, result);
    } else if (member == "UnitNew" || member == "UnitRemoved") {
      std::string unit;
      message >> unit;
      on_unit(unit);
    } else if (member == "Reloading") {
      bool begins = false;
      message >> begins;
      if (!begins) events_.everything();
    }
  }

  void on_unit(const std::string& unit) {
    if (is_our_unit(unit)) events_.unit(unit);
  }

  /// systemd re-executed itself: it may have forgotten that we listen.
  void on_new_owner() {
    std::shared_ptr<sdbus::IProxy> manager;
    {
      const std::lock_guard lock(mutex_);
      manager = manager_;
    }
    if (!manager) return;
    manager->callMethodAsync("Subscribe")
        .onInterface(kManager)
        .uponReplyInvoke([this](const sdbus::Error*) { events_.everything(); });
  }

  std::string why_not() {
    const std::lock_guard lock(mutex_);
    return why_not_;
  }

  const Events events_;
  std::mutex calls_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  // Shared: a caller keeps what it uses while the thread connects anew. The proxy refers to the
  // connection and must go first, here and wherever both are held.
  std::shared_ptr<sdbus::IConnection> connection_;
  std::shared_ptr<sdbus::IProxy> manager_;
  std::string why_not_;
  bool tried_ = false;
  std::jthread thread_;
};

SystemdBus::SystemdBus(Events events) : impl_(std::make_unique<Impl>(std::move(events))) {}
SystemdBus::~SystemdBus() = default;

std::vector<UnitRow> SystemdBus::list(const std::string& pattern) {
  return impl_->call("", [&](sdbus::IProxy& manager, sdbus::IConnection&) {
    std::vector<Row> rows;
    manager.callMethod("ListUnitsByPatterns")
        .onInterface(kManager)
        .withArguments(std::vector<std::string>{}, std::vector<std::string>{pattern})
        .storeResultsTo(rows);
    std::vector<UnitRow> result;
    result.reserve(rows.size());
    for (auto& row : rows) {
      result.push_back({std::move(row.get<0>()), std::move(row.get<1>()), std::move(row.get<2>()),
                        std::move(row.get<3>()), std::move(row.get<4>()), row.get<6>(),
                        row.get<7>()});
    }
    return result;
  });
}

std::vector<std::optional<UnitDetails>> SystemdBus::details(const std::vector<std::string>& paths) {
  return impl_->call("", [&](sdbus::IProxy&, sdbus::IConnection& connection) {
    std::vector<std::optional<UnitDetails>> result;
    for (std::size_t begin = 0; begin < paths.size(); begin += kUnitsAtOnce) {
      const std::size_t count = std::min(kUnitsAtOnce, paths.size() - begin);
      const auto answers = std::make_shared<Answers>(count);
      std::vector<std::unique_ptr<sdbus::IProxy>> units;
      for (std::size_t i = 0; i < count; ++i) {
        units.push_back(sdbus::createProxy(connection, kService, paths[begin + i]));
        ask_details(*units.back(), answers, i);
      }
      auto some = answers->await();
      std::move(some.begin(), some.end(), std::back_inserter(result));
    }
    return result;
  });
}

std::string SystemdBus::start(const std::string& unit) {
  return impl_->call(unit, [&](sdbus::IProxy& manager, sdbus::IConnection&) {
    sdbus::ObjectPath job;
    manager.callMethod("StartUnit")
        .onInterface(kManager)
        .withArguments(unit, std::string("replace"))
        .storeResultsTo(job);
    return std::string(job);
  });
}

std::string SystemdBus::stop(const std::string& unit) {
  return impl_->call(unit, [&](sdbus::IProxy& manager, sdbus::IConnection&) {
    sdbus::ObjectPath job;
    manager.callMethod("StopUnit")
        .onInterface(kManager)
        .withArguments(unit, std::string("replace"))
        .storeResultsTo(job);
    return std::string(job);
  });
}

void SystemdBus::cancel(const std::string& job) {
  impl_->call("", [&](sdbus::IProxy&, sdbus::IConnection& connection) {
    try {
      sdbus::createProxy(connection, kService, job)
          ->callMethod("Cancel")
          .onInterface("org.freedesktop.systemd1.Job");
    } catch (const sdbus::Error& error) {
      // It ended in the meantime: there is no such object any more.
      if (error.getName() != "org.freedesktop.DBus.Error.UnknownObject") throw;
    }
  });
}

void SystemdBus::reset_failed(const std::string& unit) {
  impl_->call(unit, [&](sdbus::IProxy& manager, sdbus::IConnection&) {
    manager.callMethod("ResetFailedUnit").onInterface(kManager).withArguments(unit);
  });
}

void SystemdBus::reload() {
  impl_->call("", [](sdbus::IProxy& manager, sdbus::IConnection&) {
    manager.callMethod("Reload").onInterface(kManager);
  });
}

}  // namespace town
