// What the catalogue's key gives.
#include "catalog/store/keyring.h"

#include <regex>
#include <string>

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/password_hash.h"
#include "base/text.h"
#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

Keyring keyring_of(char byte) {
  return value_of(Keyring::derive(Secret(std::string(crypto::kKeySize, byte))));
}

// PASSWD of a backup's views. Whoever reads it must not be able to try passwords without the server's key.
TEST(KeyringTest, TheMarkOfAPasswordSaysNothingWithoutTheKey) {
  const Keyring ours = keyring_of('a');
  const std::string mark = ours.password_mark(secret("canary"));
  EXPECT_TRUE(std::regex_match(mark, std::regex(R"(\*[0-9a-fA-F]{40})"))) << mark;
  EXPECT_EQ(ours.password_mark(secret("canary")), mark) << "the same password, the same mark";
  EXPECT_NE(ours.password_mark(secret("canarz")), mark);
  EXPECT_NE(keyring_of('b').password_mark(secret("canary")), mark) << "another server's";
  EXPECT_FALSE(iequals(mark, "*" + crypto::to_hex(crypto::native_hash(secret("canary")), true)))
      << "SHA1(SHA1(p)) needs no key";
}

}  // namespace
}  // namespace breakwater::catalog
