#include "server/execute/login.h"

#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/text.h"
#include "catalog/password.h"
#include "server/execute/client_session.h"
#include "server/execute/schemas.h"
#include "server/protocol/compression.h"

namespace breakwater::server::execute {
namespace {

namespace ip = boost::asio::ip;
using Mode = catalog::CompatibilityMode;

catalog::ClientHost client_host(const Peer& peer) {
  return {.address = peer.unix_socket ? std::string() : peer.address, .local = peer.local};
}

/// An account and its tenant, looked up with the same work whether they exist or not.
struct Found {
  std::optional<catalog::Tenant> tenant;
  std::optional<catalog::Account> account;
  auth::Verifier verifier{};  ///< all but what is cached of its password; of kind unknown without an account
};

/// What this thread has looked up since the catalogue last changed: a login asks twice, a pool's over and
/// over.
struct LookUps {
  static constexpr std::size_t kMost = 1024;
  const Services* owner = nullptr;
  std::uint64_t version = 0;
  std::unordered_map<std::string, std::shared_ptr<const Found>> found;
  std::unordered_set<catalog::TenantId> globals_loaded;
};

LookUps& look_ups(Services& services) {
  static thread_local LookUps cache;
  const std::uint64_t version = services.store().stats().commits;
  if (cache.owner != &services || cache.version != version || cache.found.size() >= LookUps::kMost) {
    cache = {.owner = &services, .version = version, .found = {}, .globals_loaded = {}};
  }
  return cache;
}

// The account and the hashes that its password was checked against: a changed password has another key.
std::string cache_key(const catalog::Account& account) {
  const auto& native = account.credential.native_hash;
  std::string all = std::to_string(account.key.tenant_id);
  for (const std::string_view part :
       {std::string_view(account.key.user), std::string_view(account.key.host),
        native ? as_text(*native) : std::string_view(),
        account.credential.sha2_hash ? std::string_view(*account.credential.sha2_hash)
                                     : std::string_view()}) {
    all.append(1, '\0').append(std::to_string(part.size())).append(1, ':').append(part);
  }
  return std::string(as_text(crypto::sha256(as_bytes(all))));
}

auth::Verifier verifier_of(const catalog::Account& account) {
  const catalog::Credential& credential = account.credential;
  auth::Verifier verifier{.native = credential.native_hash,
                          .sha2 = credential.sha2_hash.value_or(""),
                          .by_native = account.plugin != catalog::kSha2Plugin,
                          .by_sha2 = account.plugin != catalog::kNativePlugin};
  const bool empty = !verifier.native && verifier.sha2.empty();
  verifier.kind = empty ? auth::Verifier::Kind::empty : auth::Verifier::Kind::password;
  verifier.cache_key = cache_key(account);
  return verifier;
}

// Whom an unknown name passes for: the plugin of one of the tenant's accounts (of sys, where there is no such
// tenant), the same whenever the name is tried. A plugin that is asked for tells nobody who exists.
Result<catalog::Account> stand_in(Services& services, catalog::Reader& reader, catalog::TenantId tenant,
                                  const std::string& tenant_name, const std::string& user) {
  BW_TRY(const catalog::PluginCounts counts,
         reader.plugin_counts(tenant == 0 ? catalog::kSysTenantId : tenant));
  const std::uint64_t drawn = services.store().draw(tenant_name + '\0' + user);
  const std::uint64_t index = (drawn * counts.accounts) >> 32U;
  catalog::Account account{.key = {.tenant_id = tenant, .user = user}};
  if (index < counts.native) {
    account.plugin = catalog::kNativePlugin;
  } else if (counts.sha2 != 0 && index >= counts.accounts - counts.sha2) {
    account.plugin = catalog::kSha2Plugin;
  }
  return account;
}

Result<std::shared_ptr<const Found>> look_up(Services& services, const auth::UserName& user,
                                             const Peer& peer) {
  LookUps& cache = look_ups(services);
  std::string key = user.tenant;
  key.append(1, user.quoted ? '\1' : '\0')
      .append(user.user)
      .append(1, '\0')
      .append(peer.unix_socket ? "" : peer.address);
  if (const auto known = cache.found.find(key); known != cache.found.end()) return known->second;
  BW_TRY(Lane * lane, services.lane());
  Found found;
  BW_TRY(found.tenant, lane->reader->tenant(user.tenant));
  const catalog::TenantId id = found.tenant ? found.tenant->id : 0;
  const bool upper = found.tenant && found.tenant->mode == Mode::oracle && !user.quoted;
  const std::string name = upper ? ascii_upper(user.user) : user.user;
  BW_TRY(found.account, lane->reader->login_account(id, name, client_host(peer)));
  BW_TRY(const catalog::Account nobody, stand_in(services, *lane->reader, id, user.tenant, name));
  const bool known = found.tenant && found.account;
  found.verifier = verifier_of(known ? *found.account : nobody);
  if (!known) found.verifier.kind = auth::Verifier::Kind::unknown;
  return cache.found.emplace(std::move(key), std::make_shared<const Found>(std::move(found))).first->second;
}

Result<> load_globals(Services& services, const catalog::Tenant& tenant) {
  LookUps& cache = look_ups(services);
  if (cache.globals_loaded.contains(tenant.id)) return {};
  BW_TRY(Lane * lane, services.lane());
  BW_TRY(auto globals, lane->reader->global_variables(tenant.id));
  if (tenant.mode == Mode::oracle) globals.emplace_back("ob_compatibility_mode", "ORACLE");
  services.globals().load(tenant.id, globals);
  cache.globals_loaded.insert(tenant.id);
  return {};
}

bool like(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%')
    return like(text, pattern.substr(1)) || (!text.empty() && like(text.substr(1), pattern));
  return !text.empty() && (pattern[0] == '_' || pattern[0] == text[0]) &&
         like(text.substr(1), pattern.substr(1));
}

bool in_network(const ip::address& address, const std::string& network) {
  boost::system::error_code failed;
  if (address.is_v4()) {
    const auto net = ip::make_network_v4(network, failed);
    return !failed && net.canonical().network() ==
                          ip::make_network_v4(address.to_v4(), net.prefix_length()).canonical().network();
  }
  const auto net = ip::make_network_v6(network, failed);
  return !failed && net.canonical().network() ==
                        ip::make_network_v6(address.to_v6(), net.prefix_length()).canonical().network();
}

bool matches_node(std::string_view node, const std::string& address) {
  boost::system::error_code failed;
  const ip::address parsed = ip::make_address(address, failed);
  if (failed) return false;
  if (node.find('/') != std::string_view::npos) return in_network(parsed, std::string(node));
  const ip::address exact = ip::make_address(std::string(node), failed);
  return failed ? like(address, node) : exact == parsed;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

Result<> check_cluster(const catalog::Cluster& ours, const auth::UserName& user) {
  const bool other_name = !user.cluster.empty() && user.cluster != ours.name;
  const bool other_id = !user.cluster_id.empty() && user.cluster_id != std::to_string(ours.id);
  if (other_name || other_id) return fail(error::cluster_no_match(user.cluster));
  return {};
}

// What the account demands of the connection itself.
bool is_protected_enough(const catalog::Account& account, const TlsInfo* tls) {
  switch (account.tls) {
    case catalog::TlsNeed::ssl:
      return tls != nullptr;
    case catalog::TlsNeed::x509:
      return tls != nullptr && tls->client_certificate;
    case catalog::TlsNeed::none:
      break;
  }
  return true;
}

Error denied(const auth::UserName& user, const Peer& peer) {
  return error::password_wrong(user.user, peer.address, "YES");
}

}  // namespace

bool is_invited(std::string_view invited_nodes, const Peer& peer) {
  if (invited_nodes == "%") return true;  // most are: no address need be parsed
  const std::string address = peer.unix_socket ? "127.0.0.1" : peer.address;
  for (std::string_view rest = invited_nodes; !rest.empty();) {
    const std::size_t comma = rest.find(',');
    if (matches_node(trimmed(rest.substr(0, comma)), address)) return true;
    if (comma == std::string_view::npos) return false;
    rest.remove_prefix(comma + 1);
  }
  return false;
}

auth::Verifier Logins::find_account(const auth::UserName& user, const Peer& peer) {
  const auto looked_up = look_up(services_, user, peer);
  if (!looked_up) {
    services_.log().error("an account can't be looked up: " + looked_up.error().text());
    return {};
  }
  auth::Verifier verifier = (*looked_up)->verifier;
  verifier.cached = services_.passwords().find(verifier.cache_key);
  return verifier;
}

void Logins::remember_password(const auth::Verifier& verifier, const auth::FastDigest& digest) {
  services_.passwords().put(verifier.cache_key, digest);
}

bool Logins::is_administrator(const auth::UserName& user) const {
  return user.user == "root" && user.tenant == catalog::kSysTenantName;
}

void Logins::tick() {
  if (const auto lane = services_.lane()) (*lane)->reader->release_snapshot();
}

Result<std::unique_ptr<Session>> Logins::open(Connection& connection, const LoginRequest& request) {
  const auth::UserName& user = request.user;
  BW_CHECK(check_cluster(services_.store().cluster(), user));
  BW_TRY(const std::shared_ptr<const Found> looked_up, look_up(services_, user, connection.peer()));
  const Found& found = *looked_up;
  if (!found.tenant || !found.account) return fail(denied(user, connection.peer()));
  if (!is_protected_enough(*found.account, connection.tls())) return fail(denied(user, connection.peer()));
  if (found.account->locked) return fail(error::user_is_locked(user.user, connection.peer().address));
  if (found.tenant->locked) return fail(error::tenant_is_locked(found.tenant->name));
  if (!is_invited(found.tenant->invited_nodes, connection.peer())) return fail(error::no_privilege());
  std::string database = found.tenant->mode == Mode::oracle ? found.account->key.user : std::string();
  if (!request.database.empty()) {
    auto schema =
        find_schema(services_.engine(), found.tenant->mode, found.account->key.user, request.database);
    if (!schema) return fail(error::bad_database(request.database));
    database = *std::move(schema);
  }
  BW_CHECK(load_globals(services_, *found.tenant));

  session::Identity identity{
      .connection_id = connection.id(),
      .account = found.account->key,
      .tenant = found.tenant->name,
      .client_host = connection.peer().address,
      .client_port = connection.peer().port,
      .compression = protocol::name_of(protocol::compression_of(connection.capabilities()))};
  if (const TlsInfo* tls = connection.tls()) {
    identity.tls_version = tls->version;
    identity.tls_cipher = tls->cipher;
  }
  session::SessionState state(std::move(identity), *found.tenant, services_.globals());
  if (!database.empty()) state.set_database(std::move(database));
  if ((connection.capabilities() & protocol::capability::kInteractive) != 0) state.become_interactive();
  auto opened = std::make_unique<ClientSession>(services_, connection, std::move(state));
  // Counted with this one in: of two that come at once at most both are refused, never both let in.
  const auto limit = static_cast<std::size_t>(services_.settings()->max_user_connections);
  if (limit != 0 && !is_administrator(user) &&
      services_.registry().count_of(found.account->key.tenant_id, found.account->key.user) > limit) {
    return fail(error::too_many_user_connections(user.user));
  }
  return opened;
}

}  // namespace breakwater::server::execute
