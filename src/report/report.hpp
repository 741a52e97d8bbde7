#pragma once

// All that the room `report` offers: it renders what others decided and counted, and never decides or counts anew.

#include "report/advice.hpp"
#include "report/error_catalog.hpp"
#include "report/error_report.hpp"
#include "report/failed_items.hpp"
#include "report/job_report.hpp"
#include "report/missing_tries.hpp"
#include "report/progress.hpp"
#include "report/run_result.hpp"
#include "report/status_file.hpp"
#include "report/stuck.hpp"
#include "report/try_rows.hpp"
#include "report/try_texts.hpp"
