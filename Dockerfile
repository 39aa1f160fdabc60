# Memoir, packed as `npm pack` packs it, and run by nobody in particular.
FROM node:20-slim AS build
WORKDIR /source
COPY . .
RUN mkdir /packed && npm pack --pack-destination /packed

FROM node:20-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8283 MEMOIR_DATA_DIR=/data
COPY --from=build /packed /packed
RUN npm install --global --no-audit --no-fund /packed/*.tgz && rm -rf /packed /root/.npm \
  && mkdir /data && chown node:node /data
USER node
WORKDIR /data
VOLUME /data
EXPOSE 8283
# Another host than loopback needs MEMOIR_PASSWORD: without one the server says so, and ends.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/v1/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["memoir"]
