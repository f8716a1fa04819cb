#include "server/execute/parameters/tenant_parameters.h"

#include <gtest/gtest.h>

namespace breakwater::server::execute {
namespace {

TEST(TenantParameters, RangesAndForms) {
  const auto ok = [](std::string_view name, std::string_view value) {
    return check_parameter(*find_tenant_parameter(name), value).has_value();
  };
  EXPECT_TRUE(ok("ha_low_thread_score", "100"));
  EXPECT_FALSE(ok("ha_low_thread_score", "101"));
  EXPECT_FALSE(ok("ha_low_thread_score", "-1"));
  EXPECT_TRUE(ok("archive_lag_target", "7200s"));
  EXPECT_TRUE(ok("archive_lag_target", "2h"));
  EXPECT_TRUE(ok("archive_lag_target", "0ms"));
  EXPECT_FALSE(ok("archive_lag_target", "7201"));
  EXPECT_FALSE(ok("archive_lag_target", "1fortnight"));
  EXPECT_TRUE(ok("backup_encryption_password", "")) << "none";
  EXPECT_TRUE(ok("backup_encryption_password", std::string(128, 'p')));
  EXPECT_FALSE(ok("backup_encryption_password", std::string(129, 'p')));
  EXPECT_TRUE(ok("external_kms_info", R"({"KMS_HOST":"h"})"));
  EXPECT_FALSE(ok("external_kms_info", "{"));
  EXPECT_EQ(check_parameter(*find_tenant_parameter("tde_method"), "rot13").error().text(),
            "alter invalid tde_method not supported");
}

TEST(TenantParameters, Capacities) {
  const auto ok = [](std::string_view value) {
    return check_parameter(*find_tenant_parameter("backup_data_file_size"), value).has_value();
  };
  EXPECT_TRUE(ok("4G"));
  EXPECT_TRUE(ok("512mb"));
  EXPECT_TRUE(ok("536870912"));
  EXPECT_FALSE(ok("536870911"));
  EXPECT_FALSE(ok("4097M"));
  EXPECT_FALSE(ok("4"));
  EXPECT_FALSE(ok("9999999999P"));
  EXPECT_FALSE(ok("-1G"));
  EXPECT_FALSE(ok(""));
}

TEST(TenantParameters, BackupParameterNames) {
  EXPECT_TRUE(is_backup_parameter("data_backup_dest"));
  EXPECT_TRUE(is_backup_parameter("log_archive_dest_8"));
  EXPECT_TRUE(is_backup_parameter("log_archive_dest_state_1"));
  EXPECT_FALSE(is_backup_parameter("log_archive_dest_9"));
  EXPECT_FALSE(is_backup_parameter("tde_method"));
}

}  // namespace
}  // namespace breakwater::server::execute
