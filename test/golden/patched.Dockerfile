# GENERATED from templates/interpreter.Dockerfile.hbs by `majek-lab generate`; do not edit.
# CPython 3.13.5 with the patches of cpython-patch/3.13. What counts is the tree /opt/python.
FROM scratch AS builder
LABEL org.majek-lab.temporary=1
ADD builder.tar /
# Equal bytes from equal inputs: fixed folder, fixed time, fixed hash seed, and no profile-guided optimisation,
# whose profile is never the same twice.
ENV LC_ALL=C.UTF-8 TZ=UTC SOURCE_DATE_EPOCH=315532800 PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
COPY source/ /usr/src/archive/
RUN set -eu; umask 022; \
    mkdir /usr/src/python; \
    tar --extract --no-same-owner --strip-components=1 --directory=/usr/src/python -f /usr/src/archive/*
COPY patches/ /usr/src/patches/
RUN set -eu; cd /usr/src/python; \
    while read -r name; do \
      echo "applying $name"; \
      patch --strip=1 --fuzz=0 --no-backup-if-mismatch --input="/usr/src/patches/$name"; \
    done < /usr/src/patches/series
RUN set -eu; cd /usr/src/python; \
    case "$(uname -m)" in \
      x86_64) cpu=x86-64-v2 ;; \
      aarch64) cpu=armv8-a ;; \
      *) echo "no compiler flags for $(uname -m)" >&2; exit 1 ;; \
    esac; \
    ./configure --quiet --prefix=/opt/python --without-ensurepip --disable-test-modules --without-static-libpython \
      OPT='-DNDEBUG -fwrapv -Wall' \
      CFLAGS="-O2 -fno-semantic-interposition -march=$cpu -ffile-prefix-map=/usr/src/python=."
# Generated sources are never patched: they are made again from their patched origins. Stock takes the same step.
RUN set -eu; cd /usr/src/python; make regen-cases
RUN set -eu; cd /usr/src/python; make -j"$(nproc)"
# --help: install would write three sets of byte code, in parallel and stamped with times. One is written below, and
# with -f, because compiling skips files whose byte code looks fresh.
RUN set -eu; umask 022; cd /usr/src/python; \
    make install COMPILEALL_OPTS=--help > /dev/null; \
    cd /opt/python/lib/python3.13; \
    rm -rf test idlelib tkinter turtledemo ensurepip pydoc_data site-packages/README.txt /opt/python/share /opt/python/bin/idle3*; \
    find /opt/python -name __pycache__ -prune -exec rm -rf '{}' +; \
    /opt/python/bin/python3 -m compileall -q -f -j 1 --invalidation-mode unchecked-hash /opt/python/lib
# An extension whose library was missing is left out without an error, and a patch can apply without taking effect.
RUN set -eu; cd /; \
    /opt/python/bin/python3 -c 'import bz2, ctypes, hashlib, lzma, sqlite3, ssl, zlib'; \
    version="$(/opt/python/bin/python3 -c 'import sys; print(sys.version)')"; \
    echo "built: $version"; \
    case "$version" in "3.13.5 "*) ;; *) echo 'expected 3.13.5' >&2; exit 1 ;; esac; \
    case "$version" in *majek*) patched=yes ;; *) patched=no ;; esac; \
    test "$patched" = yes
FROM scratch
COPY --from=builder /opt/python /opt/python
