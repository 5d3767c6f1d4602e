# Suowen as a service. The steps are the README's: install, init, serve. Untried: no Docker where this was written.
FROM python:3.12-slim

RUN useradd --uid 10001 --create-home suowen && install -d -o suowen -g suowen /data

WORKDIR /src
COPY pyproject.toml README.md README.zh-CN.md CHANGELOG.md ./
COPY ingest ingest
COPY store store
COPY config config
COPY seeds seeds
RUN pip install --no-cache-dir '.[postgresql]'

USER suowen
ENV SUOWEN_HOME=/data PYTHONUNBUFFERED=1
VOLUME /data
WORKDIR /data

# the main loop rewrites the heartbeat every 10 s
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD test -n "$(find /data/data/heartbeat.json -mmin -2)"

# exec: the service itself gets SIGTERM, and ends within 10 s
CMD ["sh", "-c", "test -f config/sources.yaml || suowen init . ; exec suowen --verbose serve"]
