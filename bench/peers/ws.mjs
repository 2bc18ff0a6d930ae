// node's ws, as its README broadcasts: node ws.mjs WEBSOCKET_PORT TRIGGER_PORT
import net from 'node:net';
import { createRequire } from 'node:module';

const { WebSocketServer } = createRequire(process.env.WS_FROM)('ws');
const [port, triggerPort] = process.argv.slice(2).map(Number);
const server = new WebSocketServer({ host: '127.0.0.1', port, perMessageDeflate: false, backlog: 4096 });

function broadcast(payload) {
  for (const client of server.clients) client.send(payload, { binary: false });
}

net.createServer((socket) => {
  let waiting = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    waiting = waiting.length ? Buffer.concat([waiting, bytes]) : bytes;
    while (waiting.length >= 4 && waiting.length - 4 >= waiting.readUInt32BE(0)) {
      const end = 4 + waiting.readUInt32BE(0);
      broadcast(waiting.subarray(4, end));
      waiting = waiting.subarray(end);
    }
  });
  socket.on('error', () => {});
}).listen(triggerPort, '127.0.0.1');
