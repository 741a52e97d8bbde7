// Files in the shape of the public examples of Azure Machine Learning are read as they are (rules 2.1, 2.4).
#include "config_test_support.hpp"

namespace prs::test {
namespace {

using Texts = std::vector<std::string>;

RunConfig run_of(const std::string& file, const Texts& inputs = {}, const std::string& step = "") {
  ConfigOverrides overrides;
  overrides.output = "out";
  overrides.inputs = inputs;
  overrides.step = step;
  return load_run_config(file, overrides);
}

/// cli/jobs/pipelines/iris-batch-prediction-using-parallel/pipeline.yml
const char* const iris = R"($schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
type: pipeline

display_name: iris-batch-prediction-using-parallel
description: The hello world pipeline job
tags:
  tag: tagvalue
  owner: sdkteam

settings:
  default_compute: azureml:cpu-cluster

jobs:
  batch_prediction:
    type: parallel
    compute: azureml:cpu-cluster
    inputs:
      input_data:
        type: mltable
        path: ./neural-iris-mltable
        mode: direct
      score_model:
        type: uri_folder
        path: ./iris-model
        mode: download
    outputs:
      job_output_file:
        type: uri_file
        mode: rw_mount

    input_data: ${{inputs.input_data}}
    mini_batch_size: "10kb"
    resources:
        instance_count: 2
    max_concurrency_per_instance: 2

    logging_level: "DEBUG"
    mini_batch_error_threshold: 5
    retry_settings:
      max_retries: 2
      timeout: 60

    task:
      type: run_function
      code: "./script"
      entry_script: iris_prediction.py
      environment:
        name: "prs-env"
        version: 1
        image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04
        conda_file: ./environment/environment_parallel.yml
      program_arguments: >-
        --model ${{inputs.score_model}}
        --error_threshold 5
        --allowed_failed_percent 30
        --task_overhead_timeout 1200
        --progress_update_timeout 600
        --first_task_creation_timeout 600
        --copy_logs_to_parent True
        --resource_monitor_interva 20
      append_row_to: ${{outputs.job_output_file}}
)";

TEST(V2Examples, IrisBatchPrediction) {
  const Workplace place;
  place.write("pipeline.yml", iris);
  place.write("script/iris_prediction.py", "");
  place.write("iris-model/model.pkl", "");
  place.write("neural-iris-mltable/iris.csv", "a,b\n1,2\n");
  place.write("neural-iris-mltable/MLTable",
              "type: mltable\npaths:\n  - file: ./iris.csv\ntransformations:\n  - read_delimited:\n"
              "      delimiter: ','\n      encoding: ascii\n      header: all_files_same_headers\n");
  const RunConfig config = run_of("pipeline.yml");
  EXPECT_EQ(config.name, "batch_prediction");
  EXPECT_TRUE(config.inputs[0].table);
  EXPECT_EQ(config.parallel.mini_batch_size, (MiniBatchSize{10240, true}));
  EXPECT_EQ(config.parallel.error_threshold, 5);
  EXPECT_EQ(config.parallel.allowed_failed_percent, 30);
  EXPECT_EQ(config.parallel.allowed_failed_count, 5);
  EXPECT_EQ(config.parallel.progress_update_timeout, 600);
  EXPECT_EQ(config.parallel.node_count, 2u);
  EXPECT_EQ(config.arguments, (Texts{"--model", place.path("iris-model"), "--resource_monitor_interva", "20"}));
  EXPECT_EQ(config.warnings.size(), 4u) << "where it runs, modes, an image, a driver's argument";
}

/// A step that names its component: cli/jobs/pipelines-with-components/…, with the component in a folder of its own.
TEST(V2Examples, AComponentBesideThePipeline) {
  const Workplace place;
  place.write("src/score.yml", R"($schema: https://azuremlschemas.azureedge.net/latest/parallelComponent.schema.json
type: parallel
name: batch_score
display_name: Batch score
description: parallel component for batch score
version: 1
inputs:
  job_data_path:
    type: mltable
    description: The data to be split and scored in parallel
    optional: false
outputs:
  job_output_path:
    type: mltable
input_data: ${{inputs.job_data_path}}
mini_batch_size: "10"
mini_batch_error_threshold: 5
logging_level: "DEBUG"
max_concurrency_per_instance: 2
retry_settings:
  max_retries: 10
  timeout: 3
task:
  type: run_function
  entry_script: score.py
  environment: azureml:AzureML-sklearn-1.0-ubuntu20.04-py38-cpu@latest
  program_arguments: >-
    --job_output_path ${{outputs.job_output_path}}
)");
  place.write("src/score.py", "");
  place.write("data/MLTable", "paths: [{pattern: ./*.txt}]\n");
  place.write("pipeline.yml", R"(type: pipeline
inputs:
  pipeline_job_data_path:
    type: mltable
    path: ./data
    mode: ro_mount
outputs:
  pipeline_job_output_path:
    mode: rw_mount
jobs:
  batch_score:
    type: parallel
    component: ./src/score.yml
    inputs:
      job_data_path: ${{parent.inputs.pipeline_job_data_path}}
    outputs:
      job_output_path: ${{parent.outputs.pipeline_job_output_path}}
    mini_batch_size: "3"
)");
  const RunConfig config = run_of("pipeline.yml");
  EXPECT_EQ(config.inputs[0].paths, Texts{place.path("data/*.txt")});
  EXPECT_EQ(config.parallel.mini_batch_size, (MiniBatchSize{3, false}));
  EXPECT_EQ(config.parallel.run_max_try, 11u);
  EXPECT_EQ(config.entry_script_path(), place.path("src/score.py"));
  EXPECT_EQ(config.arguments, (Texts{"--job_output_path", place.path("out/job_output_path")}));
  EXPECT_EQ(config.parallel.output_action, OutputAction::summary_only);
  const RunConfig alone = run_of("src/score.yml", {"job_data_path=data"});
  EXPECT_EQ(alone.name, "batch_score");
  EXPECT_EQ(alone.inputs, config.inputs);
}

/// cli/jobs/parallel/1a_oj_sales_prediction/src/pipeline.yml: many models, by keys of the paths.
TEST(V2Examples, ManyModelsByPartitionKeys) {
  const Workplace place;
  place.write("oj-data/MLTable",
              "paths:\n  - pattern: ./*.csv\ntransformations:\n  - read_delimited: {delimiter: ','}\n"
              "  - extract_columns_from_partition_format: {partition_format: '{store}_{brand}.csv'}\n");
  place.write("script/train.py", "");
  place.write("pipeline.yml", R"($schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
type: pipeline
experiment_name: oj-sales-parallel
settings:
  default_compute: azureml:cpu-cluster
  default_datastore: azureml:workspaceblobstore
jobs:
  partition_job:
    type: command
    component: ./partition_data/component.yml
    inputs:
      data_source:
        type: uri_folder
        path: azureml://datastores/workspaceblobstore/paths/oj
  parallel_train:
    type: parallel
    mini_batch_error_threshold: 5
    retry_settings:
      max_retries: 2
      timeout: 3600
    resources:
      instance_count: 2
      instance_type: Standard_DS3_v2
    max_concurrency_per_instance: 3
    error_threshold: -1
    partition_keys:
      - store
      - brand
    inputs:
      tabular_data:
        type: mltable
        mode: eval_mount
        path: ./oj-data
      drop_columns: Revenue
      skip_first: ${{parent.jobs.partition_job.outputs.rows}}
    outputs:
      model_folder:
        type: uri_folder
    input_data: ${{inputs.tabular_data}}
    logging_level: DEBUG
    task:
      type: run_function
      code: ./script
      entry_script: train.py
      environment:
        image: mcr.microsoft.com/azureml/openmpi3.1.2-ubuntu18.04
        conda_file: ./env.yml
      program_arguments: >-
        --drop_cols ${{inputs.drop_columns}}
        --model_folder ${{outputs.model_folder}}
        --skip ${{inputs.skip_first}}
        --progress_update_timeout 3600
    identity:
      type: user_identity
)");
  EXPECT_EQ(
      mistakes_of([] { run_of("pipeline.yml"); }),
      "pipeline.yml:35:19: the input 'skip_first' is '${{parent.jobs.partition_job.outputs.rows}}', which another "
      "step makes; give a path here with --input skip_first=PATH");
  const RunConfig config = run_of("pipeline.yml", {"skip_first=7"});
  EXPECT_EQ(config.parallel.partition_keys, (Texts{"store", "brand"}));
  EXPECT_EQ(config.inputs[0].partition_format, "{store}_{brand}.csv");
  EXPECT_EQ(config.arguments,
            (Texts{"--drop_cols", "Revenue", "--model_folder", place.path("out/model_folder"), "--skip", "7"}));
}

/// cli/jobs/parallel/2a_mnist_batch_identification/pipeline.yml: files, and a model that is registered.
TEST(V2Examples, MnistBatchIdentification) {
  const Workplace place;
  place.write("script/digit_identification.py", "");
  place.write("model/saved", "");
  place.write("pipeline.yml", R"(type: pipeline
display_name: mnist-batch-identification-using-parallel
jobs:
  batch_inferencing:
    type: parallel
    inputs:
      input_data:
        type: uri_folder
        path: wasbs://sampledata@pipelinedata.blob.core.windows.net/mnist
        mode: ro_mount
      score_model:
        type: custom_model
        path: azureml:mnist_model:1
    outputs:
      job_output_file:
        type: uri_file
        path: azureml://datastores/${{default_datastore}}/paths/${{name}}/predictions.csv
        mode: rw_mount
    input_data: ${{inputs.input_data}}
    mini_batch_size: "5"
    mini_batch_error_threshold: 10
    max_concurrency_per_instance: 2
    is_deterministic: True
    task:
      type: run_function
      code: "./script"
      entry_script: digit_identification.py
      environment: azureml:prs-env@latest
      append_row_to: ${{outputs.job_output_file}}
)");
  EXPECT_EQ(
      mistakes_of([] { run_of("pipeline.yml"); }),
      "pipeline.yml:9:15: the input 'input_data' is 'wasbs://sampledata@pipelinedata.blob.core.windows.net/mnist', "
      "an address that this version cannot read; give a path here with --input input_data=PATH\n"
      "pipeline.yml:13:15: the input 'score_model' is 'azureml:mnist_model:1', an address that this version cannot "
      "read; give a path here with --input score_model=PATH");
  const RunConfig config = run_of("pipeline.yml", {"input_data=data", "score_model=model"});
  EXPECT_EQ(config.inputs, (std::vector<InputConfig>{{"input_data", {place.path("data")}}}));
  EXPECT_EQ(config.models.at("score_model").path, place.path("model"));
  EXPECT_EQ(config.parallel.append_row_file_name, "predictions.csv");
  EXPECT_TRUE(config.allow_reuse);
}

}  // namespace
}  // namespace prs::test
