#include "storage/http/resolver.h"

#include <algorithm>
#include <memory>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "storage/pool/file_pool.h"

namespace breakwater::storage {
namespace {

namespace ip = boost::asio::ip;

struct InfoDeleter {
  void operator()(addrinfo* info) const { freeaddrinfo(info); }
};

std::optional<ip::address> address_of(const addrinfo& info) {
  if (info.ai_family == AF_INET) {
    const auto* found = reinterpret_cast<const sockaddr_in*>(info.ai_addr);
    return ip::address_v4(ntohl(found->sin_addr.s_addr));
  }
  if (info.ai_family == AF_INET6) {
    const auto* found = reinterpret_cast<const sockaddr_in6*>(info.ai_addr);
    ip::address_v6::bytes_type bytes{};
    std::copy_n(std::begin(found->sin6_addr.s6_addr), bytes.size(), bytes.begin());
    return ip::address_v6(bytes, found->sin6_scope_id);
  }
  return std::nullopt;
}

Error unresolved(const std::string& host, const std::string& why) {
  return error::backup_dest_not_connect().with_hint("The name " + host + " could not be resolved: " + why +
                                                    ". Check host= and the machine's name servers.");
}

Result<Resolver::Addresses> look_up(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG;
  addrinfo* first = nullptr;
  int failed = getaddrinfo(host.c_str(), nullptr, &wanted, &first);
  if (failed != 0 && failed != EAI_AGAIN) {  // that is a name server that was waited for already
    // AI_ADDRCONFIG finds nothing, not even in /etc/hosts, on a machine with a loopback interface alone.
    wanted.ai_flags = 0;
    failed = getaddrinfo(host.c_str(), nullptr, &wanted, &first);
  }
  if (failed != 0) return fail(unresolved(host, gai_strerror(failed)));
  const std::unique_ptr<addrinfo, InfoDeleter> owner(first);
  Resolver::Addresses addresses;
  for (const addrinfo* info = first; info != nullptr; info = info->ai_next)
    if (const auto address = address_of(*info);
        address && std::ranges::find(addresses, *address) == addresses.end())
      addresses.push_back(*address);
  if (addresses.empty()) return fail(unresolved(host, "it has no address"));
  return addresses;
}

class SystemResolver final : public Resolver {
 public:
  void resolve(std::string host, Deadline deadline, Done done) override {
    auto finish = [host, done = std::move(done)](Result<Answer> answer) mutable {
      // The hints of the pool's own errors are about file systems.
      if (!answer && (answer.error().is(Errc::out_of_resources) || answer.error().is(Errc::out_of_memory)))
        return done(fail(std::move(answer).error()));
      done(answer ? std::move(*answer) : Result<Addresses>(fail(unresolved(host, "no answer in time"))));
    };
    pool_.submit<Answer>(
        deadline, host, [host](const StopFlag&) -> Result<Answer> { return look_up(host); },
        std::move(finish));
  }

 private:
  using Answer = Result<Addresses>;
  FilePool pool_{{.name = "resolve", .threads = 4, .shutdown_grace = std::chrono::milliseconds(100)}};
};

}  // namespace

std::unique_ptr<Resolver> make_resolver() {
  return std::make_unique<SystemResolver>();
}

Resolver& system_resolver() {
  static SystemResolver resolver;
  return resolver;
}

}  // namespace breakwater::storage
