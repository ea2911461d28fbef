# GENERATED from templates/probe.Dockerfile.hbs by `majek-lab generate`; do not edit.
# The probe, one static program without dependencies. What counts is the tree /probe.
FROM scratch AS builder
LABEL org.majek-lab.temporary=1
ADD builder.tar /
ENV LC_ALL=C.UTF-8 TZ=UTC SOURCE_DATE_EPOCH=315532800
COPY probe/ /usr/src/probe/
RUN set -eu; umask 022; cd /usr/src/probe; \
    make CC=gcc CFLAGS='-O2 -ffile-prefix-map=/usr/src/probe=.' build/majek-probe; \
    strip build/majek-probe; \
    install -D --mode=755 build/majek-probe /probe/majek-probe
FROM scratch
COPY --from=builder /probe /probe
