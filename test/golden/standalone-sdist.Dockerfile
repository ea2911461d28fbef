# GENERATED from templates/standalone.Dockerfile.hbs by `majek-lab generate`; do not edit.
# Variant preload of the lab minimal, from nothing but this folder:
#   docker build --network none --tag minimal . && docker run --rm --publish 127.0.0.1:8000:8000 minimal
FROM scratch AS builder
ADD builder.tar /
# Equal bytes from equal inputs: fixed folder, fixed time, fixed hash seed, and no profile-guided optimisation,
# whose profile is never the same twice.
ENV LC_ALL=C.UTF-8 TZ=UTC SOURCE_DATE_EPOCH=315532800 PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
COPY source/ /usr/src/archive/
RUN set -eu; umask 022; \
    mkdir /usr/src/python; \
    tar --extract --no-same-owner --strip-components=1 --directory=/usr/src/python -f /usr/src/archive/*
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
    test "$patched" = no

FROM scratch AS lab
ADD builder.tar /
COPY --from=builder /opt/python /opt/python
ENV LC_ALL=C.UTF-8 TZ=UTC SOURCE_DATE_EPOCH=315532800 PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
# Locked packages, installed by the locked pip from its own wheel.
COPY tools/ /build/tools/
COPY wheels/ /build/wheels/
# Packages that exist only as source become wheels here, from locked build requirements.
COPY sdists/ /build/sdists/
RUN set -eu; umask 022; cd /build; \
    /opt/python/bin/python3 "$(echo tools/pip-*.whl)/pip" install --quiet --no-index --no-deps --no-cache-dir \
      --root-user-action=ignore --target requirements tools/*.whl; \
    PYTHONPATH=/build/requirements /opt/python/bin/python3 -m pip wheel --quiet --no-index --no-deps --no-build-isolation \
      --no-cache-dir --wheel-dir wheels sdists/*
RUN set -eu; umask 022; cd /build; \
    /opt/python/bin/python3 "$(echo tools/pip-*.whl)/pip" install --quiet --no-index --no-deps --no-compile --no-cache-dir \
      --root-user-action=ignore --target /srv/lab/lib wheels/*.whl
COPY harness/ /srv/lab/harness/
COPY app/ /srv/lab/app/
# Byte code is written once and never checked against its source, whose time differs from build to build.
RUN set -eu; umask 022; cd /; \
    compile() { /opt/python/bin/python3 -m compileall -q -f -j 1 --invalidation-mode unchecked-hash "$@"; }; \
    compile /srv/lab/harness /srv/lab/app; \
    compile /srv/lab/lib || echo 'what is no Python 3 stays without byte code'; \
    chmod -R a+rX,go-w /srv/lab; \
    PYTHONPATH=/srv/lab/harness:/srv/lab/app:/srv/lab/lib /opt/python/bin/python3 -c 'import gunicorn, majek_harness'

FROM scratch
ADD base.tar /
COPY --from=builder /opt/python /opt/python
COPY --from=lab /srv/lab /srv/lab
RUN mkdir -p /run/majek && chown 10001:10001 /run/majek
LABEL org.majek-lab.lab="minimal" \
    org.majek-lab.lock="6c6f636b2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e" \
    org.majek-lab.python="3.13"
ENV PATH="/opt/python/bin:/usr/local/bin:/usr/bin:/bin" \
    PYTHONPATH="/srv/lab/harness:/srv/lab/app:/srv/lab/lib" \
    PYTHONDONTWRITEBYTECODE="1" \
    PYTHONHASHSEED="0" \
    LC_ALL="C.UTF-8" \
    TZ="UTC" \
    MAJEK_LAB_APP="site_wsgi:application" \
    MAJEK_LAB_WORKERS="8" \
    MAJEK_LAB_MAX_REQUESTS="0" \
    MAJEK_LAB_PRELOAD="1" \
    MAJEK_LAB_BEFORE_FORK="" \
    MAJEK_LAB_WARMUP="0" \
    MAJEK_LAB_PATHS="[{\"path\":\"/\",\"weight\":1,\"status\":200}]" \
    MAJEK_LAB_SEED="1" \
    MAJEK_LAB_DATABASE_SOURCE=""
WORKDIR /srv/lab/app
USER 10001:10001
EXPOSE 8000
CMD ["/opt/python/bin/python3", "-m", "majek_harness"]
