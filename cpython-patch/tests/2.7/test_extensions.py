"""Extensions that were built for the layout of strings of stock 2.7 are refused instead of crashing."""

import imp
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
import unittest

from segmentcase import SegmentCase

REFUSED = """
    for flags in (2, 1):    # RTLD_NOW, RTLD_LAZY
        sys.setdlopenflags(flags)
        try:
            import %s
            raise SystemExit("loaded")
        except ImportError as error:
            assert "compiled for an interpreter without the string segment" in str(error), error
            assert "Py_InitModule4" in str(error) and "compile it with the headers" in str(error), error
"""
SOURCE = """
    #include <Python.h>
    static PyMethodDef functions[] = {{NULL, NULL, 0, NULL}};
    PyMODINIT_FUNC initsegmentprobe(void)
    {
        PyObject *text = PyString_FromString("text");
        PyObject *module = Py_InitModule("segmentprobe", functions);
        PyModule_AddObject(module, "first", PyInt_FromLong(PyString_AS_STRING(text)[0]));
    }
"""


class ExtensionTest(SegmentCase):
    """Each in a folder of its own, in front of all others."""

    def setUp(self):
        # type: () -> None
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def test_an_extension_that_was_linked_against_stock(self):
        # type: () -> None
        """One of our own, in which the name of the function that it asks for is that of stock."""
        _, path, _ = imp.find_module("array")
        with open(path, "rb") as source:
            data = source.read()
        traced = hasattr(sys, "getobjects")
        mine = b"\0Py_InitModule4Majek%s\0" % (b"TraceRefs" if traced else b"")
        stock = b"\0Py_InitModule4%s_64\0" % (b"TraceRefs" if traced else b"")
        self.assertIn(mine, data)
        with open(os.path.join(self.folder, os.path.basename(path)), "wb") as sink:
            sink.write(data.replace(mine, stock.ljust(len(mine), b"\0")))
        self.run_case(REFUSED % "array", PYTHONPATH=self.folder)

    def test_an_extension_that_is_compiled_here(self):
        # type: () -> None
        compiler = sysconfig.get_config_var("CC").split()
        headers = sysconfig.get_path("include")
        if subprocess.call(["sh", "-c", "command -v " + compiler[0]], stdout=subprocess.PIPE) != 0:
            self.skipTest("needs a compiler")
        source = os.path.join(self.folder, "probe.c")
        with open(source, "w") as sink:
            sink.write(textwrap.dedent(SOURCE))
        options = sysconfig.get_config_var("CFLAGS").split()
        for macro in (None, "-UPy_MAJEK_STRING_SEGMENT"):
            command = compiler + options + ["-w", "-shared", "-fPIC", "-I", headers, source]
            command += ["-o", os.path.join(self.folder, "segmentprobe.so")] + ([macro] if macro else [])
            subprocess.check_call(command)
            loaded = "import segmentprobe\nassert segmentprobe.first == ord('t')\n"
            self.run_case(REFUSED % "segmentprobe" if macro else loaded, PYTHONPATH=self.folder)

    def test_distutils_compiles_for_this_layout(self):
        # type: () -> None
        """Even with CFLAGS in the environment, which take the place of most of what the makefile says."""
        self.run_case(
            """
            import distutils.ccompiler, distutils.sysconfig
            compiler = distutils.ccompiler.new_compiler()
            distutils.sysconfig.customize_compiler(compiler)
            assert "-DPy_MAJEK_STRING_SEGMENT=1" in compiler.compiler_so, compiler.compiler_so
        """,
            CFLAGS="-O1",
        )


if __name__ == "__main__":
    unittest.main()
