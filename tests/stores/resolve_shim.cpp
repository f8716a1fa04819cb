// Preloaded into the server and into the clients of the store tests: names of object stores resolve as the
// test says, and nothing else resolves at all, so that no test reaches a network.
//
//   BW_TEST_HOSTS="aliyuncs.com=127.0.0.1,s3.test=127.0.0.1,metadata.test=169.254.169.254"
//
// A rule holds for the name itself and for everything below it; the first that fits wins.

#include <cstdlib>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>

namespace {

using Getaddrinfo = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

bool numeric(const char* name) {
  in6_addr address{};
  return inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1;
}

bool covers(std::string_view suffix, std::string_view name) {
  if (!name.ends_with(suffix)) return false;
  return name.size() == suffix.size() || name[name.size() - suffix.size() - 1] == '.';
}

/// The address that the rules give `name`; empty where none does.
std::string ruled(std::string_view name) {
  const char* setting = std::getenv("BW_TEST_HOSTS");
  std::string_view rules = setting ? setting : "";
  while (!rules.empty()) {
    const std::string_view rule = rules.substr(0, rules.find(','));
    rules.remove_prefix(rule.size() < rules.size() ? rule.size() + 1 : rule.size());
    const auto equals = rule.find('=');
    if (equals != std::string_view::npos && covers(rule.substr(0, equals), name)) {
      return std::string(rule.substr(equals + 1));
    }
  }
  return {};
}

}  // namespace

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** found) {
  static const auto real = reinterpret_cast<Getaddrinfo>(dlsym(RTLD_NEXT, "getaddrinfo"));
  if (name == nullptr || numeric(name) || std::string_view(name) == "localhost") {
    return real(name, service, hints, found);
  }
  const std::string address = ruled(name);
  return address.empty() ? EAI_NONAME : real(address.c_str(), service, hints, found);
}
