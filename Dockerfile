# One image for every service: the workspace itself, which Node runs as it is. (Node strips types, but not below
# node_modules, so a package that is copied there, as `pnpm deploy` does, would not run.)
FROM node:24-bookworm-slim AS build
WORKDIR /app
ENV npm_config_update_notifier=false CI=true
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml .pnpmfile.cjs .npmrc ./
COPY patches patches
RUN npx --yes pnpm@12.21.0 fetch --prod && rm -rf node_modules
COPY . .
RUN npx --yes --prefer-offline pnpm@12.21.0 install --offline --frozen-lockfile --prod \
      --filter-prod "{./services/*}..." \
 && rm -rf packages/testing node_modules/.pnpm/node-linux-* node_modules/.pnpm/@electric-sql*

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
# A name server that is silent is given up after 1 s, not 5 (docs/operations.md, DNS).
ENV RES_OPTIONS="timeout:1 attempts:3"
COPY --from=build /app ./
# A new volume belongs to the owner of the folder that it is mounted on.
RUN install -d -o node -g node /var/lib/countersign/demo
USER node
