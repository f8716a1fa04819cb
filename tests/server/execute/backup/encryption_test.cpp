#include "server/execute/backup/encryption.h"

#include <string>

#include <gtest/gtest.h>

namespace breakwater::server::execute {
namespace {

TEST(Encryption, ADigestStandsForThePassword) {
  EXPECT_EQ(backup_digest(Secret(std::string_view("password"))).reveal(),
            "*2470c0c06dee42fd1618bb99005adca2ec9d1e19");
  EXPECT_EQ(backup_digest(Secret(std::string(1000, 'x'))).size(), 41U);
}

}  // namespace
}  // namespace breakwater::server::execute
