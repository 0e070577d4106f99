import unittest

import pytest

from slugs import slug


@pytest.mark.parametrize("title", ["", "   ", "!?"])
def test_no_words(title):
    assert slug(title) == "untitled"


class TestLetters:
    def test_case(self):
        assert slug("Hello World") == "hello-world"

    def test_sharp_s(self):
        assert slug("Straße") == "strasse"


class Hyphens(unittest.TestCase):
    def test_runs_of_signs(self):
        self.assertEqual(slug("a -- b"), "a-b")
