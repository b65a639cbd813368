# syntax=docker/dockerfile:1
# One image for every process: `docker run everpost run bridge|worker|api|all`, `… setup`, `… doctor`.

# Production packages only. The development package `node` (a 189 MB binary) stays out: the image brings its own Node.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Temporal's native library comes for five platforms, 30 MB each; this image is one of them.
RUN npm ci --omit=dev && npm cache clean --force && \
  find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
  ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} +

# The bundle must come from the very SDK that runs it, so it is built from the packages that are shipped.
FROM packages AS build
COPY src ./src
COPY workflows ./workflows
COPY activities ./activities
COPY infra/build.ts ./infra/build.ts
RUN node infra/build.ts

FROM node:24-slim
# Temporal's client is native code and looks for the system's certificates (Temporal Cloud, TLS of your own).
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app ./
# Files belong to root and the process does not, so it cannot rewrite its own code.
USER node
# API and metrics. Which host they listen on is API_HOST and METRICS_HOST: inside a container, 0.0.0.0.
EXPOSE 8080 8000
# /livez says only that this process answers. A dependency that is down shows in /health and must not restart us.
HEALTHCHECK --interval=15s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.METRICS_PORT || 8000}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "src/cli/main.ts"]
CMD ["run", "all"]
