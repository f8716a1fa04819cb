#include "server/execute/parameters/parameter_rules.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "server/execute/parameters/config_time.h"
#include "storage/destination/scheme.h"

namespace breakwater::server::execute {
namespace {

constexpr std::string_view kLagTarget = "archive_lag_target";
constexpr std::chrono::seconds kShortestLagOfS3{60};

bool short_for_s3(std::string_view lag) {
  const auto time = parse_config_time(lag);
  return time && *time < kShortestLagOfS3;
}

constexpr const char* kKmsInfo = "external_kms_info";

/// Reads two fields of a JSON object, event by event: nothing of the rest, keys among it, is kept, and no tree is made whose
/// end would take memory.
class KmsInfo final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool is_object() const { return is_object_; }
  const std::optional<std::string>& host() const { return host_; }
  const std::optional<std::string>& scene() const { return scene_; }  ///< empty: no text

  bool null() override { return value(); }
  bool boolean(bool /*value*/) override { return value(); }
  bool number_integer(number_integer_t /*value*/) override { return value(); }
  bool number_unsigned(number_unsigned_t /*value*/) override { return value(); }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return value(); }
  bool string(string_t& text) override { return value(text); }
  bool binary(binary_t& /*bytes*/) override { return value(); }
  bool start_object(std::size_t /*members*/) override {
    is_object_ = is_object_ || depth_ == 0;
    return begin();
  }
  bool start_array(std::size_t /*elements*/) override { return begin(); }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }
  bool key(string_t& name) override {
    field_ = depth_ != 1 ? nullptr : name == "KMS_HOST" ? &host_ : name == "SCENE" ? &scene_ : nullptr;
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  bool value(std::string_view text = {}) {
    if (field_ != nullptr && depth_ == 1) *field_ = text;
    return true;
  }
  bool begin() {
    value();
    ++depth_;
    return true;
  }
  bool end() {
    --depth_;
    return true;
  }

  std::size_t depth_ = 0;
  bool is_object_ = false;
  std::optional<std::string>* field_ = nullptr;  ///< of the value that comes
  std::optional<std::string> host_;
  std::optional<std::string> scene_;
};

/// What OceanBase needs to reach a key management service; nothing is connected to here.
Result<> check_kms_info(std::string_view info) {
  if (info.empty()) {
    return fail(
        error::tde_method().with_hint("tde_method = 'bkmi' takes the service's connection: SET "
                                      "external_kms_info = '{\"KMS_HOST\": …}' first"));
  }
  constexpr std::string_view kScenes[] = {"HK", "ANT", "HK_SM", "ANT_SM"};
  KmsInfo json;
  const bool whole = nlohmann::json::sax_parse(info, &json);
  if (!whole || !json.is_object() || json.host().value_or("").empty())
    return fail(error::kms_connect().with_hint("external_kms_info must be a JSON object with a KMS_HOST"));
  if (json.scene() && std::ranges::find(kScenes, *json.scene()) == std::end(kScenes))
    return fail(error::kms_connect().with_hint("SCENE of external_kms_info is HK, ANT, HK_SM or ANT_SM"));
  return {};
}

/// A tenant with tde_method = 'bkmi' keeps a connection.
Result<> check_new_kms_info(catalog::Reader& reader, const catalog::Tenant& tenant, std::string_view info) {
  BW_TRY(const auto method, reader.parameters().find(tenant.id, "tde_method"));
  const std::string_view now = method ? std::string_view(*method) : "none";
  return now == "bkmi" ? check_kms_info(info) : Result<>();
}

Result<> check_tde_method(catalog::Reader& reader, const catalog::Tenant& tenant, std::string_view method) {
  if (tenant.is_sys()) return fail(error::not_supported("tde_method of the sys tenant"));
  BW_TRY(const auto current, reader.parameters().find(tenant.id, "tde_method"));
  const std::string_view now = current ? std::string_view(*current) : "none";
  if (now == method) return {};
  BW_TRY(const auto newest, reader.keys().newest(tenant.id));
  if (newest != 0) return fail(error::not_supported("alter tde method with master key exists"));
  if (method == "none") return fail(error::not_supported("alter invalid tde_method"));
  if (method != "bkmi") return {};
  BW_TRY(const auto info, reader.parameters().secret(tenant.id, kKmsInfo));
  return check_kms_info(info ? info->reveal() : std::string_view());
}

Result<> check_lag_target(catalog::ArchiveReader& archives, const catalog::Tenant& tenant,
                          std::string_view value) {
  if (!short_for_s3(value)) return {};
  BW_TRY(const auto archive, archives.destination(tenant.id));
  const auto scheme = archive ? storage::scheme_of(archive->path) : std::nullopt;
  if (!scheme || !storage::rules_of(*scheme).bounds_archive_lag) return {};
  return fail(error::op_not_allow("set archive_lag_target smaller than 60s when log_archive_dest is S3 is"));
}

}  // namespace

Result<> check_rules(catalog::Reader& reader, const TenantParameter& parameter, const catalog::Tenant& tenant,
                     std::string_view value) {
  if (parameter.kind == TenantParameter::Kind::tde_method) return check_tde_method(reader, tenant, value);
  if (parameter.name == kKmsInfo) return check_new_kms_info(reader, tenant, value);
  if (parameter.name == kLagTarget) return check_lag_target(reader.archive(), tenant, value);
  if (parameter.kind == TenantParameter::Kind::schedule && tenant.is_sys() && !value.empty()) {
    return fail(error::not_supported("backup_schedule of sys")
                    .with_hint("TENANT = name says whose backups are planned, TENANT = ALL those of all"));
  }
  return {};
}

Result<> check_lag_of_s3(catalog::ParameterReader& parameters, catalog::TenantId tenant) {
  BW_TRY(const auto set, parameters.find(tenant, kLagTarget));
  if (!short_for_s3(set ? std::string_view(*set) : find_tenant_parameter(kLagTarget)->default_value))
    return {};
  return fail(error::op_not_allow("archive_lag_target is smaller than 60s, set log_archive_dest to S3 is"));
}

}  // namespace breakwater::server::execute
