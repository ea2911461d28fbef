# GENERATED from templates/probe.Dockerfile.hbs by `majek-lab generate`; do not edit.
# The probe, one static program without dependencies. What counts is the tree /probe.
FROM scratch AS builder
LABEL org.majek-lab.temporary=1
ADD builder.tar /
ENV LC_ALL=C.UTF-8 TZ=UTC SOURCE_DATE_EPOCH=315532800
COPY src/ /usr/src/probe/
RUN set -eu; umask 022; mkdir /probe; cd /usr/src/probe; \
    gcc -std=c11 -O2 -Wall -Wextra -Werror -ffile-prefix-map=/usr/src/probe=. -static -s -o /probe/majek-probe *.c; \
    /probe/majek-probe --version
FROM scratch
COPY --from=builder /probe /probe
