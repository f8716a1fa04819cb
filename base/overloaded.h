// One function object of several: what std::visit calls, a lambda for each alternative.
#pragma once

namespace breakwater {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

}  // namespace breakwater
