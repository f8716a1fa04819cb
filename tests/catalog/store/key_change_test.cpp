// A change of the catalogue's key: where keys come from, everything sealed anew, and a change that is cut off.
#include "catalog/store/key_change.h"

#include <atomic>
#include <csignal>
#include <random>
#include <thread>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/sqlite/sqlite.h"
#include "catalog/store/command_output.h"
#include "catalog/store/connection.h"
#include "catalog/store/key_source.h"
#include "catalog/store/keyring.h"
#include "catalog/store/store_fixture.h"
#include "catalog/store/tables.h"

namespace breakwater::catalog {
namespace {

using sqlite::Connection;
using sqlite::OpenMode;

const std::string kOne(crypto::kKeySize, 'k');
const std::string kTwo(crypto::kKeySize, 'q');

std::string hex(const std::string& bytes) {
  return crypto::to_hex(as_bytes(bytes));
}

Bytes check_of(const std::string& key) {
  return value_of(Keyring::check_of(secret(key)));
}

class KeySourceTest : public testing::Test {
 protected:
  KeySource file() { return KeySource({.file = path_}); }
  KeySource given() { return KeySource({.file = path_, .given = true}); }
  static KeySource command(const std::string& text) { return KeySource({.command = text}); }
  std::string next(const KeySource& source, const std::string& present) {
    return std::string(value_of(source.next(check_of(present), system_entropy())).reveal());
  }
  std::string fresh() { return path_ + ".new"; }

  TempDirectory temp_;
  const std::string path_ = temp_ / "key";
};

TEST_F(KeySourceTest, AKeyIsThirtyTwoBytesOrALineOfDigits) {
  const auto keys = [&](const std::string& content) {
    write_whole(path_, content);
    std::vector<std::string> found;
    const auto read = file().keys();
    if (!read) return found;
    for (const Secret& key : *read) found.emplace_back(key.reveal());
    return found;
  };
  using Keys = std::vector<std::string>;
  EXPECT_EQ(keys(kOne), Keys{kOne});
  EXPECT_EQ(keys(std::string(crypto::kKeySize, '\n')), Keys{std::string(crypto::kKeySize, '\n')});
  EXPECT_EQ(keys(hex(kOne)), Keys{kOne});
  EXPECT_EQ(keys("\n  " + hex(kOne) + "\r\n\n" + hex(kTwo) + "\t\n"), (Keys{kOne, kTwo}));
  for (const std::string& wrong :
       {std::string(), std::string("\n"), kOne + "x", kOne.substr(1), hex(kOne).substr(1), hex(kOne) + "0",
        hex(kOne) + "\nx", hex(kOne).substr(2), "0x" + hex(kOne).substr(2), std::string(5000, '0')})
    EXPECT_EQ(keys(wrong), Keys()) << wrong;
}

TEST_F(KeySourceTest, ACommandGivesItsOutputAndNothingOfTheServers) {
  const auto run = [](const std::string& text, std::chrono::milliseconds time = std::chrono::seconds(60)) {
    return output_of_command(text, 100, time);
  };
  EXPECT_EQ(value_of(run("printf abc; echo noise >&2")).reveal(), "abc");
  EXPECT_EQ(value_of(run("cat")).reveal(), "") << "no standard input";
  EXPECT_EQ(value_of(run("yes | head -c 100000")).size(), 100U);
  EXPECT_EQ(value_of(run("sleep 60 & printf abc")).reveal(), "abc")
      << "what it leaves behind isn't waited for";
  EXPECT_EQ(value_of(run("ls /proc/self/fd | wc -l")).reveal(), "4\n") << "0, 1, 2 and the list itself";
  const auto failed = run("printf canary; exit 7");
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().text().find("exit code 7"), std::string::npos) << failed.error().text();
  EXPECT_EQ(failed.error().text().find("canary"), std::string::npos);
  EXPECT_FALSE(run("kill -9 $$"));
  EXPECT_FALSE(run("/nonexistent/command"));
  const auto late = run("exec >&-; sleep 600", std::chrono::milliseconds(50));
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().text().find("isn't at its end"), std::string::npos) << late.error().text();
}

TEST_F(KeySourceTest, TheServersOwnNextKeyIsMadeBesideTheOldOneAndTakesItsPlace) {
  EXPECT_EQ(code_of(file().keys()), Errc::op_not_allow) << "there is none";
  const std::string first(value_of(file().first(system_entropy())).reveal());
  EXPECT_EQ(read_whole(path_), first);
  const std::string second = next(file(), first);
  EXPECT_NE(second, first);
  EXPECT_EQ(read_whole(path_), first) << "the old one is there until the catalogue has changed";
  EXPECT_EQ(read_whole(fresh()), second);
  struct stat status{};
  ASSERT_EQ(::stat(fresh().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_EQ(next(file(), first), second) << "the same again: a catalogue may have it";
  EXPECT_EQ(value_of(file().find(check_of(first))).reveal(), first);
  EXPECT_EQ(value_of(file().find(check_of(second))).reveal(), second);
  value_of(file().settle(check_of(first)));
  EXPECT_EQ(read_whole(fresh()), second) << "only the start knows that nobody wants it";
  value_of(file().settle(check_of(second)));
  EXPECT_EQ(read_whole(path_), second);
  EXPECT_FALSE(std::filesystem::exists(fresh()));
  EXPECT_EQ(code_of(file().find(check_of(first))), Errc::op_not_allow);
  EXPECT_EQ(code_of(file().settle(check_of(first))), Errc::op_not_allow);
  next(file(), second);
  value_of(file().tidy(check_of(second), null_log()));
  EXPECT_EQ(read_whole(path_), second);
  EXPECT_FALSE(std::filesystem::exists(fresh()));
}

TEST_F(KeySourceTest, WhatIsInTheWayIsNotOverwritten) {
  write_whole(path_, kOne);
  write_whole(fresh(), "precious");
  EXPECT_EQ(code_of(file().next(check_of(kOne), system_entropy())), Errc::op_not_allow);
  EXPECT_EQ(read_whole(fresh()), "precious");
  EXPECT_EQ(code_of(file().next(check_of(kTwo), system_entropy())), Errc::op_not_allow)
      << "the present key is nowhere: no other is made";
}

TEST_F(KeySourceTest, ASymbolicLinkStaysOneAndTheNewKeyComesBesideTheFile) {
  std::filesystem::create_directory(temp_ / "real");
  write_whole(temp_ / "real/k", kOne);
  std::filesystem::create_symlink(temp_ / "real/k", path_);
  const std::string second = next(file(), kOne);
  EXPECT_EQ(read_whole(temp_ / "real/k.new"), second);
  value_of(file().settle(check_of(second)));
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  EXPECT_EQ(read_whole(temp_ / "real/k"), second);
}

TEST_F(KeySourceTest, WhatSomebodyElseGivesIsReadOnly) {
  write_whole(path_, hex(kOne) + "\n");
  EXPECT_EQ(code_of(given().next(check_of(kOne), system_entropy())), Errc::op_not_allow)
      << "no other is given";
  EXPECT_FALSE(std::filesystem::exists(fresh()));
  write_whole(path_, hex(kOne) + "\n" + hex(kTwo) + "\n");
  EXPECT_EQ(next(given(), kOne), kTwo);
  EXPECT_EQ(next(given(), kTwo), kOne) << "whichever it isn't";
  EXPECT_EQ(next(file(), kOne), kTwo) << "also in a file of the server's own";
  EXPECT_EQ(value_of(given().first(system_entropy())).reveal(), kOne);
  value_of(given().settle(check_of(kTwo)));
  EXPECT_EQ(read_whole(path_), hex(kOne) + "\n" + hex(kTwo) + "\n");
  const KeySource printed = command("printf '%s\\n%s\\n' " + hex(kOne) + " " + hex(kTwo));
  EXPECT_EQ(value_of(printed.find(check_of(kTwo))).reveal(), kTwo);
  EXPECT_EQ(next(printed, kTwo), kOne);
  EXPECT_EQ(code_of(command("echo nothing").keys()), Errc::op_not_allow);
}

class KeyChangeTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    a_ = make_tenant("a");
    value_of(write([&](Transaction& t) -> Result<> {
      BW_CHECK(t.parameters().set_secret(a_, "external_kms_info", secret("canary-kms")));
      BW_CHECK(t.keys().add_backup_key("fingerprint", secret("canary-backup"), true));
      BW_CHECK(t.keys().rotate(a_));
      return {};
    }));
    master_ = master_key(*reader_);
  }

  std::string file(const std::string& name) const { return (temp_ / "data") + "/" + name; }
  std::string key_file() const { return read_whole(file("catalog.key")); }

  std::string master_key(Reader& reader) {
    return std::string(value_of(reader.keys().unsealed(a_)).at(0).key.reveal());
  }

  Result<Secret> make_next() { return store_->key_source()->next(store_->key_check(), system_entropy()); }
  Result<> commit(Secret key) { return commit_key(*store_, std::move(key)); }
  Result<> change() { return change_key(*store_); }

  void expect_whole(Reader& reader) {
    EXPECT_EQ(value_of(reader.parameters().secret(a_, "external_kms_info"))->reveal(), "canary-kms");
    EXPECT_EQ(value_of(reader.keys().own_backup_key())->key.reveal(), "canary-backup");
    EXPECT_EQ(master_key(reader), master_);
  }

  TenantId a_ = 0;
  std::string master_;
};

TEST_F(KeyChangeTest, WhatGoesWithItIsInItsTransactionAndSaysWhoDidIt) {
  const Origin who{.user = "ops", .tenant_id = kSysTenantId, .tenant = "sys", .address = "192.0.2.7:99"};
  const Bytes before = store_->key_check();
  const auto puts = [](Errc outcome) {
    return [outcome](Transaction& t) -> Result<> {
      EXPECT_EQ(t.events().of_job().back().event, "rotate_catalog_key");
      BW_TRY(const std::int64_t id, t.audit().next_id());
      BW_CHECK(t.audit().put({.id = id, .statement = "ROTATE"}, 0));
      return outcome == Errc::internal_error ? Result<>(fail(error::internal_error())) : Result<>();
    };
  };
  EXPECT_EQ(code_of(commit_key(*store_, value_of(make_next()), who, puts(Errc::internal_error))),
            Errc::internal_error);
  EXPECT_EQ(store_->key_check(), before) << "it is taken back with what goes with it";
  EXPECT_EQ(value_of(reader_->audit().newest()), 0);
  expect_whole(*reader_);
  value_of(commit_key(*store_, value_of(make_next()), who, puts(Errc::try_again)));
  EXPECT_NE(store_->key_check(), before);
  EXPECT_EQ(value_of(reader_->audit().newest()), 1);
  expect_whole(*reader_);
}

TEST_F(KeyChangeTest, EverythingOpensAfterwardsAndTheOldKeyOpensNothing) {
  const std::string old = key_file();
  const std::uint32_t draw = store_->draw("name");
  const Bytes mac = store_->installation_mac(as_bytes("text"));
  for (int round = 0; round < 12; ++round) {
    const std::string before = key_file();
    value_of(change());
    EXPECT_NE(key_file(), before);
    expect_whole(*reader_);
    EXPECT_EQ(store_->draw("name"), draw) << "what an unknown name is asked for stays";
    EXPECT_EQ(store_->installation_mac(as_bytes("text")), mac) << "the marks at destinations stay good";
    if (round % 3 == 0) reopen();
    expect_whole(*reader_);
    EXPECT_EQ(store_->draw("name"), draw);
    EXPECT_EQ(store_->installation_mac(as_bytes("text")), mac);
  }
  EXPECT_EQ(value_of(connection_of(*reader_).integer(
                "SELECT COUNT(*) FROM backup_event WHERE event = 'rotate_catalog_key'")),
            12);
  value_of(write([&](Transaction& t) { return t.keys().rotate(a_); }));
  EXPECT_EQ(value_of(reader_->keys().unsealed(a_)).size(), 2U);
  close();
  write_whole(file("catalog.key"), old);
  EXPECT_EQ(code_of(open_store(options())), Errc::op_not_allow);
}

TEST_F(KeyChangeTest, TheMarkOfAPasswordStays) {
  const auto keyring = [&] {
    Keyring made = value_of(Keyring::derive(secret(key_file())));
    value_of(read_roots(connection_of(*reader_), made));
    return made;
  };
  const std::string mark = keyring().password_mark(secret("p"));
  value_of(change());
  EXPECT_EQ(keyring().password_mark(secret("p")), mark);
}

// Each table that has a sealed column, also one that comes later: a row of it is made by the table's declaration.
TEST_F(KeyChangeTest, EverySealedColumnIsSealedAnew) {
  struct Row {
    const TableRule* rule;
    std::vector<std::string> identity;
    Bytes before;
  };
  std::vector<Row> rows;
  const auto sealed_in = [](Connection& connection, const TableRule& rule) {
    auto row =
        value_of(connection.prepare("SELECT " + std::string(rule.sealed) + " FROM " + std::string(rule.name) +
                                    " WHERE " + std::string(rule.sealed_for[0]) + " IN (77, 'x')"));
    EXPECT_TRUE(value_of(row.step())) << rule.name;
    return row.bytes(0);
  };
  close();
  {
    const Keyring keyring = value_of(Keyring::derive(secret(key_file())));
    Connection connection = value_of(Connection::open(file("catalog.db"), OpenMode::writer));
    value_of(connection.execute("PRAGMA foreign_keys = OFF"));
    for (const TableRule& rule : table_rules()) {
      if (rule.sealed.empty() || rule.name == "catalog_root") continue;
      std::vector<std::string> identity;
      std::string names;
      std::string values;
      std::map<std::string, std::string, std::less<>> given;
      auto columns = value_of(connection.prepare("PRAGMA table_info(" + std::string(rule.name) + ")"));
      while (value_of(columns.step())) {
        const std::string name = columns.string(1);
        const std::string type = columns.string(2);
        const bool needed = columns.integer(3) != 0 || columns.integer(5) != 0;
        if (name != rule.sealed && !needed) continue;
        given[name] = type == "INTEGER" ? "77" : "x";
        names += (names.empty() ? "" : ", ") + name;
        values += std::string(values.empty() ? "" : ", ") + (name == rule.sealed ? "?"
                                                             : type == "INTEGER" ? "77"
                                                                                 : "'x'");
      }
      for (const std::string_view name : rule.sealed_for)
        if (!name.empty()) identity.push_back(given.find(name)->second);
      const Bytes sealed =
          value_of(keyring.seal(sealed_identity(rule.name, identity), secret("canary"), system_entropy()));
      auto insert = value_of(connection.prepare("INSERT INTO " + std::string(rule.name) + "(" + names +
                                                ") VALUES (" + values + ")"));
      insert.bind(1, sealed);
      value_of(insert.finish());
      rows.push_back({.rule = &rule, .identity = identity, .before = sealed});
    }
  }
  EXPECT_GE(rows.size(), 7U);
  store_ = value_of(open_store(options()));
  value_of(change());
  store_.reset();
  const Keyring keyring = value_of(Keyring::derive(secret(key_file())));
  Connection connection = value_of(Connection::open(file("catalog.db"), OpenMode::reader));
  for (const Row& row : rows) {
    const Bytes after = sealed_in(connection, *row.rule);
    EXPECT_NE(after, row.before) << row.rule->name;
    EXPECT_EQ(value_of(keyring.open(sealed_identity(row.rule->name, row.identity), after)).reveal(), "canary")
        << row.rule->name;
  }
}

TEST_F(KeyChangeTest, WhoReadsMeanwhileOpensWhatHeSees) {
  value_of(reader_->hold_snapshot());
  expect_whole(*reader_);
  std::atomic<bool> stop = false;
  std::atomic<int> reads = 0;
  std::atomic<int> failed = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      const auto reader = value_of(store_->open_reader());
      while (!stop) {
        const auto keys = reader->keys().unsealed(a_);
        if (!keys || keys->at(0).key.reveal() != master_) ++failed;
        ++reads;
      }
    });
  }
  for (int round = 0; round < 20; ++round) {
    const int seen = reads;
    // Jobs before it and behind it, in the order they were queued.
    for (const char* name : {"before", "behind"}) {
      store_->submit(
          [this, name](Transaction& t) { return t.parameters().set_secret(a_, name, secret(name)); },
          [](Result<> done) { value_of(std::move(done)); });
      if (std::string_view(name) == "before") value_of(change());
    }
    while (reads < seen + 2) std::this_thread::yield();
  }
  stop = true;
  threads.clear();
  EXPECT_EQ(failed, 0);
  reader_->release_snapshot();
  reopen();
  expect_whole(*reader_);
  EXPECT_EQ(value_of(reader_->parameters().secret(a_, "before"))->reveal(), "before");
  EXPECT_EQ(value_of(reader_->parameters().secret(a_, "behind"))->reveal(), "behind");
}

TEST_F(KeyChangeTest, ASecretThatDoesNotOpenKeepsTheKeyWhatItIs) {
  const std::string old = key_file();
  close();
  {
    Connection connection = value_of(Connection::open(file("catalog.db"), OpenMode::writer));
    value_of(connection.execute("UPDATE backup_key SET sealed = zeroblob(60)"));
  }
  reopen();
  const auto refused = change();
  ASSERT_EQ(code_of(refused), Errc::checksum_error);
  EXPECT_NE(refused.error().hint().find("backup_key fingerprint"), std::string::npos)
      << refused.error().hint();
  EXPECT_EQ(key_file(), old);
  EXPECT_EQ(master_key(*reader_), master_);
  value_of(write([&](Transaction& t) { return t.keys().rotate(a_); }));
  reopen();
  EXPECT_EQ(master_key(*reader_), master_);
  EXPECT_EQ(key_file(), old);
  EXPECT_FALSE(std::filesystem::exists(file("catalog.key.new")));
}

TEST_F(KeyChangeTest, WhatWaitsForAnArchiveOpensAfterwards) {
  value_of(write([&](Transaction& t) -> Result<> {
    BW_CHECK(t.archive().set_destination(a_, {.path = "file:///a", .dest_id = 1001}));
    return t.archive().set_archivelog(a_, true);
  }));
  value_of(
      write([&](Transaction& t) { return t.parameters().set_secret(a_, "waits", secret("canary-waits")); }));
  const auto count = [&](const std::string& what) {
    return value_of(connection_of(*reader_).integer("SELECT COUNT(*) FROM " + what));
  };
  const auto waiting = count("change_log");
  const auto changed = count("changed_key");
  value_of(change());
  EXPECT_EQ(count("change_log"), waiting) << "no archive has to have it again";
  EXPECT_EQ(count("changed_key"), changed);
  reopen();

  class Plain final : public ValueSealer {
   public:
    Result<Bytes> seal(std::string_view, const Secret& plain) override {
      all.emplace_back(plain.reveal());
      return Bytes{1};
    }
    std::vector<std::string> all;
  } sealer;
  class Nothing final : public LineSink {
   public:
    Result<> line(std::string_view) override { return {}; }
  } sink;
  const auto round = value_of(reader_->archive().round(a_));
  ASSERT_TRUE(round);
  value_of(reader_->parts().log(a_, round->start_scn, 1U << 20U, sealer, sink));
  EXPECT_NE(std::ranges::find(sealer.all, "canary-waits"), sealer.all.end());
}

TEST_F(KeyChangeTest, AChangeThatIsCutOffIsFoundByTheNextStart) {
  const std::string old = key_file();
  Secret key = value_of(make_next());
  const std::string coming(key.reveal());
  reopen();  // before the commit
  EXPECT_EQ(key_file(), old);
  EXPECT_FALSE(std::filesystem::exists(file("catalog.key.new")));
  expect_whole(*reader_);
  key = value_of(make_next());
  EXPECT_NE(key.reveal(), coming);
  const std::string taken(key.reveal());
  value_of(commit(std::move(key)));
  EXPECT_EQ(key_file(), old);
  reopen();  // behind it
  EXPECT_EQ(key_file(), taken);
  EXPECT_FALSE(std::filesystem::exists(file("catalog.key.new")));
  expect_whole(*reader_);
}

TEST_F(KeyChangeTest, WhatWasNotSettledIsSettledByTheNextChange) {
  Secret key = value_of(make_next());
  const std::string second(key.reveal());
  value_of(commit(std::move(key)));
  key = value_of(make_next());
  EXPECT_EQ(key_file(), second);
  EXPECT_NE(key.reveal(), second);
  value_of(commit(std::move(key)));
  reopen();
  expect_whole(*reader_);
}

TEST_F(KeyChangeTest, AKeyThatSomebodyElseGivesMakesNoFileHere) {
  close();
  std::filesystem::remove_all(temp_ / "data");
  const std::string given = temp_ / "given";
  const auto with_command = [&] {
    StoreOptions wanted = options();
    wanted.key_command = "cat " + given;
    return open_store(std::move(wanted));
  };
  EXPECT_EQ(code_of(with_command()), Errc::op_not_allow) << "there is no key yet";
  write_whole(given, hex(kOne));
  const auto fill = [&] {
    store_ = value_of(with_command());
    reader_ = value_of(store_->open_reader());
  };
  fill();
  EXPECT_FALSE(std::filesystem::exists(file("catalog.key")));
  a_ = make_tenant("a");
  value_of(write([&](Transaction& t) { return t.keys().rotate(a_); }));
  master_ = master_key(*reader_);
  EXPECT_EQ(code_of(change()), Errc::op_not_allow) << "it gives no other";
  write_whole(given, hex(kOne) + "\n" + hex(kTwo));
  close();
  fill();  // with either
  value_of(change());
  close();
  fill();
  EXPECT_EQ(master_key(*reader_), master_);
  close();
  write_whole(given, hex(kTwo));
  fill();
  EXPECT_EQ(master_key(*reader_), master_);
  close();
  write_whole(given, hex(kOne));
  EXPECT_EQ(code_of(with_command()), Errc::op_not_allow);
}

// kill -9 at any moment of a stream of changes, or of the start before it.
TEST_F(KeyChangeTest, KilledAnywhereNothingIsLost) {
  constexpr int kRounds = 20;
  constexpr int kLongestWait = 8'000;  // microseconds
  std::mt19937 random(20261130);
  close();
  for (int round = 0; round < kRounds; ++round) {
    const std::string before = key_file();
    const auto enough = static_cast<int>(random() % 3);
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      StoreOptions wanted;
      wanted.data_dir = temp_ / "data";
      auto store = open_store(std::move(wanted));
      if (!store) ::_exit(1);
      store_ = *std::move(store);
      while (change() && ::write(ends[1], "x", 1) == 1) {
      }
      ::_exit(2);
    }
    ::close(ends[1]);
    char byte = 0;
    for (int i = 0; i < enough; ++i) ASSERT_EQ(::read(ends[0], &byte, 1), 1);
    ::usleep(static_cast<useconds_t>(random() % kLongestWait));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(ends[0]);
    EXPECT_TRUE(WIFSIGNALED(status)) << "round " << round << ": " << status;
    reopen();
    expect_whole(*reader_);
    EXPECT_FALSE(std::filesystem::exists(file("catalog.key.new")));
    close();
    if (enough > 0) {
      EXPECT_NE(key_file(), before);
    }
  }
}

}  // namespace
}  // namespace breakwater::catalog
