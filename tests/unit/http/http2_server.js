// SPDX-License-Identifier: Apache-2.0
// An HTTP/2 server that we did not write: node http2_server.js KEY CERT. Prints its port; ends with its input.
//   /sessions  how many connections it has seen      /watch   a line every two milliseconds
//   /flood     as fast as the peer reads             /goaway  asks the peer for a new connection
//   /die       exits                                 others   method, path and body
'use strict';
const fs = require('fs');
const http2 = require('http2');

let sessions = 0;
const server = http2.createSecureServer({ key: fs.readFileSync(process.argv[2]), cert: fs.readFileSync(process.argv[3]) });
server.on('session', (session) => { sessions++; session.on('error', () => {}); });

function flood(stream) {
  const piece = Buffer.alloc(16384, 'f');
  while (!stream.destroyed && stream.write(piece));
  if (!stream.destroyed) stream.once('drain', () => flood(stream));
}

server.on('stream', (stream, headers) => {
  stream.on('error', () => {});
  const path = headers[':path'];
  if (path === '/die') process.exit(0);
  if (path === '/goaway') stream.session.goaway();
  stream.respond({ ':status': 200 });
  if (path === '/watch') {
    const timer = setInterval(() => stream.write('line\n'), 2);
    stream.on('close', () => clearInterval(timer));
  } else if (path === '/flood') {
    flood(stream);
  } else if (path === '/sessions') {
    stream.end(String(sessions));
  } else {
    const body = [];
    stream.on('data', (piece) => body.push(piece));
    stream.on('end', () => stream.end(`${headers[':method']} ${path} ${Buffer.concat(body)}`));
  }
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
