#include "support/random_id.hpp"

#include <random>

namespace prs {

std::string random_id() {
  std::random_device device;
  std::string id;
  for (int i = 0; i < 16; ++i) id += "0123456789abcdef"[device() & 15];
  return id;
}

}  // namespace prs
