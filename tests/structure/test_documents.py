"""The documents are true: rule numbers, the table of messages, links; and they are easy to read."""

import os
import re
import unittest

import documents

MOST_WORDS_OF_README = 900
MOST_WORDS_OF_A_SENTENCE = 25
# "rule 7.3", "rules 2.1, 2.3–2.5", "rule 2.3 `logging_level`, 4.6", and over the end of a comment's line.
CITATION = re.compile(r"\b[Rr]ules? (\d+(?:\.\d+)?(?:(?: [`v][^ ,]*)?(?:, | and |–)\d+\.\d+)*)")
LINE_OF_A_COMMENT = re.compile(r"\s*\n\s*(?:///?|#|\*)?\s*")


def rules():
    """The numbers of all rules and of the sections that hold them."""
    text = documents.rules_text()
    return re.findall(r"^- \*\*(\d+\.\d+)\*\* ", text, re.M), re.findall(r"^## (\d+)\. ", text, re.M)


def citations():
    """File and number of each rule that the repository cites."""
    for path in documents.files():
        if os.path.getsize(path) > 1 << 20 or path.endswith(".gz"):
            continue
        text = LINE_OF_A_COMMENT.sub(" ", documents.text_of(path))
        for found in CITATION.finditer(text):
            for number in re.findall(r"\d+(?:\.\d+)?", re.sub(r" [`v][^ ,]*", "", found.group(1))):
                yield documents.relative(path), number


class Rules(unittest.TestCase):
    def test_every_rule_that_is_cited_exists(self):
        numbers, sections = rules()
        cited = list(citations())
        self.assertGreater(len(cited), 150, "the search has found the citations")
        self.assertEqual([(path, number) for path, number in cited if number not in numbers + sections], [])

    def test_the_rules_are_numbered_without_gaps(self):
        numbers, sections = rules()
        self.assertEqual(sections, [str(place) for place in range(1, 10)])
        for section in sections:
            mine = [number for number in numbers if number.startswith(section + ".")]
            self.assertEqual(mine, ["%s.%d" % (section, place) for place in range(1, len(mine) + 1)])

    def test_no_citation_of_the_rules_has_another_form(self):
        other = re.compile(r"\bSPEC\b.{0,3}\d|§ ?\d")
        wrong = [documents.relative(path) for path in documents.files((".cpp", ".hpp", ".py", ".md", ".txt"))
                 if other.search(documents.text_of(path))]
        self.assertEqual(wrong, [])


    def test_rule_2_3_has_every_key_of_the_option_table(self):
        """configs/full.yaml is made from that table."""
        full = documents.text_of(documents.find("full.yaml")).split("parallel_run_config:\n")[1]
        keys = re.findall(r"^  #?(\w+):", full, re.M)
        self.assertGreater(len(keys), 20, "the keys were found")
        ruled = [name for table in documents.tables(documents.rules_text()) if table[0][0] == "key" for row in table[1:]
                 for name in documents.names_in(re.sub(r"\(.*\)", "", row[0]))]
        self.assertEqual(sorted(ruled), sorted(keys))


class Messages(unittest.TestCase):
    def test_the_table_of_messages_has_every_tag(self):
        header = documents.text_of(documents.find("protocol.hpp"))
        body = re.sub(r"//.*", "", re.search(r"enum class Tag[^{]*\{(.*?)\}", header, re.S).group(1))
        tags = re.findall(r"(\w+)\s*(?:=\s*\d+)?\s*,", body)
        self.assertGreater(len(tags), 10, "the tags were found")
        in_tables = [documents.names_in(row[0])[0] for path in documents.files(".md")
                     for table in documents.tables(documents.text_of(path)) if table[0][0] == "tag" for row in table[1:]]
        self.assertEqual(sorted(in_tables), sorted(tags))


class Troubleshooting(unittest.TestCase):
    """The headings of docs/troubleshooting.md are messages that the program has."""

    # The literals of C++ and Python that stand side by side; the text of each of them.
    LITERALS = re.compile(r'(?:f?"(?:\\.|[^"\\\n])*"\s*)+')
    LITERAL = re.compile(r'"((?:\\.|[^"\\\n])*)"')

    def sources(self):
        """Each source file's literals, those that stand side by side as one."""
        for path in documents.files((".cpp", ".hpp", ".py")):
            if documents.relative(path).startswith(("src", "mpi")):
                yield "\n".join("".join(self.LITERAL.findall(one)) for one in self.LITERALS.findall(documents.text_of(path)))

    def test_every_message_is_one_of_the_programs(self):
        text = documents.text_of(os.path.join(documents.ROOT, "docs", "troubleshooting.md"))
        messages = re.findall(r"^### `(.+)`$", text, re.M)
        self.assertGreater(len(messages), 30, "the search has found the messages")
        sources = [source.replace('\\"', '"') for source in self.sources()]
        for message in messages:
            parts = [part.strip(" ;:,'") for part in message.split("…") if part.strip(" ;:,'")]
            missing = [part for part in parts if not any(part in source for source in sources)]
            self.assertEqual(missing, [], message)
            self.assertGreater(max(map(len, parts)), 10, message)


class Links(unittest.TestCase):
    def test_every_link_and_anchor_leads_somewhere(self):
        wrong, seen = [], 0
        for path in documents.files(".md"):
            for number, target in documents.links(documents.text_of(path)):
                if re.match(r"[a-z]+://|mailto:", target):
                    continue
                seen += 1
                file, _, anchor = target.partition("#")
                to = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
                if not os.path.exists(to) or (anchor and anchor not in documents.anchors(documents.text_of(to))):
                    wrong.append("%s:%d: %s" % (documents.relative(path), number, target))
        self.assertEqual(wrong, [])
        self.assertGreater(seen, 30, "the search has found the links")

    def test_every_document_that_is_named_exists(self):
        wrong = []
        for path in documents.files((".md", ".hpp", ".cpp", ".py", ".yaml", ".sbatch")):
            for name in re.findall(r"(?<![\w./…])((?:[\w-]+/)*[A-Za-z][\w-]*\.md)\b", documents.text_of(path)):
                if "/" not in name and not path.endswith(".md"):
                    continue  # a part of a path
                places = [documents.ROOT, os.path.join(documents.ROOT, "src"), os.path.dirname(path)]
                if not any(os.path.exists(os.path.join(place, name)) for place in places):
                    wrong.append("%s names %s" % (documents.relative(path), name))
        self.assertEqual(wrong, [])


class Reading(unittest.TestCase):
    def test_the_front_page_is_short(self):
        words = documents.text_of(os.path.join(documents.ROOT, "README.md")).split()
        self.assertLessEqual(len(words), MOST_WORDS_OF_README)

    def test_the_front_page_leads_to_every_page_of_docs(self):
        text = documents.text_of(os.path.join(documents.ROOT, "README.md"))
        targets = {target.partition("#")[0] for _, target in documents.links(text)}
        pages = {"docs/" + name for name in os.listdir(os.path.join(documents.ROOT, "docs"))}
        self.assertEqual(pages - targets, set())

    def test_sentences_are_short(self):
        """Code blocks, tables and headings are left out; a name in code font, or a list of such names, is one word."""
        wrong, seen = [], 0
        for path in documents.files(".md"):
            for number, paragraph in documents.paragraphs(documents.text_of(path)):
                for sentence in documents.sentences(paragraph):
                    seen += 1
                    if documents.word_count(sentence) > MOST_WORDS_OF_A_SENTENCE:
                        wrong.append("%s:%d: %d words: %s" % (documents.relative(path), number,
                                                              documents.word_count(sentence), sentence))
        self.assertEqual(wrong, [])
        self.assertGreater(seen, 500, "the sentences were found")


if __name__ == "__main__":
    unittest.main(verbosity=2)
