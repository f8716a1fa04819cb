#include "catalog/store/store.h"

#include <future>

namespace breakwater::catalog {

Result<> Store::write_and_wait(Job job) {
  std::promise<Result<>> outcome;
  submit(std::move(job), [&](Result<> result) { outcome.set_value(std::move(result)); });
  return outcome.get_future().get();
}

}  // namespace breakwater::catalog
