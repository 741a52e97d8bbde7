"""Entry scripts over tables: the example, and scripts as they are written for the cloud service."""

import csv
import gzip
import io
import math
import os

from run_testing import PYTHON, ROOT, main
from table_testing import TableRunTest

EXAMPLE = os.path.join(ROOT, "configs", "irises")
IMAGES = os.path.join(ROOT, "configs", "images")
DIGITS = os.path.join(ROOT, "configs", "digits", "digits.csv.gz")


def lines_of(path):
    with open(path, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


class IrisesExample(TableRunTest):
    def test_every_iris_gets_the_species_whose_mean_is_nearest(self):
        ran = self.prs_mpi(
            os.path.join(EXAMPLE, "irises.yaml"), "--set", "output=" + self.out(), "--set", "environment.python=" + PYTHON
        )
        self.expect_status(ran, 0)
        irises, means = lines_of(os.path.join(EXAMPLE, "irises.csv")), lines_of(os.path.join(EXAMPLE, "means.csv"))
        rows = list(csv.DictReader(io.StringIO(self.read(self.out("irises.csv")))))
        self.assertEqual(list(rows[0]), list(irises[0]) + ["nearest", "distance"])
        self.assertEqual(len(rows), 150)
        for row, iris in zip(rows, irises):
            self.assertEqual({name: row[name] for name in iris}, iris)
            self.assertEqual((row["nearest"], float(row["distance"])), nearest(iris, means))
        self.assertEqual(sum(row["species"] == row["nearest"] for row in rows), 139)
        self.assertGreater(len(self.tries()), 2)


class ImagesExample(TableRunTest):
    def test_every_image_gets_the_digit_whose_mean_is_nearest(self):
        ran = self.prs_mpi(
            os.path.join(IMAGES, "images.yaml"), "--set", "output=" + self.out(), "--set", "environment.python=" + PYTHON
        )
        self.expect_status(ran, 0)
        with gzip.open(DIGITS, "rt") as stream:
            known = [[int(cell) for cell in line] for line in csv.reader(stream)]
        with open(os.path.join(IMAGES, "means.csv")) as stream:
            means = [[float(cell) for cell in line] for line in csv.reader(stream)]
        nearest_of = [min(range(10), key=lambda digit: math.dist(means[digit], image[:64])) for image in known]
        self.assertEqual(self.rows("digits.txt"), list(map(str, nearest_of)))
        self.assertEqual(sum(image[64] == digit for image, digit in zip(known, nearest_of)), 1626)
        self.assertEqual(len(self.tries()), 9)


def nearest(iris, means):
    lengths = [name for name in iris if name != "species"]
    distance, species = min(
        (math.dist([float(iris[name]) for name in lengths], [float(mean[name]) for name in lengths]), mean["species"])
        for mean in means
    )
    return species, round(distance, 3)


# As the service's own example has it: a model by name, a logger, a DataFrame in and a DataFrame out.
SCORES = """
import argparse
import json

from azureml.core.model import Model
from azureml_user.parallel_run import EntryScript


def init():
    global limits
    logger = EntryScript().logger
    logger.info("init() is called.")
    parser = argparse.ArgumentParser(description="Iris model serving")
    parser.add_argument("--model_name", dest="model_name", required=True)
    args, unknown_args = parser.parse_known_args()
    with open(Model.get_model_path(args.model_name)) as model_file:
        limits = json.load(model_file)


def run(input_data):
    logger = EntryScript().logger
    logger.info("run() is called with: {}.".format(input_data))
    num_rows, num_cols = input_data.shape
    pred = (input_data["petal_length"] > limits["petal_length"]).to_numpy().reshape((num_rows, 1))
    result = input_data.drop(input_data.columns[4:], axis=1)
    result["is_long"] = pred
    return result
"""

LISTS = """
def init():
    pass

def run(mini_batch):
    result_list = []
    for index, row in mini_batch.iterrows():
        result_list.append("{}: {} {}".format(index, row["species"], row["petal_length"] * 2))
    return result_list
"""

# Files of the script's own, named by the mini-batch.
OWN_FILES = """
import argparse
import os


def init():
    global output_folder
    parser = argparse.ArgumentParser()
    parser.add_argument("--output_folder")
    args, _ = parser.parse_known_args()
    output_folder = args.output_folder


def run(mini_batch, context):
    mini_batch.to_csv(os.path.join(output_folder, "%s.csv" % context.minibatch_index), index=False)
    assert context.dataset is mini_batch
    return mini_batch.iloc[:, 0].astype(str)
"""


class CloudScripts(TableRunTest):
    def scored(self, expected_header, **keys):
        self.write_script(SCORES)
        with open(self.path("model.json"), "w") as stream:
            stream.write('{"petal_length": 4.9}')
        self.configure({"models": {"long": "model.json"}, "arguments": ["--model_name", "long"]}, **keys)
        self.expect_status(self.mpirun(3), 0)
        irises = lines_of(os.path.join(EXAMPLE, "irises.csv"))
        lengths = [name for name in irises[0] if name != "species"]
        lines = [[iris[name] for name in lengths] + [str(float(iris["petal_length"]) > 4.9)] for iris in irises]
        return expected_header + lines

    def configure(self, top, **keys):
        keys = dict({"mini_batch_size": "1 KB", "error_threshold": 0}, **keys)
        self.write_table_config(path=os.path.join(EXAMPLE, "irises.csv"), top=top, **keys)

    def test_a_frame_comes_in_and_a_frame_goes_out_as_text(self):
        expected = self.scored([])
        self.assertEqual([row.split(" ") for row in self.rows()], expected)

    def test_the_same_with_a_header(self):
        header = ["sepal_length", "sepal_width", "petal_length", "petal_width", "is_long"]
        expected = self.scored([header], append_row_dataframe_header=True)
        self.assertEqual([row.split(" ") for row in self.rows()], expected)

    def test_a_list_of_strings_goes_out(self):
        self.write_script(LISTS)
        self.configure({})
        self.expect_status(self.mpirun(3), 0)
        rows = [row.split(": ") for row in self.rows()]
        irises = lines_of(os.path.join(EXAMPLE, "irises.csv"))
        self.assertEqual(
            [row[1] for row in rows], ["%s %s" % (iris["species"], float(iris["petal_length"]) * 2) for iris in irises]
        )
        self.assertGreater(sum(row[0] == "0" for row in rows), 2)  # the index begins anew in each mini-batch

    def test_a_script_writes_files_of_its_own(self):
        self.write_script(OWN_FILES)
        side = {"side_outputs": {"tables": "tables"}, "arguments": ["--output_folder", "side_output:tables"]}
        self.configure(side)
        self.expect_status(self.mpirun(3), 0)
        names = sorted(os.listdir(self.path("tables")), key=lambda name: int(name.split(".")[0]))
        self.assertEqual(names, ["%d.csv" % number for number in range(len(names))])
        rows = [row for name in names for row in lines_of(self.path("tables", name))]
        self.assertEqual(rows, lines_of(os.path.join(EXAMPLE, "irises.csv")))
        self.assertEqual(len(self.rows()), 150)


if __name__ == "__main__":
    main()
