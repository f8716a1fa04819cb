// Tencent Cloud COS.
#include "storage/formats/sizes.h"
#include "storage/object/provider.h"
#include "storage/object/signer.h"

namespace breakwater::storage {
namespace {

// COS's signatures contain no region.
std::string cos_region(const Destination& /*destination*/, std::string_view /*host*/) {
  return {};
}

void cos_sign(HttpRequest& request, const SigningInput& input) {
  if (input.body_size) request.headers.push_back({"content-length", std::to_string(*input.body_size)});
  const HttpHeaders added = sign_cos(request, input.credentials, cos_key_time(input.now));
  request.headers.insert(request.headers.end(), added.begin(), added.end());
}

}  // namespace

constexpr Provider providers::cos = {.name = "COS",
                                     .create_only_header = "x-cos-forbid-overwrite",
                                     .create_only_value = "true",
                                     .append_method = "POST",
                                     .next_position_header = "x-cos-next-append-position",
                                     .request_id_header = "x-cos-request-id",
                                     .token_header = "x-cos-security-token",
                                     .encryption_header = "x-cos-server-side-encryption",
                                     .list_may_lag = true,
                                     .min_part_size = kMiB,
                                     .other_error = Errc::cos_error,
                                     .region_of = cos_region,
                                     .sign = cos_sign};

}  // namespace breakwater::storage
