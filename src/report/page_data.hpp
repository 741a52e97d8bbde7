#pragma once

#include <string>

#include "report/run_figures.hpp"

namespace prs {

/// What the page's charts are drawn from (page/page.js), as JSON in ASCII. A few hundred kilobytes at most, whatever
/// the run: lines are thinned, tries are drawn one by one only while there are few, and then as how busy a worker was.
///
///   state, written (unix ms), refresh (s)
///   starts    seconds of the run at which each start began
///   progress  {t, done, failed, rate, total}: equally long lists, and the number of all mini-batches
///   times     {bars: [[from s, to s, runs] …], median, p95, longest}
///   lanes     {end, cell, names, nodes, step, busy, failed, bars}: `busy` has a text for each lane, with a digit
///             '0' … 'z' for each cell; `failed` the same with '0' … '9'; `bars` [[lane, from, to, status,
///             mini-batch, try] …], or empty; only every `step`th worker is there
///   nodes     [{name, t, cpu (%), memory (GiB)} …]
std::string page_data(const RunFigures& figures, int refresh_seconds);

}  // namespace prs
