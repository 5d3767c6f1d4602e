# Suowen as a service. The steps are the README's: install, init, serve. Untried: no Docker where this was written.
# The digest is python:3.12-slim of September 2026 (3.12.14 on trixie); `nox -s lock` refreshes it and the lock files.
FROM python:3.12-slim@sha256:78387bc3881b8273120a12ebe6c1ab22b018ccc2c9adf565ae1ac9b536e184ea

RUN useradd --uid 10001 --create-home suowen && install -d -o suowen -g suowen /data

WORKDIR /src
COPY requirements.lock requirements-build.lock pyproject.toml README.md README.zh-CN.md CHANGELOG.md ./
COPY ingest ingest
COPY store store
COPY config config
COPY seeds seeds
# exactly the locked packages: pip refuses any file without the hash in the lock
RUN pip install --no-cache-dir --require-hashes -r requirements-build.lock \
    && pip install --no-cache-dir --require-hashes --no-build-isolation -r requirements.lock \
    && pip install --no-cache-dir --no-deps --no-build-isolation .

USER suowen
ENV SUOWEN_HOME=/data PYTHONUNBUFFERED=1
VOLUME /data
WORKDIR /data

# the main loop rewrites the heartbeat every 10 s
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD test -n "$(find /data/data/heartbeat.json -mmin -2)"

# exec: the service itself gets SIGTERM, and ends within 10 s
CMD ["sh", "-c", "test -f config/sources.yaml || suowen init . ; exec suowen --verbose serve"]
