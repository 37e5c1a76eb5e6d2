# syntax=docker/dockerfile:1

# Both bases are resolved to digests by the release workflow.
ARG BUILD_IMAGE=docker.io/library/maven:3.9-eclipse-temurin-25
ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim

# The jar, a runtime with the modules it needs, and its native parts.
FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY .mvn .mvn
COPY pom.xml ./
COPY src src
COPY migrations migrations
COPY conf/scenarios.yaml conf/scenarios.yaml
RUN mvn -q -B -DskipTests -Dspotless.check.skip=true package
# java.desktop has java.beans, which the reader of YAML needs, and much that nobody here does; jdk.zipfs reads the packed
# migrations, and nothing names it before it is missed.
RUN jlink --output /opt/jre --no-header-files --no-man-pages --strip-java-debug-attributes --compress=zip-6 \
    '--exclude-files=/java.desktop/lib/*,/java.desktop/conf/**' \
    --add-modules java.base,java.desktop,java.logging,java.management,java.naming,java.net.http,java.security.jgss,java.security.sasl,java.sql,java.xml,jdk.jcmd,jdk.jfr,jdk.management,jdk.net,jdk.unsupported,jdk.zipfs
# Unpacked here and not into /tmp at run time: a hardened container mounts /tmp noexec. The AOT cache is refused when the time
# of the jar is another one than in its training, so it is one that nobody changes.
RUN mkdir native training && cd native \
 && arch="$(uname -m)" && case "$arch" in aarch64) netty=aarch_64 ;; *) netty=x86_64 ;; esac \
 && jar xf ../target/molos-edge.jar "org/sqlite/native/Linux/$arch/libsqlitejdbc.so" "META-INF/native/libnetty_transport_native_epoll_$netty.so" \
 && mv org/sqlite/native/Linux/"$arch"/*.so META-INF/native/*.so . && rm -r org META-INF && chmod 0755 ./*.so \
 && javac -d ../training ../src/image/Training.java \
 && cp ../target/classes/META-INF/sbom/molos-edge.cdx.json .. \
 && touch -d 2026-01-01T00:00:00Z ../target/molos-edge.jar

# A distribution without what installs it.
FROM ${BASE_IMAGE} AS debian
COPY src/image/strip-debian /tmp/strip-debian
RUN /tmp/strip-debian \
 && echo 'molos:x:1001:1001::/data:/usr/sbin/nologin' >> /etc/passwd && echo 'molos:x:1001:' >> /etc/group \
 && install -d -o 1001 -g 1001 -m 0700 /data

# What runs, in layers of which none holds what a later one takes away.
FROM scratch AS run
COPY --from=debian / /
COPY --from=build /opt/jre /opt/jre
COPY --from=build /build/native /app/native
COPY --from=build --chmod=0444 /build/target/molos-edge.jar /app/molos-edge.jar
COPY --from=build --chmod=0444 /build/molos-edge.cdx.json /app/molos-edge.cdx.json
COPY --chmod=0444 src/image/jvm.options /app/jvm.options
COPY --chmod=0555 src/image/healthcheck /app/healthcheck
COPY --chmod=0555 entrypoint.sh /app/entrypoint.sh
COPY conf /app/conf
COPY LICENSE /app/LICENSE
# A checkout may be its owner's alone.
RUN chmod -R a+rX,go-w /app/conf /app/LICENSE
# For `docker exec`: the same program by the name of its other half.
RUN ln -s /app/entrypoint.sh /usr/local/bin/molos-edge
WORKDIR /app
# Without a UTF-8 locale Java cannot open a module's file whose name is not ASCII; two arenas of malloc keep the process small.
ENV EDGE_ENV=production \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    LANG=C.UTF-8 \
    MALLOC_ARENA_MAX=2 \
    PATH=/opt/jre/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Learns from a run in this very layout which classes a start needs.
FROM run AS train
COPY --from=build /build/training /training
USER 1001
RUN java -cp /training Training /tmp/edge.aot

FROM run
COPY --from=train --chmod=0444 /tmp/edge.aot /app/edge.aot
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="MoLOS Edge" \
      org.opencontainers.image.description="One hardened front door for a modular, self-hosted app" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="MIT"
USER 1001:1001
EXPOSE 4173
VOLUME /data
# The start period leaves time for a migration, not for fetching large modules.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["/app/healthcheck"]
ENTRYPOINT ["/app/entrypoint.sh"]
