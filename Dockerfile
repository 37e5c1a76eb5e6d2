# syntax=docker/dockerfile:1

# Build: JDK and Maven from the distribution.
FROM debian:bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates maven openjdk-17-jdk-headless unzip \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY pom.xml ./
COPY .mvn .mvn
RUN mvn -q -B dependency:go-offline || true
COPY src src
COPY migrations migrations
RUN mvn -q -B -DskipTests package
# The native parts are unpacked here and not into /tmp at run time: a hardened container mounts /tmp noexec.
RUN mkdir native \
 && arch="$(uname -m)" \
 && unzip -q -j target/molos-edge.jar "org/sqlite/native/Linux/$arch/libsqlitejdbc.so" -d native \
 && case "$arch" in aarch64) netty=aarch_64 ;; *) netty=x86_64 ;; esac \
 && unzip -q -j target/molos-edge.jar "META-INF/native/libnetty_transport_native_epoll_$netty.so" -d native

# Run: a JRE, an init, and nothing that is writable but /data.
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends gosu openjdk-17-jre-headless tini \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 1001 molos \
 && useradd --uid 1001 --gid 1001 --no-create-home --home-dir /data --shell /usr/sbin/nologin molos \
 && mkdir -p /app/conf /data \
 && chown molos:molos /data
WORKDIR /app
COPY --from=build /build/target/molos-edge.jar molos-edge.jar
COPY --from=build /build/native native
COPY conf conf
COPY --chmod=0755 entrypoint.sh entrypoint.sh
# For `docker exec`: the same program by the name of its other half.
RUN ln -s /app/entrypoint.sh /usr/local/bin/molos-edge
# Without a UTF-8 locale Java cannot open a module's file whose name is not ASCII.
ENV EDGE_ENV=production \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    LANG=C.UTF-8
EXPOSE 4173
VOLUME /data
# One small program that asks /readyz; the start period leaves time for a migration, not for fetching large modules.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["molos-edge", "healthcheck"]
ENTRYPOINT ["/app/entrypoint.sh"]
