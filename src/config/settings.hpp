#pragma once

#include <tuple>

#include "config/option_table.hpp"

namespace prs {

/// With each default filled in that the configuration itself knows; what comes from the world stays empty.
ParallelRunConfig with_defaults(ParallelRunConfig config);
/// What holds where this is given.
ParallelRunSettings settled(const ParallelRunConfig& given);
/// The opposite: a configuration that gives all that holds, for who writes it.
ParallelRunConfig as_given(const ParallelRunSettings& settings);
/// The value of parallel_run_config for `prs_mpi config`; a key that is open is a comment.
std::string parallel_run_config_text(const ParallelRunSettings& settings, const TextPlace& place);

/// References to all members of ParallelRunKeys, in their order. A member that is added and forgotten here does not
/// compile.
template <class Keys>
auto members_of(Keys& keys) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab, ac] = keys;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab, ac);
}

}  // namespace prs
