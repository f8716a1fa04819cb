#include "server/execute/login.h"

#include <optional>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "base/text.h"
#include "server/execute/client_session.h"

namespace breakwater::server::execute {
namespace {

namespace ip = boost::asio::ip;

catalog::ClientHost client_host(const Peer& peer) {
  return {.address = peer.unix_socket ? std::string() : peer.address, .local = peer.local};
}

/// An account and its tenant, looked up with the same work whether they exist or not.
struct Found {
  std::optional<catalog::Tenant> tenant;
  std::optional<catalog::Account> account;
};

Result<Found> look_up(Services& services, const auth::UserName& user, const Peer& peer) {
  BW_TRY(Lane * lane, services.lane());
  Found found;
  BW_TRY(found.tenant, lane->reader->tenant(user.tenant));
  const catalog::TenantId id = found.tenant ? found.tenant->id : 0;
  BW_TRY(found.account, lane->reader->login_account(id, user.user, client_host(peer)));
  return found;
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

Error denied(const auth::UserName& user, const Peer& peer) {
  return error::password_wrong(user.user, peer.address, "YES");
}

}  // namespace

bool is_invited(std::string_view invited_nodes, const Peer& peer) {
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
  const auto found = look_up(services_, user, peer);
  if (!found) {
    services_.log().error("an account can't be looked up: " + found.error().text());
    return {};
  }
  if (!found->tenant || !found->account) return {};
  if (!found->account->native_hash) return {.kind = auth::Verifier::Kind::empty, .hash = {}};
  return {.kind = auth::Verifier::Kind::native, .hash = *found->account->native_hash};
}

bool Logins::is_administrator(const auth::UserName& user) const {
  return user.user == "root" && user.tenant == catalog::kSysTenantName;
}

Result<std::unique_ptr<Session>> Logins::open(Connection& connection, const LoginRequest& request) {
  const auth::UserName& user = request.user;
  BW_CHECK(check_cluster(services_.store().cluster(), user));
  BW_TRY(Found found, look_up(services_, user, connection.peer()));
  if (!found.tenant || !found.account) return fail(denied(user, connection.peer()));
  if (found.account->locked) return fail(error::user_is_locked(user.user, connection.peer().address));
  if (found.tenant->locked) return fail(error::tenant_is_locked(found.tenant->name));
  if (!is_invited(found.tenant->invited_nodes, connection.peer())) return fail(error::no_privilege());
  if (!request.database.empty() && !services_.engine().has_schema(request.database)) {
    return fail(error::bad_database(request.database));
  }
  BW_TRY(Lane * lane, services_.lane());
  BW_TRY(const auto globals, lane->reader->global_variables(found.tenant->id));
  services_.globals().load(found.tenant->id, globals);

  session::Identity identity{.connection_id = connection.id(),
                             .account = found.account->key,
                             .tenant = found.tenant->name,
                             .client_host = connection.peer().address,
                             .client_port = connection.peer().port};
  session::SessionState state(std::move(identity), *std::move(found.tenant), services_.globals());
  if (!request.database.empty()) state.set_database(ascii_lower(request.database));
  return std::make_unique<ClientSession>(services_, connection, std::move(state));
}

}  // namespace breakwater::server::execute
