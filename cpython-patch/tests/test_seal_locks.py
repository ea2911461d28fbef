"""Reentrant locks after a seal."""

import unittest

from sealcase import SealCase


class RLockTest(SealCase):
    """A sealed lock is taken elsewhere, and is the same lock all the same."""

    def test_taking_does_not_write(self) -> None:
        self.run_case("""
            import threading
            locks = [threading.RLock() for _ in range(50)]
            gc.seal()
            before = [memory(id(lock), type(lock).__basicsize__) for lock in locks]
            for lock in locks:
                lock.acquire()
                with lock: assert lock._is_owned() and lock._recursion_count() == 2
            assert [memory(id(lock), type(lock).__basicsize__) for lock in locks] == before
            for lock in locks: lock.release()
            assert not any(lock._is_owned() for lock in locks)
        """)

    def test_locks_exclude_each_other(self) -> None:
        self.run_case("""
            import threading
            free, held = threading.RLock(), threading.RLock()
            ref = weakref.ref(free)
            condition = threading.Condition(threading.RLock())
            held.acquire(); held.acquire()
            gc.seal()
            assert held._recursion_count() == 2
            assert repr(held).startswith("<locked _thread.RLock") and "count=2 at 0x%x" % id(held) in repr(held)
            assert "count=0 at 0x%x" % id(free) in repr(free) and ref() is free
            def other(lock, out):
                out.append(lock.acquire(timeout=0.05))
                if out[-1]: lock.release()
            def ask(lock):
                out = []
                thread = threading.Thread(target=other, args=(lock, out)); thread.start(); thread.join()
                return out[0]
            for lock in (held, free):
                lock.acquire(); lock.acquire()
                assert not ask(lock)
                lock.release(); lock.release()
            assert ask(free) and not ask(held)
            held.release(); held.release()
            assert ask(held)
            for lock in (held, free):
                try: lock.release()
                except RuntimeError: pass
                else: raise AssertionError
            total = 0
            def add():
                global total
                for _ in range(3000):
                    with free: before = total; total = before + 1
            threads = [threading.Thread(target=add) for _ in range(4)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            assert total == 12000
            def notify():
                with condition: ready.append(1); condition.notify()
            ready = []
            with condition, condition:
                threading.Thread(target=notify).start()
                assert condition.wait_for(lambda: ready, timeout=30)
        """)

    def test_after_a_fork(self) -> None:
        self.run_case("""
            import threading, logging
            lock = threading.RLock()
            gc.seal()
            gc.seal()
            lock.acquire()
            pid = os.fork()
            if pid == 0:
                lock._at_fork_reinit()
                assert not lock._is_owned() and lock.acquire(blocking=False)
                lock.release()
                logging.getLogger().warning("works")
                os._exit(0)
            assert os.waitpid(pid, 0)[1] == 0
            lock.release()
            assert not lock._is_owned()
        """)


if __name__ == "__main__":
    unittest.main()
