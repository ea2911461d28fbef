"""Where gc.seal() refuses, where it warns, and what it says then."""

import unittest

from sealcase import SealCase


class RefusalTest(SealCase):
    """Where a heap cannot be sealed, and what the message says."""

    def test_words(self) -> None:
        self.run_case("""
            for kwargs, word in (({"level": "most"}, "'counts', 'caches', 'arenas' or 'full', not 'most'"),
                                 ({"level": ""}, "not ''"),
                                 ({"adaptive": "warm"}, "'frozen' or 'hot', not 'warm'")):
                try: gc.seal(**kwargs)
                except ValueError as error: assert word in str(error), error
                else: raise AssertionError(kwargs)
            for args, kwargs in (((), {"level": 1}), (("full",), {}), ((), {"levels": "full"})):
                try: gc.seal(*args, **kwargs)
                except TypeError: pass
                else: raise AssertionError(kwargs)
            assert not gc.is_sealed()
        """)

    def test_other_threads(self) -> None:
        self.run_case("""
            import threading
            stop = threading.Event()
            thread = threading.Thread(target=stop.wait, daemon=True)
            thread.start()
            try: gc.seal()
            except RuntimeError as error: assert "stop them first; threading.enumerate()" in str(error)
            else: raise AssertionError
            assert not gc.is_sealed() and gc.seal_stats() is None
            stop.set(); thread.join()
            gc.seal()
        """)

    def test_in_a_second_thread(self) -> None:
        self.run_case(
            """
            import threading
            result = []
            def run():
                try: gc.seal()
                except RuntimeError as error: result.append(str(error))
            thread = threading.Thread(target=run)
            thread.start(); thread.join()
            assert "beside other threads" in result[0]
            # after a fork, a thread is alone
            def fork():
                if not os.fork():
                    gc.seal(); print("sealed", flush=True); os._exit(0)
                os.wait()
            thread = threading.Thread(target=fork)
            thread.start(); thread.join()
        """,
            "-W",
            "ignore",
        )

    def test_a_thread_that_a_finalizer_starts(self) -> None:
        self.run_case("""
            import threading
            stop = threading.Event()
            class Starts:
                def __del__(self): threading.Thread(target=stop.wait).start()
            cycle = Starts(); cycle.me = cycle; del cycle
            try: gc.seal()
            except RuntimeError as error: assert "beside other threads" in str(error)
            else: raise AssertionError
            stop.set()
        """)

    def test_native_threads_warn_once(self) -> None:
        # A thread that Python does not know: here, one of the C library's asynchronous input and output.
        source = """
            try:
                import ctypes
            except ImportError:
                sys.exit()
            import warnings
            libc = ctypes.CDLL(None)
            ROUTINE = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
            thread = ctypes.c_ulong()
            pause = ctypes.cast(libc.pause, ctypes.c_void_p)
            assert libc.pthread_create(ctypes.byref(thread), None, pause, None) == 0
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                gc.seal(); gc.seal()
            assert [w.category for w in caught] == [RuntimeWarning], caught
            assert "1 native thread" in str(caught[0].message)
        """
        self.run_case(source)
        self.run_case(
            source.split("with warnings")[0]
            + """
            warnings.simplefilter("error")
            for _ in range(2):
                try: gc.seal()
                except RuntimeWarning: pass
                else: raise AssertionError
            assert not gc.is_sealed()
        """
        )

    def test_other_interpreters(self) -> None:
        out = self.run_case("""
            import _interpreters
            other = _interpreters.create()
            try:
                gc.seal()
            except RuntimeError as error:
                print(error)
            assert gc.seal_stats() is None
            _interpreters.destroy(other)
            gc.seal()
            for config in ("isolated", "legacy"):
                other = _interpreters.create(config)
                failure = _interpreters.run_string(other, '''if True:
                    import gc, json, sys
                    assert json.loads("[1]") == [1]
                    try:
                        gc.seal()
                    except RuntimeError as error:
                        print(error)
                    gc.collect()
                    assert sys.intern("json") is sys.intern("".join(["js", "on"]))
                    sys.stdout.flush()
                ''')
                assert failure is None, failure
                _interpreters.destroy(other)
        """)
        self.assertIn("cannot seal other interpreters", out)
        self.assertEqual(out.count("main interpreter only"), 2)

    def test_an_interpreter_that_a_callback_starts(self) -> None:
        # gc.seal() collects first, and that may run anything.
        out = self.run_case("""
            import _interpreters
            made = []
            def callback(phase, info):
                if phase == "stop" and not made:
                    made.append(_interpreters.create("legacy"))
            gc.callbacks.append(callback)
            try:
                gc.seal()
            except RuntimeError as error:
                print(error)
            gc.callbacks.clear()
            assert gc.seal_stats() is None
            _interpreters.destroy(made[0])
            gc.seal()
        """)
        self.assertIn("cannot seal other interpreters", out)

    def test_inside_the_collector(self) -> None:
        out = self.run_case("""
            def callback(phase, info):
                try:
                    gc.seal()
                except RuntimeError as error:
                    print(error)
            gc.callbacks.append(callback)
            gc.collect()
        """)
        self.assertIn("while the collector runs", out)


if __name__ == "__main__":
    unittest.main()
