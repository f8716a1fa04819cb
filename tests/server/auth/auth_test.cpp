#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "base/password_hash.h"
#include "server/auth/native_password.h"
#include "server/auth/user_name.h"
#include "server/test_client.h"

namespace breakwater::auth {
namespace {

struct Form {
  std::string_view text;
  std::string_view user;
  std::string_view tenant;
  std::string_view cluster;
  std::string_view cluster_id;
};

TEST(UserName, EveryForm) {
  for (const Form& form : std::initializer_list<Form>{
           {"root", "root", "sys", "", ""},
           {"root@t1", "root", "t1", "", ""},
           {"root@t1#c", "root", "t1", "c", ""},
           {"root@t1#c:1", "root", "t1", "c", "1"},
           {"root#c", "root", "sys", "c", ""},
           {"c:t1:root", "root", "t1", "c", ""},
           {"c;t1;root", "root", "t1", "c", ""},
           {"c-t1-root", "root", "t1", "c", ""},
           {"c.t1.root", "root", "t1", "c", ""},
           {"c:t1:root:7", "root", "t1", "c", "7"},
           {"c.t1.root:7", "root", "t1", "c", "7"},
           {"'SYS'@oracle_t", "SYS", "oracle_t", "", ""},
           {"'a@b'@t1", "a@b", "t1", "", ""},
           {"a@b@c", "a", "b@c", "", ""},
           {"first.last", "first.last", "sys", "", ""},
           {"root@my-own.tenant-x", "root", "my-own.tenant-x", "", ""},
           {"", "", "sys", "", ""},
       }) {
    const auto name = parse_user_name(form.text);
    ASSERT_TRUE(name) << form.text;
    EXPECT_EQ(name->user, form.user) << form.text;
    EXPECT_EQ(name->tenant, form.tenant) << form.text;
    EXPECT_EQ(name->cluster, form.cluster) << form.text;
    EXPECT_EQ(name->cluster_id, form.cluster_id) << form.text;
  }
  EXPECT_TRUE(parse_user_name("'SYS'@t")->quoted);
  EXPECT_FALSE(parse_user_name("sys@t")->quoted);
}

TEST(UserName, RefusesWhatCannotBe) {
  EXPECT_FALSE(parse_user_name("root@"));
  EXPECT_FALSE(parse_user_name("root@#c"));
  EXPECT_FALSE(parse_user_name("root@" + std::string(65, 't')));
  EXPECT_FALSE(parse_user_name(std::string(65, 'u') + "@t"));
  EXPECT_TRUE(parse_user_name("root@" + std::string(64, 't')));
}

/// Entropy that a test decides.
class CountingEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) const override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  mutable std::uint8_t next_ = 0;
};

TEST(NativePassword, KnowsTheRightOne) {
  const auto salt = make_salt(CountingEntropy());
  const Verifier verifier{.kind = Verifier::Kind::password, .native = crypto::native_hash(Secret("sesame"))};
  EXPECT_TRUE(verify_native(verifier, test::native_response("sesame", salt), salt, false));
  EXPECT_FALSE(verify_native(verifier, test::native_response("Sesame", salt), salt, true));
  EXPECT_FALSE(verify_native(verifier, {}, salt, true));
  auto other = salt;
  other[0] ^= 1U;
  EXPECT_FALSE(verify_native(verifier, test::native_response("sesame", salt), other, true));
}

// MySQL's PASSWORD('mypass'), from its manual.
TEST(NativePassword, HashesAsMysqlDoes) {
  EXPECT_EQ(crypto::to_hex(crypto::native_hash(Secret("mypass")), /*upper=*/true),
            "6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4");
}

TEST(NativePassword, EmptyPasswordsAreForThisMachine) {
  const auto salt = make_salt(CountingEntropy());
  const Verifier empty{.kind = Verifier::Kind::empty};
  EXPECT_TRUE(verify_native(empty, {}, salt, true));
  EXPECT_FALSE(verify_native(empty, {}, salt, false));
  EXPECT_FALSE(verify_native(empty, test::native_response("x", salt), salt, true));
}

TEST(NativePassword, NobodyIsUnknown) {
  const auto salt = make_salt(CountingEntropy());
  EXPECT_FALSE(verify_native({}, {}, salt, true));
  EXPECT_FALSE(verify_native({}, test::native_response("x", salt), salt, true));
  // The stand-in hash is zero: even who could invert it doesn't get in.
  EXPECT_FALSE(verify_native({}, std::array<std::uint8_t, 20>{}, salt, true));
}

// CVE-2012-2122: one in 256 wrong passwords was accepted.
TEST(NativePassword, NoneOfManyWrongOnesGetsIn) {
  const Verifier verifier{.kind = Verifier::Kind::password, .native = crypto::native_hash(Secret("right"))};
  for (int i = 0; i < 20'000; ++i) {
    const auto salt = make_salt(system_entropy());
    ASSERT_FALSE(verify_native(verifier, test::native_response("wrong", salt), salt, true)) << i;
  }
}

TEST(NativePassword, SaltsHoldNoNul) {
  for (int i = 0; i < 1000; ++i) {
    const auto salt = make_salt(system_entropy());
    EXPECT_TRUE(std::ranges::all_of(salt, [](std::uint8_t byte) { return byte >= 1 && byte <= 127; }));
  }
}

}  // namespace
}  // namespace breakwater::auth
