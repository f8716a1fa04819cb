// One function object made of several: for std::visit, a lambda for each alternative.
#pragma once

namespace breakwater {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

}  // namespace breakwater
