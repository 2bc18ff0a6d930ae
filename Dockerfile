# HomeGuard without its broker: `homeguard serve`. See docker-compose.yml for the broker beside it.

# The dashboard, as static files: what runs needs no Node.
FROM node:22-slim AS dashboard
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci
COPY frontend .
RUN npm run build

# The wheel, built with the pinned hatchling.
FROM python:3.12-slim AS wheel
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /build && /build/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
COPY --from=dashboard /src/api/static api/static
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist .

# What runs: the same versions, without the tools.
FROM python:3.12-slim AS packages
COPY requirements-run.lock ./
RUN python -m venv /opt/homeguard \
 && /opt/homeguard/bin/pip install --no-cache-dir --require-hashes -r requirements-run.lock
COPY --from=wheel /dist /dist
RUN /opt/homeguard/bin/pip install --no-cache-dir --no-deps /dist/*.whl

FROM python:3.12-slim
# 1883 is the user of the official Mosquitto image: both own the files that `homeguard broker init` writes, which
# nobody else may read. The directories exist so that named volumes mounted there begin with this owner.
RUN groupadd --gid 1883 homeguard \
 && useradd --uid 1883 --gid 1883 --home-dir /var/lib/homeguard --no-create-home --shell /usr/sbin/nologin homeguard \
 && install -d -o homeguard -g homeguard -m 0700 \
    /var/lib/homeguard /mosquitto/config /mosquitto/data /run/postgres-secrets
COPY --from=packages /opt/homeguard /opt/homeguard
ENV PATH=/opt/homeguard/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOMEGUARD_DATA_DIR=/var/lib/homeguard \
    HOMEGUARD_HOST=0.0.0.0
USER 1883:1883
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["homeguard"]
CMD ["serve"]
