"""The interpreter names the patch, and passes for stock with everything that takes versions apart."""

import platform
import sys
import sysconfig
import unittest


class VersionTest(unittest.TestCase):
    """What a report and what pip can see."""

    def test_each_feature_is_what_the_build_asked_for(self):
        # type: () -> None
        options = sysconfig.get_config_var("OPT")
        self.assertEqual(hasattr(str, "setmajekhack"), "-DPy_MAJEK_STRING_SEGMENT=1" in options, options)
        self.assertEqual(sys.version.endswith(" majek-lab"), sysconfig.get_config_var("Py_MAJEK_VERSION_NAME") == 1)

    def test_version(self):
        # type: () -> None
        expected = ".".join(map(str, sys.version_info[:3]))
        self.assertEqual(sys.version.split()[0], expected)
        self.assertEqual(platform.python_version(), expected)
        self.assertEqual(platform.python_implementation(), "CPython")
        self.assertTrue(platform.python_compiler())


if __name__ == "__main__":
    unittest.main()
