// A module with Express. It listens on 127.0.0.1 only: whatever reaches it came through the edge.
const express = require('express');

const app = express();
// The edge tells the one client address; it is the only proxy that can be here.
app.set('trust proxy', 'loopback');
// The edge knows paths as they are written: /Admin is not /admin.
app.enable('case sensitive routing');

app.get('/modules/notes/', (request, response) => {
  response.json({ hello: request.get('x-edge-user-email'), from: request.ip, role: request.get('x-edge-user-role') });
});
app.get('/health', (request, response) => response.json({ status: 'ok', version: '1.0.0' }));

app.listen(Number(process.env.PORT || 3000), '127.0.0.1');
