#include "server/serve_loop.h"

#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>

#include "base/guard.h"
#include "server/process.h"

namespace breakwater::server {
namespace {

constexpr std::chrono::hours kDay{24};  ///< between checks of the certificate

bool is_loopback(std::string_view listen) {
  std::string_view host = listen.substr(0, listen.rfind(':'));
  if (host == "localhost") return true;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code not_an_address;
  const auto address = boost::asio::ip::make_address(host, not_an_address);
  return !not_an_address && address.is_loopback();
}

/// The command for connecting to `where`.
std::string client_command(const std::string& where) {
  if (where.starts_with('/')) return "mariadb -S " + where + " -u root@sys";
  const std::size_t colon = where.rfind(':');
  std::string host = where.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  if (host == "0.0.0.0" || host == "::") host = "127.0.0.1";
  return "mariadb -h " + host + " -P " + where.substr(colon + 1) + " -u root@sys";
}

void reload_settings(LiveSettings& settings, const std::function<Result<Settings>()>& read_again, Log& log) {
  const auto given = read_again();
  if (!given) {
    log.error("the settings stay as they are: " + given.error().text());
    return;
  }
  settings.reload(*given);
  log.info("the settings are read again");
}

/// Reloads the certificate on SIGHUP (`asked`), else makes the daily check.
void reload_tls(Server& server, bool asked, Log& log) {
  const auto reloaded = asked ? server.reload_tls() : server.check_tls();
  if (reloaded && asked) log.info("TLS: certificate and key are read again");
  if (!reloaded) log.error("the old certificate stays in use: " + reloaded.error().text());
}

void announce_ready(const std::vector<std::string>& places, bool root_has_password, SpdlogLog& log) {
  std::string text = "ready: listening on ";
  for (const std::string& where : places) text.append(&where == &places.front() ? "" : ", ").append(where);
  text.append("; connect with: ").append(client_command(places.front()));
  if (root_has_password) text.append(" -p");
  log.announce(text);
  notify_systemd("READY=1\nSTATUS=" + text);
}

}  // namespace

namespace {

std::vector<Network> networks_of(const std::vector<std::string>& texts) {
  std::vector<Network> networks;
  for (const std::string& text : texts) {
    if (const auto network = Network::parse(text)) networks.push_back(*network);
  }
  return networks;
}

}  // namespace

ServerLimits limits_of(const Settings& settings) {
  using std::chrono::milliseconds;
  return {.max_connections = static_cast<std::uint32_t>(settings.max_connections),
          .max_unauthenticated = static_cast<std::uint32_t>(settings.max_unauthenticated_connections),
          .max_connect_errors = static_cast<std::uint32_t>(settings.max_connect_errors),
          .max_allowed_packet = static_cast<std::uint64_t>(settings.max_allowed_packet),
          .connect_timeout = milliseconds(settings.connect_timeout),
          .net_write_timeout = milliseconds(settings.net_write_timeout),
          .proxies = networks_of(settings.proxy_protocol_networks),
          .empty_passwords = networks_of(settings.allow_empty_root_password_from),
          .error_notes = settings.error_notes == kNotesAppended,
          .require_secure_transport = settings.require_secure_transport,
          .plugins = {.native = settings.default_authentication_plugin != protocol::kSha2Plugin,
                      .sha2 = settings.default_authentication_plugin != protocol::kNativePlugin}};
}

/// Files that the server makes itself are in the data directory.
std::optional<TlsOptions> tls_of(const Settings& settings) {
  if (!settings.ssl) return std::nullopt;
  const bool own = settings.ssl_cert.empty() && settings.ssl_key.empty();
  const auto or_own = [&](const std::string& file, const char* name) {
    return file.empty() ? settings.data_dir + "/" + name : file;
  };
  return TlsOptions{.cert = or_own(settings.ssl_cert, "server-cert.pem"),
                    .key = or_own(settings.ssl_key, "server-key.pem"),
                    .ca = settings.ssl_ca,
                    .only_tls13 = settings.tls_min_version == "1.3",
                    .make_if_missing = own};
}

ServerOptions options_of(const Settings& settings) {
  return {.listen = settings.listen,
          .socket = settings.socket,
          .io_threads = static_cast<unsigned>(settings.io_threads),
          .drain_timeout = std::chrono::milliseconds(settings.drain_timeout),
          .tls = tls_of(settings),
          .rsa_key_file = settings.data_dir + "/rsa-key.pem",
          .limits = limits_of(settings)};
}

Result<> check_listen_addresses(const Settings& settings, bool root_has_password) {
  if (settings.listen.empty() && settings.socket.empty()) {
    return fail(
        error::start_refused("there is nothing to listen on: give --listen ADDRESS:PORT or --socket PATH"));
  }
  if (root_has_password || !settings.allow_empty_root_password_from.empty()) return {};
  for (const std::string& listen : settings.listen) {
    if (is_loopback(listen)) continue;
    return fail(error::start_refused(
        "root@sys has no password, so " + listen +
        " would let anybody in who reaches it: set BREAKWATER_ROOT_PASSWORD for the first start, or start on "
        "127.0.0.1 and run ALTER USER root IDENTIFIED BY '...', then listen elsewhere; for a throw-away "
        "server there is "
        "allow_empty_root_password_from"));
  }
  return {};
}

Result<> serve_until_signal(LiveSettings& settings, const ServeHooks& hooks, SessionFactory& factory,
                            bool root_has_password, CountersSource& counters, SpdlogLog& log) {
  const auto start = settings.get();
  BW_CHECK(check_listen_addresses(*start, root_has_password));
  Server server(options_of(*start), factory, system_entropy(), log);
  BW_TRY(const std::vector<std::string> places, server.listen());
  settings.on_change([&](const Settings& changed) {
    server.set_limits(limits_of(changed));
    log.set_level(changed.log_level);
  });
  const CountersSource::Watch watch(counters, server);
  hold_signals();
  server.start();
  if (hooks.ready) BW_CHECK(hooks.ready(places));
  announce_ready(places, root_has_password, log);
  for (Signal signal = wait_for_signal(kDay); signal != Signal::end; signal = wait_for_signal(kDay)) {
    const bool asked = signal == Signal::reload;
    if (asked) call_guarded(log, "a reload", [&] { reload_settings(settings, hooks.read_again, log); });
    call_guarded(log, "a reload", [&] { reload_tls(server, asked, log); });
  }
  notify_systemd("STOPPING=1");
  log.info("ending: no new statements, running ones may finish; a second SIGTERM ends them");
  server.drain();
  server.wait([] { return wait_for_signal(std::chrono::milliseconds(0)) == Signal::end; });
  log.info("ended");
  return {};
}

}  // namespace breakwater::server
