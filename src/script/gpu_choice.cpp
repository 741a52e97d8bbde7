#include "script/gpu_choice.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace prs {
namespace {

using Variables = std::map<std::string, std::string>;

constexpr const char* cuda = "CUDA_VISIBLE_DEVICES";
/// AMD's runtime takes this first. HIP's own variable, and with HIP those of CUDA and OpenCL, count within what it
/// leaves.
constexpr const char* rocr = "ROCR_VISIBLE_DEVICES";
constexpr const char* hip = "HIP_VISIBLE_DEVICES";
constexpr const char* opencl = "GPU_DEVICE_ORDINAL";

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    const std::string part = list.substr(start, end - start);
    const std::size_t first = part.find_first_not_of(' ');
    if (first != std::string::npos) parts.push_back(part.substr(first, part.find_last_not_of(' ') - first + 1));
    start = end + 1;
  }
  return parts;
}

std::string value_of(const Variables& variables, const char* name) {
  const auto found = variables.find(name);
  return found == variables.end() ? "" : found->second;
}

std::size_t gpus_that_slurm_gave(const Variables& variables) {
  return static_cast<std::size_t>(std::max(0, std::atoi(value_of(variables, "SLURM_GPUS_ON_NODE").c_str())));
}

bool is_hidden(const std::vector<std::string>& list) {
  return list.empty() || list.front() == "-1" || list.front() == "NoDevFiles";
}

/// srun --gpus-per-task has given the job's GPUs out already: the list is this worker's own.
bool is_share_of_task(const Variables& variables, const std::vector<std::string>& list) {
  return variables.contains("SLURM_GPUS_PER_TASK") && gpus_that_slurm_gave(variables) > list.size();
}

void choose_of(std::vector<std::string> list, Variables& variables, const char* name, const GpusOfHost& gpus,
               const PlaceOnHost& place) {
  if (gpus.wanted && *gpus.wanted < list.size()) list.resize(*gpus.wanted);
  if (list.size() >= place.workers && place.place < list.size())
    variables[name] = list[place.place];
  else
    variables.erase(name);
}

void choose_of_allocation(Variables& variables, const char* name, const GpusOfHost& gpus, const PlaceOnHost& place) {
  std::vector<std::string> list = split(variables[name]);
  if (!is_hidden(list) && !is_share_of_task(variables, list)) choose_of(std::move(list), variables, name, gpus, place);
}

/// Nothing is said of which they are: the first ones.
void choose_of_machine(std::size_t count, Variables& variables, const char* name, const GpusOfHost& gpus,
                       const PlaceOnHost& place) {
  if (const std::size_t given = gpus_that_slurm_gave(variables); given > 0) count = given;
  std::vector<std::string> list;
  for (std::size_t i = 0; i < gpus.wanted.value_or(static_cast<std::uint32_t>(count)); ++i)
    list.push_back(std::to_string(i));
  choose_of(std::move(list), variables, name, gpus, place);
}

}  // namespace

void choose_gpu(Variables& variables, const GpusOfHost& gpus, const PlaceOnHost& place) {
  const bool is_amd = gpus.amd > 0 && gpus.nvidia == 0;
  const char* const of_amd = variables.contains(hip) ? hip : rocr;
  const bool is_named_for_amd = variables.contains(of_amd);
  if (is_named_for_amd) choose_of_allocation(variables, of_amd, gpus, place);
  // Slurm sets all of them to the same numbers. Of what is left then, there is only number 0.
  if (is_named_for_amd && is_amd)
    for (const char* name : {cuda, opencl}) variables.erase(name);
  else if (variables.contains(cuda))
    choose_of_allocation(variables, cuda, gpus, place);
  else if (is_amd && !is_named_for_amd)
    choose_of_machine(gpus.amd, variables, rocr, gpus, place);
  else if (!is_named_for_amd)
    choose_of_machine(gpus.nvidia, variables, cuda, gpus, place);
}

}  // namespace prs
