#include "server/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/network.h"
#include "base/spelling.h"
#include "base/text.h"
#include "base/text_parts.h"

namespace breakwater::server {
namespace {

using Kind = Setting::Kind;

using Change = Setting::Change;
constexpr Change kRestart = Change::restart;
constexpr Change kBySighup = Change::sighup;
constexpr Change kAtOnce = Change::at_once;
constexpr std::int64_t kSecond = 1000;  ///< milliseconds
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kYear = 365 * kDay;
constexpr std::int64_t kMiB = std::int64_t{1} << 20U;  ///< bytes
constexpr std::int64_t kTiB = std::int64_t{1} << 40U;
constexpr std::int64_t kMostComputedText = std::int64_t{16} << 20U;

// ---- texts → values ----

struct Unit {
  std::string_view suffix;
  std::int64_t factor;
};
/// Ordered for matching: longer suffixes first. The entry without a suffix, the unit of a bare number, is
/// tried last.
constexpr std::array<Unit, 6> kDurations{
    {{"ms", 1}, {"s", kSecond}, {"m", kMinute}, {"h", kHour}, {"d", kDay}, {"", kSecond}}};
constexpr std::array<Unit, 4> kSizes{{{"k", 1'024}, {"m", 1'048'576}, {"g", 1'073'741'824}, {"", 1}}};
constexpr std::array<Unit, 1> kPlain{{{"", 1}}};

std::optional<std::int64_t> parse_number(std::string_view text, std::span<const Unit> units) {
  const std::string lower = ascii_lower(text);
  const auto unit = std::ranges::find_if(units, [&](const Unit& u) { return lower.ends_with(u.suffix); });
  const char* const end = lower.data() + lower.size() - unit->suffix.size();
  std::int64_t number = 0;
  const auto [stop, bad] = std::from_chars(lower.data(), end, number);
  if (bad != std::errc() || stop != end) return std::nullopt;
  if (number > std::numeric_limits<std::int64_t>::max() / unit->factor || number < 0) return std::nullopt;
  return number * unit->factor;
}

std::string number_text(std::int64_t value, std::span<const Unit> units) {
  // The largest unit that divides the value, except the one without a suffix.
  const Unit* best = nullptr;
  for (const Unit& unit : units) {
    if (unit.suffix.empty() || value % unit.factor != 0) continue;
    if (best == nullptr || unit.factor > best->factor) best = &unit;
  }
  if (value == 0 || best == nullptr) return std::to_string(value);
  return std::to_string(value / best->factor) + std::string(best->suffix);
}

std::optional<bool> parse_boolean(std::string_view text) {
  for (const std::string_view yes : {"true", "on", "yes", "1"}) {
    if (iequals(text, yes)) return true;
  }
  for (const std::string_view no : {"false", "off", "no", "0"}) {
    if (iequals(text, no)) return false;
  }
  return std::nullopt;
}

std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> items;
  for (const std::string_view item : split(text)) items.emplace_back(item);
  return items;
}

// ---- rows ----

bool fits_anything(std::string_view /*item*/) {
  return true;
}

template <std::string Settings::* Member, std::size_t Longest, bool (*Fits)(std::string_view) = fits_anything>
Setting text_row(std::string_view name, std::string_view default_value, Change change, std::string_view help,
                 std::string_view range = {}) {
  return {.name = name,
          .kind = Kind::text,
          .help = help,
          .default_value = default_value,
          .range = range.empty() ? "at most " + std::to_string(Longest) + " bytes" : std::string(range),
          .change = change,
          .get = [](const Settings& settings) { return settings.*Member; },
          .set =
              [](Settings& settings, std::string_view value) {
                settings.*Member = value;
                return value.size() <= Longest && value.find('\0') == std::string_view::npos && Fits(value);
              }};
}

/// A path, or a host with or without a port. A URI, which could contain a key, is neither.
bool is_place(std::string_view item) {
  return item.find_first_of("?&@") == std::string_view::npos && item.find("://") == std::string_view::npos;
}
/// A user and a password don't belong here, since settings are shown.
bool is_proxy(std::string_view value) {
  return value.empty() || value == "environment" || HostPort::parse_http_url(value).has_value();
}
bool is_network(std::string_view item) {
  return Network::parse(item).has_value();
}

template <std::vector<std::string> Settings::* Member, bool (*Fits)(std::string_view) = fits_anything>
Setting list_row(std::string_view name, std::string_view default_value, Change change, std::string_view range,
                 std::string_view help) {
  return {.name = name,
          .kind = Kind::list,
          .help = help,
          .default_value = default_value,
          .range = std::string(range),
          .change = change,
          .get = [](const Settings& settings) { return join(settings.*Member); },
          .set =
              [](Settings& settings, std::string_view value) {
                settings.*Member = parse_list(value);
                return std::ranges::all_of(settings.*Member, Fits);
              }};
}

template <bool Settings::* Member>
Setting boolean_row(std::string_view name, std::string_view default_value, Change change,
                    std::string_view help) {
  return {.name = name,
          .kind = Kind::boolean,
          .help = help,
          .default_value = default_value,
          .range = "true or false",
          .change = change,
          .get = [](const Settings& settings) { return std::string(settings.*Member ? "true" : "false"); },
          .set =
              [](Settings& settings, std::string_view value) {
                const auto parsed = parse_boolean(value);
                if (parsed) settings.*Member = *parsed;
                return parsed.has_value();
              }};
}

template <Kind What>
constexpr std::span<const Unit> units_of() {
  if constexpr (What == Kind::duration) return kDurations;
  if constexpr (What == Kind::size) return kSizes;
  return kPlain;
}

template <Kind What, std::int64_t Settings::* Member, std::int64_t Low, std::int64_t High>
Setting number_row(std::string_view name, std::string_view default_value, Change change,
                   std::string_view help) {
  constexpr std::span<const Unit> kUnits = units_of<What>();
  return {.name = name,
          .kind = What,
          .help = help,
          .default_value = default_value,
          .range = number_text(Low, kUnits) + " to " + number_text(High, kUnits),
          .change = change,
          .get = [](const Settings& settings) { return number_text(settings.*Member, units_of<What>()); },
          .set =
              [](Settings& settings, std::string_view value) {
                const auto parsed = parse_number(value, units_of<What>());
                if (!parsed || *parsed < Low || *parsed > High) return false;
                settings.*Member = *parsed;
                return true;
              }};
}

template <std::int64_t Settings::* Member, std::int64_t Low, std::int64_t High>
constexpr auto integer_row = number_row<Kind::integer, Member, Low, High>;
template <std::int64_t Settings::* Member, std::int64_t Low, std::int64_t High>
constexpr auto duration_row = number_row<Kind::duration, Member, Low, High>;
template <std::int64_t Settings::* Member, std::int64_t Low, std::int64_t High>
constexpr auto size_row = number_row<Kind::size, Member, Low, High>;

constexpr std::string_view kErrorNotes = "append or warnings";
constexpr std::string_view kLogFormats = "text or json";
constexpr std::string_view kLogLevels = "debug, info, warning or error";
constexpr std::string_view kPlugins = "either, mysql_native_password or caching_sha2_password";
constexpr std::string_view kTlsVersions = "1.2 or 1.3";

/// `Choices`: the text of the range.
template <std::string Settings::* Member, const std::string_view& Choices>
Setting choice_row(std::string_view name, std::string_view default_value, Change change,
                   std::string_view help) {
  return {.name = name,
          .kind = Kind::choice,
          .help = help,
          .default_value = default_value,
          .range = std::string(Choices),
          .change = change,
          .get = [](const Settings& settings) { return settings.*Member; },
          .set =
              [](Settings& settings, std::string_view value) {
                settings.*Member = ascii_lower(value);
                std::string choices = " " + std::string(Choices) + " ";
                std::ranges::replace(choices, ',', ' ');
                return value != "or" && !value.empty() && value.find(' ') == std::string_view::npos &&
                       choices.find(" " + settings.*Member + " ") != std::string::npos;
              }};
}

constexpr std::size_t kMaxPath = 4095;
constexpr std::size_t kMaxClusterName = 128;

// The rows, in the groups in which --help shows them.

std::vector<Setting> of_server() {
  using S = Settings;
  return {
      list_row<&S::listen>("listen", "127.0.0.1:2881", kRestart,
                           "a list of ADDRESS:PORT; port 0 is any free one",
                           "Where to accept connections over TCP."),
      text_row<&S::socket, 107>("socket", "", kRestart,
                                "Path of a unix socket to accept connections on; empty: none."),
      text_row<&S::data_dir, kMaxPath>("data_dir", "", kRestart,
                                       "The directory of the catalogue; created when missing."),
      text_row<&S::cluster_name, kMaxClusterName>(
          "cluster_name", "obcluster", kRestart,
          "The cluster's name in format files and user names; fixed by the first start on a data directory."),
      integer_row<&S::cluster_id, 1, 4'294'967'295>(
          "cluster_id", "1", kRestart,
          "The cluster's number in format files; fixed by the first start on a data directory."),
      integer_row<&S::io_threads, 0, 256>("io_threads", "0", kRestart,
                                          "Threads that serve connections; 0: one for each core."),
      integer_row<&S::file_threads, 1, 256>("file_threads", "4", kRestart,
                                            "Threads that work on destinations' file systems."),
      choice_row<&S::error_notes, kErrorNotes>(
          "error_notes", "append", kAtOnce,
          "Where an error's note goes, which says what to do: behind its text, or to SHOW WARNINGS alone."),
  };
}

std::vector<Setting> of_accounts() {
  using S = Settings;
  return {
      integer_row<&S::max_connections, 1, 1'000'000>("max_connections", "10000", kAtOnce,
                                                     "Connections at a time; one more is kept for root@sys."),
      integer_row<&S::max_unauthenticated_connections, 1, 1'000'000>(
          "max_unauthenticated_connections", "1000", kAtOnce,
          "Connections at a time that have not logged in yet."),
      integer_row<&S::max_connect_errors, 1, 1'000'000'000>(
          "max_connect_errors", "1000", kAtOnce,
          "Failed logins from one address within a minute, after which it is refused until the minute is "
          "over."),
      integer_row<&S::max_user_connections, 0, 1'000'000>(
          "max_user_connections", "0", kAtOnce, "Connections at a time of one account; 0: no limit."),
      list_row<&S::proxy_protocol_networks, is_network>(
          "proxy_protocol_networks", "", kBySighup, "a list of ADDRESS or ADDRESS/BITS",
          "Proxies: a connection from there begins with a PROXY header, "
          "version 1 or 2, that says whose it is."),
      list_row<&S::allow_empty_root_password_from, is_network>(
          "allow_empty_root_password_from", "", kBySighup, "a list of ADDRESS or ADDRESS/BITS",
          "Networks from which accounts without a password may log in, root@sys among them, and so anybody "
          "there; for "
          "throw-away servers. Without it: this machine."),
      choice_row<&S::default_authentication_plugin, kPlugins>(
          "default_authentication_plugin", "either", kAtOnce,
          "How accounts made without IDENTIFIED WITH may log in."),
      integer_row<&S::default_password_lifetime, 0, 65'535>(
          "default_password_lifetime", "0", kAtOnce,
          "Days after which a password must be changed, for accounts without PASSWORD EXPIRE of their own; "
          "0: never."),
      boolean_row<&S::new_password_must_differ>("new_password_must_differ", "false", kAtOnce,
                                                "Whether a new password must differ from the current one."),
  };
}

std::vector<Setting> of_tls() {
  using S = Settings;
  return {
      boolean_row<&S::require_secure_transport>("require_secure_transport", "false", kAtOnce,
                                                "Whether clients must come over TLS or the unix socket."),
      boolean_row<&S::ssl>("ssl", "true", kRestart, "Whether TLS is offered."),
      text_row<&S::ssl_cert, kMaxPath>("ssl_cert", "", kRestart,
                                       "The certificate, PEM, with its chain; empty: server-cert.pem in the "
                                       "data directory, made when missing. "
                                       "SIGHUP reads it again."),
      text_row<&S::ssl_key, kMaxPath>(
          "ssl_key", "", kRestart,
          "The certificate's key, PEM; empty: server-key.pem in the data directory."),
      text_row<&S::ssl_ca, kMaxPath>("ssl_ca", "", kRestart,
                                     "Who signs clients' certificates, PEM; empty: none is asked for."),
      choice_row<&S::tls_min_version, kTlsVersions>("tls_min_version", "1.2", kRestart,
                                                    "The oldest version of TLS that is spoken."),
  };
}

std::vector<Setting> of_limits() {
  using S = Settings;
  return {
      duration_row<&S::connect_timeout, 100, kHour>("connect_timeout", "10s", kAtOnce, "For a whole login."),
      duration_row<&S::wait_timeout, kSecond, kYear>("wait_timeout", "8h", kAtOnce,
                                                     "For the next command on an idle connection."),
      duration_row<&S::interactive_timeout, kSecond, kYear>(
          "interactive_timeout", "8h", kAtOnce, "The same for clients that say that a person sits there."),
      duration_row<&S::net_read_timeout, kSecond, kYear>(
          "net_read_timeout", "30s", kAtOnce, "For the rest of a command that has begun to arrive."),
      duration_row<&S::net_write_timeout, kSecond, kYear>("net_write_timeout", "60s", kAtOnce,
                                                          "For a client to take more of an answer."),
      size_row<&S::max_allowed_packet, 1024, std::int64_t{limits::kMaxStatementBytes}>(
          "max_allowed_packet", "16m", kAtOnce, "The longest command that a new connection may send."),
      size_row<&S::max_computed_text, 1024, kMostComputedText>(
          "max_computed_text", "1m", kAtOnce,
          "The longest text that a function gives; a longer one is NULL, with warning 1301."),
      duration_row<&S::drain_timeout, 0, kHour>("drain_timeout", "10s", kRestart,
                                                "For running statements to finish when the server ends."),
      duration_row<&S::statement_timeout, kSecond, kYear>(
          "statement_timeout", "10000s", kAtOnce,
          "For a statement, where the session sets no ob_query_timeout."),
      size_row<&S::statement_memory, kMiB, kTiB>(
          "statement_memory", "64m", kAtOnce,
          "What a statement may hold, with what its session keeps (cursors, values, unread answers)."),
      size_row<&S::server_memory, 16 * kMiB, kTiB>("server_memory", "256m", kAtOnce,
                                                   "What all statements may hold together."),
  };
}

std::vector<Setting> of_destinations() {
  using S = Settings;
  return {
      list_row<&S::backup_dest_allow, is_place>(
          "backup_dest_allow", "", kBySighup, "a list of absolute paths and of endpoints' hosts",
          "Where destinations and key files may lie: only what it names; empty: anywhere."),
      boolean_row<&S::backup_dest_allow_http>("backup_dest_allow_http", "false", kBySighup,
                                              "Whether an object store may be reached without TLS."),
      boolean_row<&S::backup_dest_allow_loopback>("backup_dest_allow_loopback", "false", kBySighup,
                                                  "Whether an object store may lie on this machine."),
      text_row<&S::backup_dest_ca_file, kMaxPath>(
          "backup_dest_ca_file", "", kBySighup,
          "PEM certificates of authorities that vouch for object stores, beside the system's."),
      text_row<&S::backup_dest_proxy, kMaxPath, is_proxy>(
          "backup_dest_proxy", "", kBySighup,
          "The HTTP proxy to object stores; environment: what https_proxy, http_proxy and no_proxy say.",
          "http://host:port, environment or empty"),
      text_row<&S::backup_dest_proxy_auth_file, kMaxPath>(
          "backup_dest_proxy_auth_file", "", kBySighup,
          "A file, for the server's user alone, with user:password for the proxy."),
      duration_row<&S::backup_dest_timeout, 100, kHour>("backup_dest_timeout", "30s", kAtOnce,
                                                        "For one operation on a destination."),
      duration_row<&S::destination_check_interval, 0, 30 * kDay>(
          "destination_check_interval", "1h", kAtOnce,
          "How often each destination that a tenant has set is proved again; 0: never. The tenant's "
          "parameter "
          "backup_dest_check_interval stands in its place."),
      boolean_row<&S::format_obbak_link>(
          "format_obbak_link", "false", kAtOnce,
          "Whether the format file is linked as format.obbak too, which OceanBase itself looks for."),
      integer_row<&S::max_destinations, 1, 1'000'000>(
          "max_destinations", "1000", kAtOnce,
          "Destinations that a tenant may have, old ones and key backups among them."),
  };
}

std::vector<Setting> of_jobs() {
  using S = Settings;
  return {
      integer_row<&S::backup_jobs, 1, 64>("backup_jobs", "4", kRestart,
                                          "Backups that work at the same time; at most half of "
                                          "them at one store (a mount, or a bucket's host)."),
      duration_row<&S::job_visible_time, 0, kHour>("job_visible_time", "10s", kAtOnce,
                                                   "How long a job is shown as running, "
                                                   "counted from its statement, even if it is done sooner."),
      duration_row<&S::job_deadline, 1'000, 24 * kHour>(
          "job_deadline", "1h", kAtOnce, "A job of a schedule that makes no progress for so long is STUCK."),
      size_row<&S::archive_log_limit, kMiB, kTiB>("archive_log_limit", "256m", kRestart,
                                                  "Changes that are kept for log archives which can't be "
                                                  "written; beyond, a round ends and says what is lost."),
  };
}

std::vector<Setting> of_log() {
  using S = Settings;
  return {
      text_row<&S::catalog_key_file, kMaxPath>(
          "catalog_key_file", "", kRestart,
          "The file of the key that encrypts the catalogue's secrets; empty: one in the data directory."),
      text_row<&S::catalog_key_credential, kMaxPath>("catalog_key_credential", "", kRestart,
                                                     "In the place of a file of the server's own: the name "
                                                     "of systemd's credential (LoadCredential) that "
                                                     "holds the key."),
      text_row<&S::catalog_key_command, kMaxPath>(
          "catalog_key_command", "", kRestart,
          "In its place too: a command for the shell that writes the key to its standard output."),
      text_row<&S::audit_file, kMaxPath>(
          "audit_file", "audit.log", kRestart,
          "Where it is written down who did what; relative: in the data directory; empty: nowhere."),
      size_row<&S::audit_file_size, kMiB, kTiB>(
          "audit_file_size", "64m", kRestart,
          "The size from which the audit goes on in a new file, and the old one is audit.log.1."),
      integer_row<&S::audit_files, 0, 10'000>("audit_files", "10", kRestart,
                                              "How many old files of the audit are kept."),
      text_row<&S::audit_syslog, 107>(
          "audit_syslog", "", kRestart,
          "The socket of the system's log (/dev/log), which gets the audit's lines too; empty: it doesn't."),
      choice_row<&S::log_format, kLogFormats>("log_format", "text", kRestart, "How log lines are written."),
      choice_row<&S::log_level, kLogLevels>("log_level", "info", kAtOnce, "The least level that is logged."),
      boolean_row<&S::core_dumps>("core_dumps", "false", kRestart,
                                  "Whether a crash may leave a core file, which can hold secrets."),
  };
}

std::vector<Setting> build_table() {
  std::vector<Setting> table;
  const auto add = [&](std::string_view group, std::vector<Setting> rows) {
    for (Setting& row : rows) row.group = group;
    std::ranges::move(rows, std::back_inserter(table));
  };
  add("The server", of_server());
  add("Connections and accounts", of_accounts());
  add("TLS", of_tls());
  add("Time-outs and memory", of_limits());
  add("Destinations", of_destinations());
  add("Backups", of_jobs());
  add("Keys, audit and log", of_log());
  return table;
}

std::string near_names(std::string_view name) {
  std::vector<std::string> names;
  for (const Setting& setting : settings_table()) names.emplace_back(setting.name);
  return did_you_mean(name, names);
}

}  // namespace

std::span<const Setting> settings_table() {
  static const std::vector<Setting> table = build_table();
  return table;
}

const Setting* find_setting(std::string_view name) {
  const auto table = settings_table();
  const auto found = std::ranges::find(table, name, &Setting::name);
  return found == table.end() ? nullptr : &*found;
}

Settings::Settings() {
  for (const Setting& setting : settings_table()) setting.set(*this, setting.default_value);
}

namespace {

// What a refused value shows: a URL's user and password are no part of it.
std::string without_user(std::string_view value) {
  const std::size_t at = value.rfind('@');
  if (at == std::string_view::npos) return std::string(value);
  const std::size_t slashes = value.find("//");
  const std::size_t from = slashes < at ? slashes + 2 : 0;
  return std::string(value.substr(0, from)) + "***" + std::string(value.substr(at));
}

}  // namespace

Result<> set_setting(Settings& settings, std::string_view name, std::string_view value,
                     std::string_view place) {
  const Setting* const setting = find_setting(name);
  if (setting == nullptr) {
    return fail(error::setting_unknown(place, name, near_names(name)));
  }
  Settings changed = settings;
  if (!setting->set(changed, value))
    return fail(error::setting_value(place, name, without_user(value), setting->range));
  settings = std::move(changed);
  return {};
}

constexpr std::string_view kPlace = "ALTER SYSTEM";

LiveSettings::LiveSettings(Settings settings, Log& log)
    : log_(log), given_(settings), current_(std::make_shared<const Settings>(std::move(settings))) {}

std::shared_ptr<const Settings> LiveSettings::get() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Result<> LiveSettings::change(std::string_view name, std::string_view value, std::string_view by) {
  const std::lock_guard changing(change_mutex_);
  auto changed = std::make_shared<Settings>(*get());
  const Setting* const setting = find_setting(name);
  if (setting == nullptr) return fail(error::setting_unknown(kPlace, name, near_names(name)));
  if (setting->change != Change::at_once) return fail(error::setting_restart(name));
  // The value may have been meant for another setting, a secret one: the error doesn't repeat it.
  if (!setting->set(*changed, value)) return fail(error::setting_value(kPlace, name, "...", setting->range));
  if (setting->get(*changed) == setting->get(*get())) return {};
  tell(*setting, *changed, by);
  publish(std::move(changed));
  return {};
}

Result<> LiveSettings::reset(std::string_view name, std::string_view by) {
  const Setting* const setting = find_setting(name);
  if (setting == nullptr) return fail(error::setting_unknown(kPlace, name, near_names(name)));
  std::string given;
  {
    const std::lock_guard changing(change_mutex_);
    given = setting->get(given_);
  }
  return change(name, given, by);
}

void LiveSettings::reload(const Settings& given) {
  const std::lock_guard changing(change_mutex_);
  constexpr std::string_view kBy = "file and command line";
  auto changed = std::make_shared<Settings>(*get());
  bool any = false;
  for (const Setting& setting : settings_table()) {
    const std::string value = setting.get(given);
    const std::string now = setting.get(*changed);
    if (value == now) continue;
    if (setting.change == Change::restart) {
      log_.warning("setting " + std::string(setting.name) + " stays '" + now +
                   "' until a restart: " + std::string(kBy) + " say '" + value + "'");
      continue;
    }
    setting.set(*changed, value);
    tell(setting, *changed, kBy);
    any = true;
  }
  given_ = given;
  if (any) publish(std::move(changed));
}

void LiveSettings::publish(std::shared_ptr<const Settings> changed) {
  {
    const std::lock_guard lock(mutex_);
    current_ = changed;
  }
  for (const auto& hook : hooks_) hook(*changed);
}

void LiveSettings::tell(const Setting& setting, const Settings& changed, std::string_view by) {
  log_.info("setting " + std::string(setting.name) + ": '" + setting.get(*get()) + "' is '" +
            setting.get(changed) + "' now, by " + std::string(by));
}

void LiveSettings::on_change(std::function<void(const Settings&)> hook) {
  hooks_.push_back(std::move(hook));
}

}  // namespace breakwater::server
