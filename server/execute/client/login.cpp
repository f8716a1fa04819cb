#include "server/execute/client/login.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/text.h"
#include "catalog/model/password.h"
#include "catalog/model/privilege.h"
#include "server/auth/login_failure.h"
#include "server/execute/client/client_session.h"
#include "server/execute/client/invited_nodes.h"
#include "server/execute/context/audited.h"
#include "server/execute/context/schemas.h"
#include "server/protocol/compression.h"

namespace breakwater::server::execute {
namespace {

using Mode = catalog::CompatibilityMode;

catalog::ClientHost client_host(const Peer& peer) {
  return {.address = peer.unix_socket ? std::string() : peer.address, .local = peer.local};
}

/// An account and its tenant. The lookup takes the same work whether they exist or not.
struct Found {
  std::uint64_t version = 0;  ///< of the catalogue
  std::optional<catalog::Tenant> tenant{};
  std::optional<catalog::Account> account{};
  auth::Verifier verifier{};  ///< without the cached digest; kind `unknown` if there is no account
};

/// This thread's lookups since the catalogue last changed: a login looks up its account twice, and a
/// connection pool does it again and again.
struct LookUps {
  static constexpr std::size_t kMost = 1024;
  const Services* owner = nullptr;
  std::uint64_t version = 0;
  std::unordered_map<std::string, std::shared_ptr<const Found>> found;
  std::unordered_set<catalog::TenantId> globals_loaded;
  std::optional<catalog::AccountCounts> counts;
};

LookUps& look_ups(Services& services) {
  static thread_local LookUps cache;
  const std::uint64_t version = services.store().stats().commits;
  if (cache.owner != &services || cache.version != version || cache.found.size() >= LookUps::kMost) {
    cache = {.owner = &services, .version = version, .found = {}, .globals_loaded = {}, .counts = {}};
  }
  return cache;
}

// The account with the hashes of its password, so that a changed password has another key.
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

// Chooses `some` of `all` by a random number of 32 bits.
bool falls_among(std::uint32_t drawn, std::uint64_t some, std::uint64_t all) {
  return (std::uint64_t{drawn} * all) >> 32U < some;
}

// The account that an unknown user name is treated as, so that answers and timing don't reveal which users
// exist. It is the same each time the name is tried, and chosen among all accounts of the catalogue, for
// names in unknown tenants too. So neither the plugin that the server asks for reveals anything, nor whether
// the name's case matters: an unknown tenant is treated as an Oracle one as often as existing tenants are.
catalog::Account stand_in(Services& services, const catalog::AccountCounts& counts,
                          const auth::UserName& user, const catalog::Tenant* tenant = nullptr) {
  const catalog::Store& store = services.store();
  const bool as_often = falls_among(store.draw('\0' + user.tenant), counts.oracle, counts.tenants);
  const bool oracle = tenant != nullptr ? tenant->mode == Mode::oracle : as_often;
  catalog::Account account{.key = {.user = oracle && !user.quoted ? ascii_upper(user.user) : user.user}};
  const std::uint32_t drawn = store.draw(user.tenant + '\0' + account.key.user);
  if (falls_among(drawn, counts.native, counts.accounts)) {
    account.plugin = catalog::kNativePlugin;
  } else if (!falls_among(drawn, counts.accounts - std::min(counts.sha2, counts.accounts), counts.accounts)) {
    account.plugin = catalog::kSha2Plugin;
  }
  return account;
}

// Each thread parses each text once, however often the catalogue changes.
std::shared_ptr<const InvitedNodes> invited(const catalog::Tenant& tenant) {
  struct Parsed {
    std::string list;
    std::shared_ptr<const InvitedNodes> nodes;
  };
  static thread_local std::unordered_map<catalog::TenantId, Parsed> cache;
  if (cache.size() >= LookUps::kMost) cache.clear();
  Parsed& parsed = cache[tenant.id];
  if (parsed.nodes == nullptr || parsed.list != tenant.invited_nodes) {
    parsed = {.list = tenant.invited_nodes, .nodes = std::make_shared<InvitedNodes>(tenant.invited_nodes)};
  }
  return parsed.nodes;
}

// Counts the accounts again if the catalogue has changed.
Result<> count_accounts(LookUps& cache, KnownCounts& known, catalog::AccountReader& accounts) {
  if (cache.counts) return {};
  BW_TRY(cache.counts, accounts.counts());
  known.set(*cache.counts);
  return {};
}

Result<std::shared_ptr<const Found>> look_up(Services& services, KnownCounts& counts,
                                             const auth::UserName& user, const Peer& peer) {
  LookUps& cache = look_ups(services);
  std::string key = user.tenant;
  key.append(1, user.quoted ? '\1' : '\0')
      .append(user.user)
      .append(1, '\0')
      .append(peer.unix_socket ? "" : peer.address);
  if (const auto known = cache.found.find(key); known != cache.found.end()) return known->second;
  BW_TRY(Lane * lane, services.lane());
  BW_CHECK(count_accounts(cache, counts, lane->reader->accounts()));
  Found found{.version = cache.version};
  BW_TRY(found.tenant, lane->reader->tenants().find(user.tenant));
  const catalog::TenantId id = found.tenant ? found.tenant->id : 0;
  const catalog::Account nobody =
      stand_in(services, *cache.counts, user, found.tenant ? &*found.tenant : nullptr);
  BW_TRY(found.account, lane->reader->accounts().for_login(id, nobody.key.user, client_host(peer)));
  const bool known = found.tenant && found.account;
  found.verifier = verifier_of(known ? *found.account : nobody);
  if (!known) found.verifier.kind = auth::Verifier::Kind::unknown;
  return cache.found.emplace(std::move(key), std::make_shared<const Found>(std::move(found))).first->second;
}

Result<> load_globals(Services& services, const catalog::Tenant& tenant) {
  LookUps& cache = look_ups(services);
  if (cache.globals_loaded.contains(tenant.id)) return {};
  BW_TRY(Lane * lane, services.lane());
  BW_TRY(auto globals, lane->reader->parameters().variables(tenant.id));
  if (tenant.mode == Mode::oracle) globals.emplace_back("ob_compatibility_mode", "ORACLE");
  services.globals().load(tenant.id, globals);
  cache.globals_loaded.insert(tenant.id);
  return {};
}

Result<> check_cluster(const catalog::Cluster& ours, const auth::UserName& user) {
  const bool other_name = !user.cluster.empty() && user.cluster != ours.name;
  const bool other_id = !user.cluster_id.empty() && user.cluster_id != std::to_string(ours.id);
  if (other_name || other_id) return fail(error::cluster_no_match(user.cluster));
  return {};
}

// Whether the connection has the TLS that the account requires.
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

bool is_root_of_sys(const auth::UserName& user) {
  return user.user == "root" && user.tenant == catalog::kSysTenantName;
}

// Where wrong passwords count for a lock; nullopt where they don't: whoever may use the machine must not be locked out of
// it as root@sys.
std::optional<auth::LoginLocks::Key> lock_key(const Found& found, const auth::UserName& user,
                                              const Peer& peer) {
  if (!found.tenant || !found.account || !found.account->policy.locks()) return std::nullopt;
  if (peer.local && is_root_of_sys(user)) return std::nullopt;
  return auth::LoginLocks::Key{.account = found.account->id, .from = peer.ip.origin()};
}

auth::LoginLocks::Limit limit_of(const catalog::PasswordPolicy& policy, Timestamp now) {
  constexpr Timestamp kDay = 86'400'000'000;
  auth::LoginLocks::Limit limit{.attempts = policy.failed_login_attempts};
  if (policy.lock_days != catalog::PasswordPolicy::kUnbounded)
    limit.locked_until = now + policy.lock_days * kDay;
  return limit;
}

class CountedCheck final : public SessionFactory::Check {
 public:
  CountedCheck(Services& services, const auth::LoginLocks::Key& key)
      : services_(services), key_(key), ticket_(services.login_locks().begin(key)) {}
  CountedCheck(const CountedCheck&) = delete;
  CountedCheck& operator=(const CountedCheck&) = delete;
  ~CountedCheck() override { services_.login_locks().end(key_, ticket_); }

  bool is_its_turn() const override {
    return services_.login_locks().turn(key_, ticket_, services_.clock().now()) !=
           auth::LoginLocks::Turn::wait;
  }

 private:
  Services& services_;
  const auth::LoginLocks::Key key_;
  const auth::LoginLocks::Ticket ticket_;
};

Error denied(const auth::UserName& user, const Peer& peer) {
  return error::password_wrong(user.user, peer.address, "YES");
}

}  // namespace

Logins::Logins(Services& services) : services_(services) {
  if (const auto reader = services.store().open_reader()) {
    if (const auto counts = (*reader)->accounts().counts()) counts_.set(*counts);
  }
}

// The error for a login with a right password that could not be completed; the log has the reason.
Error Logins::could_not_look(const Error& why, const Connection& connection) const {
  services_.log().error("a login can't be completed: " + why.text() + "; " + why.hint(), connection.id());
  return auth::login_failure(why);
}

auth::Verifier Logins::find_account(const auth::UserName& user, const Peer& peer) {
  const auto looked_up = look_up(services_, counts_, user, peer);
  if (!looked_up) {
    auth::Verifier stranger = verifier_of(stand_in(services_, counts_.get(), user));
    stranger.kind = auth::Verifier::Kind::unknown;
    stranger.failure = looked_up.error();
    return stranger;
  }
  auth::Verifier verifier = (*looked_up)->verifier;
  verifier.cached = services_.passwords().find(verifier.cache_key);
  // Refused as if there were no such account: whoever guesses isn't told that he is locked out.
  const auto key = lock_key(**looked_up, user, peer);
  if (key && services_.login_locks().is_locked(*key, services_.clock().now()))
    verifier.kind = auth::Verifier::Kind::unknown;
  return verifier;
}

std::unique_ptr<SessionFactory::Check> Logins::begin_check(const auth::UserName& user, const Peer& peer) {
  const auto looked_up = look_up(services_, counts_, user, peer);
  if (!looked_up) return nullptr;
  const auto key = lock_key(**looked_up, user, peer);
  return key ? std::make_unique<CountedCheck>(services_, *key) : nullptr;
}

void Logins::login_failed(const auth::UserName& user, const Peer& peer) {
  const auto looked_up = look_up(services_, counts_, user, peer);
  if (!looked_up) return;
  const auto key = lock_key(**looked_up, user, peer);
  if (!key) return;
  const catalog::Account& account = *(*looked_up)->account;
  const Timestamp now = services_.clock().now();
  if (!services_.login_locks().failed(*key, limit_of(account.policy, now), now)) return;
  services_.log().warning("the account " + catalog::quoted_account(account.key) + " of tenant " +
                          (*looked_up)->tenant->name + " is locked for logins from " + peer.address +
                          " after " + std::to_string(account.policy.failed_login_attempts) +
                          " wrong passwords: ALTER USER … ACCOUNT UNLOCK ends that");
}

// The tenant's number is told where there is one: its administrator sees who tried.
void Logins::login_refused(const Connection& connection, std::string_view user, const Error& error) {
  if (!services_.audit().is_on()) return;
  const Peer& peer = connection.peer();
  catalog::AuditEntry entry{
      .time = services_.clock().now(), .what = "login", .connection_id = connection.id()};
  entry.who.address = peer.address + (peer.port == 0 ? "" : ":" + std::to_string(peer.port));
  entry.who.user = whole_characters(user, limits::kMaxIdentifier);
  if (const auto name = auth::parse_user_name(user)) {
    entry.who.user = whole_characters(name->user, limits::kMaxIdentifier);
    entry.who.tenant = whole_characters(name->tenant, limits::kMaxIdentifier);
    const auto looked_up = look_up(services_, counts_, *name, peer);
    if (looked_up && (*looked_up)->tenant) entry.who.tenant_id = (*looked_up)->tenant->id;
  }
  if (const TlsInfo* tls = connection.tls()) entry.tls = tls->version;
  tell_error(entry, error);
  services_.audit().ended(std::move(entry));
}

void Logins::remember_password(const auth::Verifier& verifier, const auth::FastDigest& digest) {
  services_.passwords().put(verifier.cache_key, digest);
}

bool Logins::is_administrator(const auth::UserName& user) const {
  return is_root_of_sys(user);
}

void Logins::tick() {
  if (const auto lane = services_.lane()) (*lane)->reader->release_snapshot();
}

Result<std::unique_ptr<Session>> Logins::open(Connection& connection, const LoginRequest& request) {
  const auth::UserName& user = request.user;
  BW_CHECK(check_cluster(services_.store().cluster(), user));
  const auto looked_up = look_up(services_, counts_, user, connection.peer());
  if (!looked_up) return fail(could_not_look(looked_up.error(), connection));
  const Found& found = **looked_up;
  if (!found.tenant || !found.account) return fail(denied(user, connection.peer()));
  if (!is_protected_enough(*found.account, connection.tls())) return fail(denied(user, connection.peer()));
  const auto lock = lock_key(found, user, connection.peer());
  const Timestamp now = services_.clock().now();
  if (lock && services_.login_locks().is_locked(*lock, now)) return fail(denied(user, connection.peer()));
  if (found.account->locked) return fail(error::user_is_locked(user.user, connection.peer().address));
  if (found.tenant->locked) return fail(error::tenant_is_locked(found.tenant->name));
  if (!invited(*found.tenant)->invite(connection.peer())) return fail(error::no_privilege());
  std::string database = found.tenant->mode == Mode::oracle ? found.account->key.user : std::string();
  if (!request.database.empty()) {
    auto schema =
        find_schema(services_.dictionary(), found.tenant->mode, found.account->key.user, request.database);
    if (!schema) return fail(error::bad_database(request.database));
    database = *std::move(schema);
  }
  if (const auto loaded = load_globals(services_, *found.tenant); !loaded)
    return fail(could_not_look(loaded.error(), connection));

  session::Identity identity{
      .connection_id = connection.id(),
      .account = found.account->key,
      .account_id = found.account->id,
      .tenant = found.tenant->name,
      .client_host = connection.peer().address,
      .client_port = connection.peer().port,
      .compression = protocol::name_of(protocol::compression_of(connection.capabilities()))};
  if (const TlsInfo* tls = connection.tls()) {
    identity.tls_version = tls->version;
    identity.tls_cipher = tls->cipher;
  }
  session::SessionState state(std::move(identity), *found.tenant, services_.globals(), &connection.memory());
  if (!database.empty()) state.set_database(std::move(database));
  state.must_change_password =
      catalog::has_expired(*found.account, services_.settings()->default_password_lifetime, now);
  if ((connection.capabilities() & protocol::capability::kInteractive) != 0) state.become_interactive();
  auto opened = std::make_unique<ClientSession>(services_, connection, std::move(state), found.version);
  // The count includes this session: of two that come at the same time both may be refused, but never are
  // both let in.
  const auto limit = static_cast<std::size_t>(services_.settings()->max_user_connections);
  if (limit != 0 && !is_administrator(user) &&
      services_.registry().count_of(found.account->key.tenant_id, found.account->key.user) > limit) {
    return fail(error::too_many_user_connections(user.user));
  }
  if (lock) services_.login_locks().succeeded(*lock);
  opened->log_login(request.change_user);
  return opened;
}

}  // namespace breakwater::server::execute
