"""Tests of the verifier in Python; skipped as a whole where `cryptography` is not there."""

import importlib.util
import unittest

if importlib.util.find_spec("cryptography") is None:
    raise unittest.SkipTest("the Python package `cryptography` is not there: apt-get install python3-cryptography")
