#include "storage/http/proxy.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/text.h"
#include "storage/http/http_message.h"

namespace breakwater::storage {
namespace {

constexpr std::string_view kScheme = "http://";
constexpr unsigned kFirstServerError = 500;
constexpr unsigned kProxyUnauthorized = 407;
constexpr unsigned kUnauthorized = 401;  // tinyproxy, to a wrong password

std::unexpected<Error> unusable(std::string hint) {
  return fail(error::invalid_config().with_hint(std::move(hint)));
}

// Nobody changes the environment after the start.
std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::string_view environment(const char* name, const char* otherwise) {
  const std::string_view value = environment(name);
  return value.empty() ? environment(otherwise) : value;
}

bool may_be_password(std::string_view text) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; };
  return text.size() <= kMaxProxyPassword && text.find(':') != std::string_view::npos &&
         std::ranges::none_of(text, control);
}

Secret basic(std::string_view user_and_password) {
  const auto bytes = as_bytes(user_and_password);
  Secret encoded = Secret::take(crypto::to_base64(bytes));
  std::string text = "Basic ";
  text += encoded.reveal();
  return Secret::take(std::move(text));
}

// Whoever may read the file may use the proxy, so others may not.
Result<Secret> read_password(const std::string& file) {
  const std::string setting = "backup_dest_proxy_auth_file names a file that ";
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return unusable(setting + "can't be read: " + file);
  struct stat about{};
  std::array<char, kMaxProxyPassword + 3> bytes{};
  const bool known = ::fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
  const ssize_t count = known ? ::read(fd, bytes.data(), bytes.size()) : -1;
  ::close(fd);
  Secret content(std::string_view(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))));
  wipe(bytes.data(), bytes.size());
  if (count < 0) return unusable(setting + "can't be read: " + file);
  if ((about.st_mode & S_IRWXO) != 0) return unusable(setting + "everybody may use: chmod 600 " + file);
  std::string_view line = content.reveal();
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!may_be_password(line)) return unusable(setting + "doesn't hold one line, user:password: " + file);
  return basic(line);
}

// "http://user:password@host:port": both parts of the user may be encoded by %XX.
Result<std::optional<Proxy>> by_environment(bool tls) {
  const char* const name = tls ? "https_proxy" : "http_proxy";
  // Not HTTP_PROXY: a client of a web server can set that.
  const std::string_view value = tls ? environment(name, "HTTPS_PROXY") : environment(name);
  if (value.empty()) return std::nullopt;
  std::string_view text = value;
  if (ascii_lower(text).starts_with(kScheme)) text.remove_prefix(kScheme.size());
  if (text.find("://") != std::string_view::npos)
    return unusable(std::string("the environment's ") + name + " isn't http://host:port");
  Proxy proxy;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    Secret user = Secret::take(percent_decode(text.substr(0, at)));
    if (!may_be_password(user.reveal()))
      return unusable(std::string("the environment's ") + name + " has a user without a password");
    proxy.authorization = basic(user.reveal());
    text.remove_prefix(at + 1);
  }
  if (text.ends_with('/')) text.remove_suffix(1);
  auto place = HostPort::parse(text);
  if (!place || place->port == 0)
    return unusable(std::string("the environment's ") + name + " isn't http://host:port");
  proxy.place = *std::move(place);
  return proxy;
}

}  // namespace

bool named_in_no_proxy(std::string_view list, std::string_view host, std::uint16_t port) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(", "), list.size());
    std::string_view item = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    if (item == "*") return true;
    if (item.starts_with("*.")) item.remove_prefix(1);
    if (item.starts_with('.')) item.remove_prefix(1);
    const auto place = HostPort::parse(item);
    if (!place || (place->port != 0 && place->port != port)) continue;
    const std::string name = ascii_lower(host);
    if (name == place->host) return true;
    if (!Address::parse(name) && name.ends_with("." + place->host)) return true;
  }
  return false;
}

Result<std::optional<Proxy>> find_proxy(bool tls, std::string_view host, std::uint16_t port,
                                        const NetworkRules& rules) {
  if (rules.proxy.empty()) return std::nullopt;
  std::optional<Proxy> proxy;
  if (rules.proxy == kProxyOfEnvironment) {
    if (named_in_no_proxy(environment("no_proxy", "NO_PROXY"), host, port)) return std::nullopt;
    BW_TRY(proxy, by_environment(tls));
    if (!proxy) return std::nullopt;
  } else {
    auto place = HostPort::parse_http_url(rules.proxy);
    if (!place) return unusable("backup_dest_proxy isn't http://host:port");
    proxy.emplace(Proxy{.place = *std::move(place)});
  }
  if (!rules.proxy_auth_file.empty()) {
    BW_TRY(proxy->authorization, read_password(rules.proxy_auth_file));
  }
  return proxy;
}

Result<Secret> connect_request(const HostPort& store, const Proxy& proxy) {
  if (!is_host(store.host))
    return fail(error::invalid_backup_dest().with_hint(
        "host= would put a character into a request to the proxy that no host has; nothing was sent"));
  const std::string target = store.text();
  std::string text = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  if (!proxy.authorization.empty())
    text.append("Proxy-Authorization: ").append(proxy.authorization.reveal()).append("\r\n");
  text += "User-Agent: breakwater\r\n\r\n";
  return Secret::take(std::move(text));
}

std::optional<unsigned> connect_status(std::string_view head) {
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kDigits = 3;
  const std::size_t at = kVersion.size() + 2;  // "HTTP/1.1 "
  if (!head.starts_with(kVersion) || head.size() < at + kDigits + 1 || head[at - 1] != ' ')
    return std::nullopt;
  const char behind = head[at + kDigits];
  if (behind != ' ' && behind != '\r') return std::nullopt;
  const auto status = whole_number<unsigned>(head.substr(at, kDigits));
  constexpr unsigned kFirstStatus = 100;
  if (!status || *status < kFirstStatus) return std::nullopt;
  return status;
}

std::string refusal_by_proxy(unsigned status, const Proxy& proxy, std::string_view target) {
  const std::string who = "the proxy " + proxy.place.text();
  const bool unknown = status == kProxyUnauthorized || status == kUnauthorized;
  if (unknown && proxy.authorization.empty())
    return who +
           " wants a user and a password: name a file with user:password in the setting "
           "backup_dest_proxy_auth_file";
  if (unknown)
    return who +
           " doesn't accept the user and the password that the setting backup_dest_proxy_auth_file or "
           "the environment gives";
  const std::string answered = who + " answered " + std::to_string(status) + ": it ";
  if (status >= kFirstServerError) return answered + "can't reach " + std::string(target);
  return answered + "lets nobody through to " + std::string(target) + ", or not this machine";
}

bool proxy_worth_retrying(unsigned status) {
  constexpr std::array<unsigned, 3> kStatuses = {502, 503, 504};
  return std::ranges::find(kStatuses, status) != kStatuses.end();
}

}  // namespace breakwater::storage
