# Every process of Hearth on Kafka: `docker run hearth work offers ...`. docker-compose.yml says which there are.
#
# Where pip looks for packages is the machine's own setting: give its pip.conf as the secret `pip` if it has one.
# What they are is the lock's: each file is checked against its hash.
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
RUN python3 -m venv /opt/hearth
WORKDIR /build
COPY requirements-kafka.lock ./
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    /opt/hearth/bin/pip install --quiet --require-hashes --requirement requirements-kafka.lock
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY runtime runtime
COPY services services
COPY data data
RUN /opt/hearth/bin/pip install --quiet --no-deps --no-build-isolation --no-index . \
    && /opt/hearth/bin/python -m compileall -q /opt/hearth/lib \
    && /opt/hearth/bin/pip uninstall --quiet --yes pip

FROM ${PYTHON}
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent hearth \
    && install --directory --owner hearth --group hearth --mode 0700 /var/lib/hearth /etc/hearth
COPY --from=build /opt/hearth /opt/hearth
ENV PATH=/opt/hearth/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER hearth
WORKDIR /var/lib/hearth
VOLUME /var/lib/hearth
EXPOSE 8000
ENTRYPOINT ["hearth"]
