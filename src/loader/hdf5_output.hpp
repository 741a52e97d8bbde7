#pragma once

#include <string>

namespace prs {

/// Makes the HDF5 file of a run's rows (rule 5.2), of what the workers have put together (column_blocks.hpp). `mark`
/// is kept in it. Nothing is synced. Throws InfrastructureError.
void make_hdf5_file(const std::string& rows_path, const std::string& path, const std::string& mark);

}  // namespace prs
