#include "controllers/drivers/journal_entry.h"

#include <algorithm>
#include <array>
#include <utility>

namespace town {
namespace {

/// The journal's name (systemd.journal-fields(7)) and the API's.
constexpr std::array<std::pair<std::string_view, std::string_view>, 31> kFields{{
    {"MESSAGE", "Message"},
    {"MESSAGE_ID", "MessageID"},
    {"PRIORITY", "Priority"},
    {"CODE_FILE", "CodeFile"},
    {"CODE_LINE", "CodeLine"},
    {"CODE_FUNC", "CodeFunc"},
    {"ERRNO", "Errno"},
    {"SYSLOG_FACILITY", "SyslogFacility"},
    {"SYSLOG_IDENTIFIER", "SyslogIdentifier"},
    {"SYSLOG_PID", "SyslogPID"},
    {"_PID", "PID"},
    {"_UID", "UID"},
    {"_GID", "GID"},
    {"_COMM", "Comm"},
    {"_EXE", "Exe"},
    {"_CMDLINE", "Cmdline"},
    {"_CAP_EFFECTIVE", "CapEffective"},
    {"_AUDIT_SESSION", "AuditSession"},
    {"_AUDIT_LOGINUID", "AuditLoginUID"},
    {"_SYSTEMD_CGROUP", "SystemdCGroup"},
    {"_SYSTEMD_SESSION", "SystemdSession"},
    {"_SYSTEMD_UNIT", "SystemdUnit"},
    {"_SYSTEMD_USER_UNIT", "SystemdUserUnit"},
    {"_SYSTEMD_OWNER_UID", "SystemdOwnerUID"},
    {"_SYSTEMD_SLICE", "SystemdSlice"},
    {"_SELINUX_CONTEXT", "SELinuxContext"},
    {"_SOURCE_REALTIME_TIMESTAMP", "SourceRealtimeTimestamp"},
    {"_BOOT_ID", "BootID"},
    {"_MACHINE_ID", "MachineID"},
    {"_HOSTNAME", "Hostname"},
    {"_TRANSPORT", "Transport"},
}};

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool contains(std::string_view text, std::string_view part) {
  return part.empty() ||
         std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

/// Syslog's: 0 is the most urgent. What is no digit counts as none.
bool urgent_enough(std::string_view priority, int limit) {
  if (limit == 0 || priority.size() != 1 || priority[0] < '0' || priority[0] > '7') return true;
  return priority[0] - '0' <= limit;
}

}  // namespace

LogEntry blank_log_entry() {
  LogEntry entry;
  for (const auto& field : kFields) entry.fields.emplace(field.second, "");
  return entry;
}

void set_log_field(LogEntry& entry, std::string_view journal_name, std::string_view value) {
  const auto found = std::find_if(kFields.begin(), kFields.end(),
                                  [&](const auto& field) { return field.first == journal_name; });
  if (found == kFields.end()) return;
  auto& field = entry.fields[std::string(found->second)];
  if (field.empty()) field = value.substr(0, kMostLogFieldBytes);
}

bool wanted(const LogQuery& query, std::string_view message, std::string_view priority, Time time) {
  return (!query.since || time >= *query.since) && (!query.until || time <= *query.until) &&
         urgent_enough(priority, query.priority) && contains(message, query.grep);
}

std::size_t size_of(const LogEntry& entry) {
  std::size_t size = entry.cursor.size();
  for (const auto& [name, value] : entry.fields) size += name.size() + value.size();
  return size;
}

bool is_whole_system(const LogQuery& query) {
  return query.unit.empty() || query.unit == "__system__";
}

std::size_t line_limit(const LogQuery& query) {
  return std::clamp<std::size_t>(query.lines, 1, kMostLogLines);
}

}  // namespace town
