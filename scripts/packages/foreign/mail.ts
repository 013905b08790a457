import { emailAlerts } from '@gamekeeper/alerts';
import type { Alert } from '@gamekeeper/core';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

// Sends an alert as a mail, by a URL and by options, to a server that takes everything.
const since = Date.UTC(2026, 10, 24, 12);
const alert = {
  key: 'failing:check:clock',
  kind: 'unhealthy',
  severity: 'critical',
  subject: 'check',
  check: 'clock',
  verdict: 'failing',
  text: 'the clock is wrong',
  since,
  raisedAt: since,
  health: { name: 'clock', verdict: 'failing', text: 'the clock is wrong', since, checkedAt: since },
} as unknown as Alert;

let received = '';
const server = createServer((socket) => {
  socket.write('220 here\r\n');
  socket.on('data', (data) => take(socket, data.toString()));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

for (const transport of [`smtp://127.0.0.1:${port}`, { host: '127.0.0.1', port }]) {
  received = '';
  const channel = emailAlerts({ transport, from: 'jobs@example.org', to: 'ops@example.org' });
  await channel.send(alert, new AbortController().signal);
  if (!received.includes('the clock is wrong')) throw new Error(`the mail was: ${received}`);
}
server.close();
console.log('mails');

function take(socket: Socket, data: string): void {
  received += data;
  for (const command of data.split('\r\n')) {
    if (command === 'DATA') socket.write('354 go on\r\n');
    else if (command === 'QUIT') socket.end('221 bye\r\n');
    else if (/^(?:EHLO |HELO |MAIL |RCPT |\.$)/.test(command)) socket.write('250 fine\r\n');
  }
}
