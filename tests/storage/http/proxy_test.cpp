#include "storage/http/proxy.h"

#include <cstdio>
#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

namespace breakwater::storage {
namespace {

// A file with a password, as an administrator makes it.
class AuthFile {
 public:
  explicit AuthFile(const std::string& content, mode_t mode = 0600) {
    std::string name = testing::TempDir() + "proxy-auth-XXXXXX";
    const int fd = mkstemp(name.data());
    path_ = name;
    EXPECT_EQ(write(fd, content.data(), content.size()), static_cast<ssize_t>(content.size()));
    fchmod(fd, mode);
    close(fd);
  }
  ~AuthFile() { std::remove(path_.c_str()); }
  AuthFile(const AuthFile&) = delete;
  AuthFile& operator=(const AuthFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The variables for the time of a test.
class Environment {
 public:
  ~Environment() {
    for (const char* name : {"https_proxy", "http_proxy", "no_proxy"}) unsetenv(name);
  }
  static void set(const char* name, const char* value) { setenv(name, value, 1); }
};

Result<std::optional<Proxy>> found(const NetworkRules& rules, bool tls = true,
                                   std::string_view host = "store.example.com", std::uint16_t port = 443) {
  return find_proxy(tls, host, port, rules);
}

TEST(Proxy, NoneUnlessItIsSet) {
  Environment::set("https_proxy", "http://p:1");
  const Environment end;
  const auto none = found({});
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
}

TEST(Proxy, TheSettingNamesIt) {
  const auto proxy = found({.proxy = "http://Proxy.Example.com:3128/"});
  ASSERT_TRUE(proxy && *proxy);
  EXPECT_EQ((*proxy)->place.text(), "proxy.example.com:3128");
  EXPECT_TRUE((*proxy)->authorization.empty());
  EXPECT_EQ((**found({.proxy = "http://[2001:db8::1]:8080"})).place.text(), "[2001:db8::1]:8080");
}

TEST(Proxy, APasswordComesFromItsFile) {
  const AuthFile file("user:p:ss w\xC3\xB6rd\n");
  const auto proxy = found({.proxy = "http://p:1", .proxy_auth_file = file.path()});
  ASSERT_TRUE(proxy && *proxy) << proxy.error().hint();
  EXPECT_EQ((*proxy)->authorization.reveal(), "Basic dXNlcjpwOnNzIHfDtnJk");
}

TEST(Proxy, AFileThatIsNoneIsSaidSoAndNotShown) {
  const std::string secret = "SECRETpassword";
  const AuthFile open_to_all("u:" + secret, 0644);
  const AuthFile no_user(secret);
  const AuthFile two_lines("u:" + secret + "\r\nX-Evil: 1\r\n");
  const AuthFile long_one("u:" + std::string(2 * kMaxProxyPassword, 'x'));
  for (const std::string& path : {open_to_all.path(), no_user.path(), two_lines.path(), long_one.path(),
                                  std::string("/nowhere/at/all"), std::string("/tmp")}) {
    const auto refused = found({.proxy = "http://p:1", .proxy_auth_file = path});
    ASSERT_FALSE(refused) << path;
    EXPECT_TRUE(refused.error().is(Errc::invalid_config));
    EXPECT_NE(refused.error().hint().find("backup_dest_proxy_auth_file"), std::string::npos);
    EXPECT_EQ(refused.error().hint().find(secret), std::string::npos);
  }
}

TEST(Proxy, TheEnvironmentNamesItIfTheSettingSaysSo) {
  const Environment end;
  const NetworkRules rules{.proxy = std::string(kProxyOfEnvironment)};
  EXPECT_FALSE(*found(rules));
  Environment::set("https_proxy", "http://us%40er:p%3Ass@proxy:3128");
  Environment::set("http_proxy", "plain:80/");
  Environment::set("no_proxy", "other.com, .example.org");
  const auto tls = found(rules);
  ASSERT_TRUE(tls && *tls);
  EXPECT_EQ((*tls)->place.text(), "proxy:3128");
  EXPECT_EQ((*tls)->authorization.reveal(), "Basic dXNAZXI6cDpzcw==");
  EXPECT_EQ((**found(rules, false)).place.text(), "plain:80");
  EXPECT_FALSE(*found(rules, true, "bucket.store.example.org"));
}

TEST(Proxy, AnEnvironmentThatIsNoneIsSaidSoAndNotShown) {
  const Environment end;
  for (const char* const wrong :
       {"http://u:SECRET@proxy", "socks5://u:SECRET@proxy:1", "http://SECRET@proxy:1",
        "http://u:SECRET%0D%0Ax@proxy:1", "http://u:SECRET@pro xy:1", "https://u:SECRET@proxy:1"}) {
    Environment::set("https_proxy", wrong);
    const auto refused = found({.proxy = std::string(kProxyOfEnvironment)});
    ASSERT_FALSE(refused) << wrong;
    EXPECT_TRUE(refused.error().is(Errc::invalid_config));
    EXPECT_EQ(refused.error().hint().find("SECRET"), std::string::npos) << refused.error().hint();
  }
}

TEST(Proxy, NoProxyNamesHostsAndDomains) {
  const auto named = [](std::string_view list, std::string_view host = "b.store.example.com") {
    return named_in_no_proxy(list, host, 443);
  };
  for (const std::string_view list : {"example.com", ".example.com", "*.example.com", "b.store.example.com",
                                      "*", "x.org,EXAMPLE.com", " , example.com:443 "})
    EXPECT_TRUE(named(list)) << list;
  for (const std::string_view list :
       {"", "ample.com", "c.store.example.com", "example.com:80", "com.example", ","})
    EXPECT_FALSE(named(list)) << list;
  EXPECT_TRUE(named("10.0.0.1", "10.0.0.1"));
  EXPECT_FALSE(named("0.0.1", "10.0.0.1"));
  EXPECT_TRUE(named("2001:db8::1", "2001:db8::1"));
}

TEST(Proxy, AsksForAWay) {
  Proxy proxy;
  EXPECT_EQ(connect_request({.host = "store.example.com", .port = 443}, proxy)->reveal(),
            "CONNECT store.example.com:443 HTTP/1.1\r\nHost: store.example.com:443\r\n"
            "User-Agent: breakwater\r\n\r\n");
  proxy.authorization = Secret(std::string_view("Basic eDp5"));
  EXPECT_EQ(connect_request({.host = "2001:db8::1", .port = 8443}, proxy)->reveal(),
            "CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n"
            "Proxy-Authorization: Basic eDp5\r\nUser-Agent: breakwater\r\n\r\n");
}

TEST(Proxy, SendsNothingThatWouldEndALine) {
  for (const char* const host : {"a\r\nX: 1", "a b", "a\tb", "", "a/b", "a@b", "a:b", "a\x7F", "\xC3\xA4"}) {
    const auto refused = connect_request({.host = host, .port = 443}, Proxy());
    ASSERT_FALSE(refused) << host;
    EXPECT_TRUE(refused.error().is(Errc::invalid_backup_dest));
  }
}

TEST(Proxy, ReadsTheStatusOfItsAnswer) {
  EXPECT_EQ(connect_status("HTTP/1.1 200 Connection established\r\n\r\n"), 200U);
  EXPECT_EQ(connect_status("HTTP/1.0 407\r\n\r\n"), 407U);
  for (const std::string_view text :
       {"", "HTTP/1.1", "HTTP/2 200 x\r\n", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 20\r\n\r\n",
        "HTTP/1.1 2000 x\r\n\r\n", "HTTP/1.1  200\r\n\r\n", "HTTP/1.1 099 x\r\n\r\n"})
    EXPECT_FALSE(connect_status(text)) << text;
}

}  // namespace
}  // namespace breakwater::storage
