#include "server/settings.h"

#include <cstdio>
#include <fstream>

#include <gtest/gtest.h>

#include "server/serve_loop.h"

namespace breakwater::server {
namespace {

TEST(Settings, EveryDefaultIsInItsRangeAndReadsBack) {
  Settings settings;
  for (const Setting& setting : settings_table()) {
    EXPECT_TRUE(setting.set(settings, setting.default_value)) << setting.name;
    EXPECT_FALSE(setting.help.empty()) << setting.name;
    Settings again;
    EXPECT_TRUE(setting.set(again, setting.get(settings))) << setting.name;
    EXPECT_EQ(setting.get(again), setting.get(settings)) << setting.name;
  }
}

TEST(Settings, NamesAreUnique) {
  for (const Setting& setting : settings_table()) EXPECT_EQ(find_setting(setting.name), &setting);
}

TEST(Settings, ReadsUnits) {
  Settings settings;
  ASSERT_TRUE(set_setting(settings, "backup_dest_timeout", "2", "test"));
  EXPECT_EQ(settings.backup_dest_timeout, 2000) << "a bare number is seconds";
  ASSERT_TRUE(set_setting(settings, "backup_dest_timeout", "250ms", "test"));
  EXPECT_EQ(settings.backup_dest_timeout, 250);
  EXPECT_EQ(find_setting("backup_dest_timeout")->get(settings), "250ms");
  ASSERT_TRUE(set_setting(settings, "wait_timeout", "1H", "test"));
  EXPECT_EQ(settings.wait_timeout, 3'600'000);
  ASSERT_TRUE(set_setting(settings, "max_allowed_packet", "64M", "test"));
  EXPECT_EQ(settings.max_allowed_packet, 64 << 20);
  ASSERT_TRUE(set_setting(settings, "max_allowed_packet", "4096", "test"));
  EXPECT_EQ(settings.max_allowed_packet, 4096);
  ASSERT_TRUE(set_setting(settings, "core_dumps", "ON", "test"));
  EXPECT_TRUE(settings.core_dumps);
  ASSERT_TRUE(set_setting(settings, "backup_dest_allow", "/backup, /nfs,,oss.example.com", "test"));
  EXPECT_EQ(settings.backup_dest_allow, (std::vector<std::string>{"/backup", "/nfs", "oss.example.com"}));
}

TEST(Settings, SaysWhatIsWrong) {
  const auto text = [](std::string_view name, std::string_view value) {
    Settings settings;
    const auto set = set_setting(settings, name, value, "--set");
    return set ? std::string("accepted") : set.error().text();
  };
  EXPECT_EQ(text("max_connections", "many"), "--set: max_connections = 'many': must be 1 to 1000000");
  EXPECT_EQ(text("max_connections", "0"), "--set: max_connections = '0': must be 1 to 1000000");
  EXPECT_EQ(text("max_connections", "-1"), "--set: max_connections = '-1': must be 1 to 1000000");
  EXPECT_EQ(text("max_connections", "5x"), "--set: max_connections = '5x': must be 1 to 1000000");
  EXPECT_EQ(text("max_connections", ""), "--set: max_connections = '': must be 1 to 1000000");
  EXPECT_EQ(text("wait_timeout", "99999999999999999h"),
            "--set: wait_timeout = '99999999999999999h': must be 1s to 365d");
  EXPECT_EQ(text("log_format", "xml"), "--set: log_format = 'xml': must be text or json");
  EXPECT_EQ(text("log_format", "or"), "--set: log_format = 'or': must be text or json");
  EXPECT_EQ(text("core_dumps", "maybe"), "--set: core_dumps = 'maybe': must be true or false");
  EXPECT_EQ(text("max_conections", "1"),
            "--set: unknown setting 'max_conections'; did you mean max_connections");
  EXPECT_EQ(text("quite_another", "1"), "--set: unknown setting 'quite_another'");
}

TEST(Settings, AWrongValueChangesNothing) {
  Settings settings;
  ASSERT_FALSE(set_setting(settings, "log_level", "loud", "test"));
  EXPECT_EQ(settings.log_level, "info");
}

class SettingsFile : public ::testing::Test {
 protected:
  Result<> load(std::string_view content) {
    std::ofstream(file_) << content;
    return load_settings(settings_, file_);
  }
  void TearDown() override { std::remove(file_.c_str()); }

  std::string file_ = ::testing::TempDir() + "breakwater-settings.toml";
  Settings settings_;
};

TEST_F(SettingsFile, ReadsEveryKind) {
  const auto loaded = load(
      "listen = ['127.0.0.1:1', '[::1]:2']\nmax_connections = 5\ncore_dumps = true\n"
      "wait_timeout = '90s'\ncluster_name = \"x\"\n");
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(settings_.listen, (std::vector<std::string>{"127.0.0.1:1", "[::1]:2"}));
  EXPECT_EQ(settings_.max_connections, 5);
  EXPECT_TRUE(settings_.core_dumps);
  EXPECT_EQ(settings_.wait_timeout, 90'000);
  EXPECT_EQ(settings_.cluster_name, "x");
}

TEST_F(SettingsFile, NamesFileAndLine) {
  EXPECT_EQ(load("\nmax_connections = 'many'\n").error().text(),
            file_ + ":2: max_connections = 'many': must be 1 to 1000000");
  EXPECT_EQ(load("cluster_nam = 'x'\n").error().text(),
            file_ + ":1: unknown setting 'cluster_nam'; did you mean cluster_name");
  EXPECT_EQ(load("[log_level]\nx = 1\n").error().code(), Errc::setting_value);
  EXPECT_EQ(load("a = = b\n").error().code(), Errc::setting_file);
  EXPECT_EQ(load_settings(settings_, "/no/such/file").error().code(), Errc::setting_file);
}

class Lines : public Log {
 public:
  std::vector<std::string> lines;
  void write(LogLevel /*level*/, std::uint64_t /*connection_id*/, std::string_view text) override {
    lines.emplace_back(text);
  }
};

TEST(LiveSettings, ChangesAndTells) {
  Lines log;
  LiveSettings live{Settings(), log};
  std::int64_t told = 0;
  live.on_change([&](const Settings& changed) { told = changed.max_connections; });
  ASSERT_TRUE(live.change("max_connections", "77", "root@127.0.0.1"));
  EXPECT_EQ(told, 77);
  EXPECT_EQ(live.get()->max_connections, 77);
  EXPECT_EQ(log.lines,
            std::vector<std::string>{"setting max_connections: '10000' is '77' now, by root@127.0.0.1"});
  ASSERT_TRUE(live.change("max_connections", "77", "root@127.0.0.1"));
  EXPECT_EQ(log.lines.size(), 1U) << "nothing has changed";
  ASSERT_TRUE(live.reset("max_connections", "root@127.0.0.1"));
  EXPECT_EQ(told, 10'000);
}

TEST(LiveSettings, RefusesWhatItMayNotChange) {
  LiveSettings live{Settings()};
  EXPECT_EQ(live.change("io_threads", "4", "x").error().code(), Errc::setting_restart);
  EXPECT_EQ(live.change("backup_dest_allow", "/b", "x").error().code(), Errc::setting_restart);
  EXPECT_EQ(live.change("log_levle", "info", "x").error().code(), Errc::setting_unknown);
  EXPECT_EQ(live.get()->io_threads, 0);
  const auto wrong = live.change("max_connections", "k3y", "x");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().text(), "ALTER SYSTEM: max_connections = '...': must be 1 to 1000000");
}

TEST(LiveSettings, AReloadIsWhatIsGivenNow) {
  Lines log;
  Settings given;
  ASSERT_TRUE(set_setting(given, "log_level", "warning", "test"));
  LiveSettings live{given, log};
  ASSERT_TRUE(live.change("max_connections", "77", "root"));
  ASSERT_TRUE(live.change("wait_timeout", "5m", "root"));
  log.lines.clear();
  Settings now;
  ASSERT_TRUE(set_setting(now, "wait_timeout", "6m", "test"));
  ASSERT_TRUE(set_setting(now, "backup_dest_allow", "/backup", "test"));
  ASSERT_TRUE(set_setting(now, "io_threads", "2", "test"));
  live.reload(now);
  EXPECT_EQ(live.get()->max_connections, 10'000);
  EXPECT_EQ(live.get()->wait_timeout, 360'000);
  EXPECT_EQ(live.get()->log_level, "info");
  EXPECT_EQ(live.get()->backup_dest_allow, std::vector<std::string>{"/backup"});
  EXPECT_EQ(live.get()->io_threads, 0);
  EXPECT_EQ(log.lines, (std::vector<std::string>{
                           "setting io_threads stays '0' until a restart: file and command line say '2'",
                           "setting max_connections: '77' is '10000' now, by file and command line",
                           "setting wait_timeout: '5m' is '6m' now, by file and command line",
                           "setting backup_dest_allow: '' is '/backup' now, by file and command line",
                           "setting log_level: 'warning' is 'info' now, by file and command line"}));
  ASSERT_TRUE(live.change("wait_timeout", "7m", "root"));
  ASSERT_TRUE(live.reset("wait_timeout", "root"));
  EXPECT_EQ(live.get()->wait_timeout, 360'000) << "what was given last";
}

TEST(Settings, NoUriIsAllowedByAListThatIsShown) {
  Settings settings;
  EXPECT_TRUE(
      set_setting(settings, "backup_dest_allow", "/backup,oss.example.com:8443,*.example.org", "test"));
  for (const char* uri : {"oss://bucket/dir?host=h", "s3://b/d", "h&access_key=k", "user@host"})
    EXPECT_FALSE(set_setting(settings, "backup_dest_allow", uri, "test")) << uri;
}

TEST(ListenAddresses, AnEmptyRootPasswordStaysOnThisMachine) {
  const auto refused = [](std::vector<std::string> listen, bool has_password) {
    Settings settings;
    settings.listen = std::move(listen);
    return !check_listen_addresses(settings, has_password);
  };
  EXPECT_FALSE(refused({"127.0.0.1:2881", "[::1]:2881", "localhost:0", "127.1.2.3:1"}, false));
  EXPECT_TRUE(refused({"127.0.0.1:2881", "0.0.0.0:2881"}, false));
  EXPECT_TRUE(refused({"[::]:2881"}, false));
  EXPECT_TRUE(refused({"192.0.2.1:2881"}, false));
  EXPECT_FALSE(refused({"0.0.0.0:2881"}, true));
  EXPECT_TRUE(refused({}, true)) << "nothing to listen on";
}

TEST(SettingsTable, AProxyHasNoPasswordInItsSettingAndARefusalShowsNone) {
  Settings settings;
  for (const std::string_view good : {"", "environment", "http://proxy:3128", "http://[::1]:1/"})
    EXPECT_TRUE(set_setting(settings, "backup_dest_proxy", good, "test")) << good;
  for (const std::string_view wrong :
       {"proxy:3128", "https://proxy:3128", "http://proxy", "http://user:SECRET@proxy:3128",
        "user:SECRET@proxy", "http://SECRET/a@b"}) {
    const auto refused = set_setting(settings, "backup_dest_proxy", wrong, "test");
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code(), Errc::setting_value);
    EXPECT_EQ((refused.error().text() + refused.error().hint()).find("SECRET"), std::string::npos) << wrong;
  }
}

}  // namespace
}  // namespace breakwater::server
