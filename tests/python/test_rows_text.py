"""Rows of `.txt`, and what run() may return (rules 4.3, 5.2, 5.3); standard library only."""

import collections
import unittest

from host_python import Rows

import prs_rows


def text():
    return Rows(prs_rows.make_encoder("text", False, {}))


class Colour(str):
    def __str__(self):
        return "not the string itself"


class TextRowsTest(unittest.TestCase):
    def test_an_element_is_its_str_and_a_newline(self):
        rows = text()
        self.assertEqual(rows.of([1, 2.5, None, ("a", 1), b"x"]), b"1\n2.5\nNone\n('a', 1)\nb'x'\n")
        self.assertEqual((rows.rows, rows.columns), (5, ""))

    def test_a_string_is_written_as_it_is(self):
        self.assertEqual(text().of(['a "b", c', "", "two\nlines", Colour("blue")]), b'a "b", c\n\ntwo\nlines\nblue\n')

    def test_short_and_long_lists_follow_the_same_rules(self):
        for count in (1, 15, 16, 17, 1000):
            elements = ([Colour("blue"), 7, "x", 1.5] * count)[:count]
            rows = text()
            self.assertEqual(rows.of(elements), rows.of(iter(elements)))
            self.assertEqual(
                rows.of(elements),
                "".join((str.__str__(e) if isinstance(e, str) else str(e)) + "\n" for e in elements).encode(),
            )

    def test_an_empty_list_is_no_rows_and_no_bytes(self):
        rows = text()
        self.assertEqual((rows.of([]), rows.rows, rows.pieces), (b"", 0, []))

    def test_iterators_and_other_ordered_collections_are_taken_to_their_end(self):
        for result in (
            (str(i) for i in range(3)),
            ("0", "1", "2"),
            range(3),
            collections.deque("012"),
            {"0": 1, "1": 1, "2": 1}.keys(),
            map(str, range(3)),
            iter(["0", "1", "2"]),
        ):
            rows = text()
            self.assertEqual(rows.of(result), b"0\n1\n2\n")
            self.assertEqual(rows.rows, 3)

    def test_an_error_of_the_users_iterator_comes_out_unchanged(self):
        def rows_then_error():
            yield "a"
            raise KeyError("mine")

        for encoder in ("none", "text", "csv", "jsonl"):
            with self.assertRaisesRegex(KeyError, "mine"):
                Rows(prs_rows.make_encoder(encoder, False, {})).of(rows_then_error())

    def test_bytes_of_file_names_survive(self):
        name = b"a\xff\xfe.png"
        self.assertEqual(text().of([name.decode("utf-8", "surrogateescape")]), name + b"\n")
        self.assertEqual(text().of([name.decode("utf-8", "surrogateescape")] * 20), (name + b"\n") * 20)
        self.assertEqual(text().of(["ä€😀"]), "ä€😀\n".encode())

    def test_a_character_that_utf8_cannot_express_is_a_bad_return_that_names_it(self):
        for count in (1, 30):
            with self.assertRaisesRegex(prs_rows.BadReturn, r"U\+D800"):
                text().of(["ok \ud800"] * count)

    def test_large_results_come_in_pieces(self):
        rows = text()
        big = "é" * 3000000
        self.assertEqual(rows.of([big, "x"]), (big + "\nx\n").encode())
        self.assertLessEqual(max(rows.pieces), 1 << 20)
        many = ["row %d" % number for number in range(200000)]
        self.assertEqual(rows.of(iter(many)), ("\n".join(many) + "\n").encode())
        self.assertGreaterEqual(min(rows.pieces[:-1]), 1 << 16)
        self.assertLessEqual(max(rows.pieces), 1 << 20)

    def test_rows_leave_while_an_iterator_still_runs(self):
        seen = []

        def endless_looking():
            for _ in range(100):
                yield "x" * 100000
            self.assertGreater(len(seen), 10)

        prs_rows.make_encoder("text", False, {}).encode(endless_looking(), seen.append)


class CountedRowsTest(unittest.TestCase):
    def test_none_counts_and_emits_nothing(self):
        rows = Rows(prs_rows.make_encoder("none", False, {}))
        for result, count in (([], 0), (["a", 1], 2), ((1,), 1), (iter(range(5)), 5), (range(7), 7), (iter(()), 0)):
            self.assertEqual(rows.of(result), b"")
            self.assertEqual((rows.rows, rows.columns), (count, ""))


class BadReturnTest(unittest.TestCase):
    def refused(self, result, *words):
        for name in ("none", "text", "csv", "tsv", "jsonl"):
            with self.assertRaises(prs_rows.BadReturn) as caught:
                Rows(prs_rows.make_encoder(name, False, {})).of(result)
            message = str(caught.exception)
            self.assertIn("wanted is a DataFrame, list", message)
            for word in words:
                self.assertIn(word, message)
            self.assertLess(len(message), 500)

    def test_what_was_returned_and_what_is_wanted_are_named(self):
        self.refused(None, "returned None", "return statement")
        self.refused("a" * 10000, "str: 'aaa", "return [value]")
        self.refused(b"abc", "bytes: b'abc'")
        self.refused({"a": 1}, "dict: {'a': 1}", ".values()")
        self.refused(collections.OrderedDict(a=1), "OrderedDict")
        self.refused(True, "bool: True")
        self.refused(7, "int: 7")
        self.refused(2.5, "float: 2.5")
        self.refused({1, 2}, "set", "sorted")
        self.refused(object(), "object")
        self.refused(list, "class")

    def test_async_functions_are_told_apart(self):
        async def run():
            return []

        async def generate():
            yield 1

        with self.assertRaisesRegex(prs_rows.BadReturn, "async"):
            text().of(run())
        with self.assertRaisesRegex(prs_rows.BadReturn, "async"):
            text().of(generate())

    def test_frames_of_other_libraries_are_told_to_convert(self):
        class Frame:
            def to_pandas(self):
                return None

            def __iter__(self):
                return iter(["column a"])

        self.refused(Frame(), "Frame", ".to_pandas()")

    def test_a_broken_repr_does_not_hide_the_message(self):
        class Broken:
            def __repr__(self):
                raise ValueError("no text")

        self.refused(Broken(), "Broken")

    def test_an_object_that_refuses_to_be_walked_gives_its_reason(self):
        class Scalar:
            def __iter__(self):
                raise TypeError("iteration over a 0-d tensor")

        self.refused(Scalar(), "0-d tensor")


class EncoderArgumentsTest(unittest.TestCase):
    def refused(self, arguments, words):
        with self.assertRaisesRegex(ValueError, words):
            prs_rows.make_encoder("text", False, arguments)

    def test_arguments_that_cannot_be_are_refused_before_any_run(self):
        self.refused({"mode": "a"}, "'mode' cannot be set")
        self.refused({"path_or_buf": "x"}, "'path_or_buf' cannot be set")
        self.refused({"seperator": "x"}, "unknown to_csv argument 'seperator'")
        self.refused({"lineterminator": 5}, "'lineterminator' is 5; it must be text")
        self.refused({"indx": True}, "did you mean 'index'")
        self.refused({"compression": "gzip"}, "compression")
        self.refused({"header": "yes"}, "'header' is 'yes'")
        self.refused({"quoting": "QUOTE_SOME"}, "QUOTE_ALL")
        self.refused({"quoting": 77}, "QUOTE_ALL")
        self.refused({"sep": ", "}, "one character")
        self.refused({"encoding": "utf-16"}, "mark")
        self.refused({"encoding": "utf-88"}, "does not know")

    def test_an_unknown_format_is_refused_by_name(self):
        with self.assertRaisesRegex(ValueError, "'h5'"):
            prs_rows.make_encoder("h5", False, {})


if __name__ == "__main__":
    unittest.main()
