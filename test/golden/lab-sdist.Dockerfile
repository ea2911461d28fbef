# GENERATED from templates/lab.Dockerfile.hbs by `majek-lab generate`; do not edit.
# The lab minimal: packages, application and harness. What counts is the tree /srv/lab.
FROM scratch AS lab
LABEL org.majek-lab.temporary=1
ADD builder.tar /
ADD python.tar /
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
COPY --from=lab /srv/lab /srv/lab
