#include "base/sha_crypt.h"

#include <string>

#include <crypt.h>
#include <gtest/gtest.h>

namespace breakwater::crypto {
namespace {

// crypt(3) reads sixteen characters of salt: up to there it is the witness.
TEST(ShaCrypt, AgreesWithCrypt) {
  for (const std::size_t length : {0U, 1U, 7U, 31U, 32U, 33U, 64U, 100U, 128U}) {
    for (const std::string salt : {"a", "saltstring", "0123456789abcdef"}) {
      const std::string password(length, 'p');
      struct ::crypt_data data{};
      const std::string setting = "$5$rounds=1234$" + salt + "$";
      const std::string expected = ::crypt_r(password.c_str(), setting.c_str(), &data);
      EXPECT_EQ(setting + sha256_crypt(Secret(std::string_view(password)), salt, 1234), expected) << length;
    }
  }
}

// What `openssl passwd -5` says too.
TEST(ShaCrypt, KnownDigest) {
  EXPECT_EQ(sha256_crypt(Secret(std::string_view("Hello world!")), "saltstring", 5000),
            "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5");
}

TEST(ShaCrypt, ReadsTheWholeOfALongSalt) {
  const Secret password(std::string_view("sesame"));
  EXPECT_NE(sha256_crypt(password, "01234567890123456789", 5000),
            sha256_crypt(password, "0123456789012345678X", 5000));
  EXPECT_EQ(sha256_crypt(password, "01234567890123456789", 5000).size(), kShaCryptDigest);
}

}  // namespace
}  // namespace breakwater::crypto
