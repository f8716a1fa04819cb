// The settings: one typed table that --help, the configuration file, --set, ALTER SYSTEM SET and SHOW
// PARAMETERS use.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/log.h"

namespace breakwater::server {

/// A value of error_notes: a client gets what to do about an error behind its text, and not by SHOW WARNINGS alone.
inline constexpr std::string_view kNotesAppended = "append";

/// The values. Durations are in milliseconds here (a bare number in a text means seconds); sizes in bytes.
struct Settings {
  std::vector<std::string> listen;
  std::string socket;
  std::string data_dir;
  std::string cluster_name;
  std::int64_t cluster_id = 0;
  std::int64_t io_threads = 0;  ///< 0: one for each core
  std::int64_t file_threads = 0;
  std::int64_t max_connections = 0;
  std::int64_t max_unauthenticated_connections = 0;
  std::int64_t max_connect_errors = 0;
  std::int64_t max_user_connections = 0;  ///< 0: no limit
  std::vector<std::string> proxy_protocol_networks;
  std::vector<std::string> allow_empty_root_password_from;
  std::string default_authentication_plugin;
  std::int64_t default_password_lifetime = 0;  ///< days; 0: passwords don't expire
  bool new_password_must_differ = false;
  bool require_secure_transport = false;
  bool ssl = false;
  std::string ssl_cert;
  std::string ssl_key;
  std::string ssl_ca;
  std::string tls_min_version;
  std::int64_t connect_timeout = 0;
  std::int64_t wait_timeout = 0;
  std::int64_t interactive_timeout = 0;
  std::int64_t net_read_timeout = 0;
  std::int64_t net_write_timeout = 0;
  std::int64_t max_allowed_packet = 0;
  std::int64_t max_computed_text = 0;
  std::int64_t drain_timeout = 0;
  std::int64_t statement_timeout = 0;
  std::int64_t statement_memory = 0;
  std::int64_t server_memory = 0;
  std::vector<std::string> backup_dest_allow;
  bool backup_dest_allow_http = false;
  bool backup_dest_allow_loopback = false;
  std::string backup_dest_ca_file;
  std::string backup_dest_proxy;
  std::string backup_dest_proxy_auth_file;
  std::int64_t backup_dest_timeout = 0;
  std::int64_t destination_check_interval = 0;  ///< 0: off
  bool format_obbak_link = false;
  std::int64_t max_destinations = 0;  ///< of a tenant
  std::string catalog_key_file;
  std::string audit_file;
  std::int64_t audit_file_size = 0;  ///< bytes
  std::int64_t audit_files = 0;      ///< old ones
  std::string audit_syslog;
  std::string catalog_key_credential;
  std::string catalog_key_command;
  std::string log_format;
  std::string log_level;
  bool core_dumps = false;
  std::string error_notes;
  std::int64_t backup_jobs = 0;  ///< that work at a time
  std::int64_t job_visible_time = 0;
  std::int64_t job_deadline = 0;
  std::int64_t archive_log_limit = 0;  ///< bytes

  /// Every setting at its default.
  Settings();
};

/// One row of the table.
struct Setting {
  enum class Kind : std::uint8_t { text, list, boolean, integer, duration, size, choice };
  /// How a running server's value may change.
  enum class Change : std::uint8_t {
    restart,  ///< only by a restart
    sighup,   ///< also by SIGHUP: for settings that protect the machine from administrators who have only SQL
    at_once,  ///< also by ALTER SYSTEM SET
  };

  std::string_view name;
  Kind kind;
  std::string_view help;           ///< one sentence
  std::string_view default_value;  ///< as a user would type it
  std::string range;               ///< in words: "1 to 64", "text or json"
  Change change;

  /// The current value as text, in the form that set() reads.
  std::string (*get)(const Settings&);
  /// Returns false if the value is not in the range.
  bool (*set)(Settings&, std::string_view);
  std::string_view group{};  ///< under which --help shows it
};

/// All rows, in the order in which --help shows them. Valid until the process ends.
std::span<const Setting> settings_table();
/// Null if there is no setting of this name.
const Setting* find_setting(std::string_view name);

/// Sets one value. `place`: where it was given ("--set", "breakwater.toml:3"). Errors: setting_unknown (1193)
/// with similar names; setting_value (1231) with the name, the value, the range and the place.
Result<> set_setting(Settings& settings, std::string_view name, std::string_view value,
                     std::string_view place);

/// Reads a TOML file: NAME = value, lists as arrays. Errors: those of set_setting(), with the file and line;
/// setting_file (1017) if the file can't be read or isn't TOML.
Result<> load_settings(Settings& settings, const std::string& file);

/// The settings of a running server. Any thread. Each change is logged: the old value, the new one and who
/// changed it.
class LiveSettings {
 public:
  /// `settings`: as file and command line give them. `log` must outlive this.
  explicit LiveSettings(Settings settings, Log& log = null_log());

  std::shared_ptr<const Settings> get() const;

  /// Changes one setting until the next reload() or restart. `by`: who changes it, for the log. Errors:
  /// setting_unknown (1193); setting_restart (1238) if Setting::Change doesn't allow it; setting_value
  /// (1231), which names the range and doesn't repeat the value.
  Result<> change(std::string_view name, std::string_view value, std::string_view by);
  /// Sets one setting to its value in file and command line. Errors: those of change().
  Result<> reset(std::string_view name, std::string_view by);
  /// Call it when file and command line have been read again. Every setting that may change while the server
  /// runs gets the value in `given`, even if change() has set it. One that needs a restart stays, and the log
  /// says so.
  void reload(const Settings& given);

  /// `hook` runs after each change with the new values, on the thread that changes them. Register it before
  /// other threads use this object.
  void on_change(std::function<void(const Settings&)> hook);

 private:
  /// The caller holds change_mutex_.
  void publish(std::shared_ptr<const Settings> changed);
  void tell(const Setting& setting, const Settings& changed, std::string_view by);

  Log& log_;
  std::mutex change_mutex_;  ///< one change at a time, with its hooks
  Settings given_;           ///< under change_mutex_
  mutable std::mutex mutex_;
  std::shared_ptr<const Settings> current_;
  std::vector<std::function<void(const Settings&)>> hooks_;
};

}  // namespace breakwater::server
