// The peer of `bench_order`: Node's `ws`, sending the bytes of a file to every client. Same stdin and stdout as order_server.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { WebSocketServer, WebSocket } = require("ws");

const payload = readFileSync(process.argv[2]);
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false, backlog: 1024 });

function send() {
  let told = 0;
  for (const client of server.clients) {
    if (client.readyState !== WebSocket.OPEN) continue;
    client.send(payload, { binary: false });
    told += 1;
  }
  return told;
}

server.on("connection", (socket) => socket.on("message", () => {}));
server.on("listening", () => console.log(JSON.stringify({ port: server.address().port })));
createInterface({ input: process.stdin }).on("line", (command) => {
  const told = command === "order" ? send() : 0;
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ told, cpu: (user + system) / 1e6, resident: process.memoryUsage().rss }));
}).on("close", () => process.exit(0));
