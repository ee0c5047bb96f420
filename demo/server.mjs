// Acme CRM: what a host app's server has to do for Portico, which is to sign user tokens.
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const port = Number(process.env.DEMO_PORT ?? 4000);
const porticoUrl = process.env.PORTICO_URL ?? 'http://localhost:3000';
const sandboxUrl = process.env.SANDBOX_URL ?? 'http://127.0.0.1:4100';
const projectId = required('PORTICO_PROJECT');
const key = createPrivateKey(readFileSync(required('PORTICO_SIGNING_KEY_FILE')));

// The page works under a strict policy, and so shows that the SDK does.
const portico = new URL(porticoUrl).origin;
const policy = [
  `default-src 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; form-action 'self'`,
  `script-src 'self' ${portico}; connect-src 'self' ${portico}; frame-src ${portico}; img-src 'self' ${portico}`,
].join('; ');

const files = new Map([
  ['/', file('index.html', 'text/html')],
  ['/app.js', file('app.js', 'text/javascript')],
  ['/crm.js', file('crm.js', 'text/javascript')],
  ['/kinds.js', file('kinds.js', 'text/javascript')],
  ['/style.css', file('style.css', 'text/css')],
  ['/icon.svg', file('icon.svg', 'image/svg+xml')],
]);

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://host');
  const route = `${request.method} ${pathname}`;
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', policy);
  // Another name for this machine could be any website's.
  if (!/^(127\.0\.0\.1|localhost):\d+$/.test(request.headers.host ?? '')) return json(response, 421, { message: 'Wrong host.' });
  if (route === 'GET /healthz') return response.end('ok');
  if (route === 'GET /config.json') return json(response, 200, { projectId, porticoUrl, sandboxUrl });
  if (route === 'POST /session') return session(request, response);
  const found = request.method === 'GET' && files.get(pathname);
  if (!found) return json(response, 404, { message: 'There is nothing here.' });
  response.writeHead(200, { 'Content-Type': `${found.type}; charset=utf-8` }).end(found.content);
});

/** A real app knows who is signed in; in this one everybody says who they are. */
async function session(request, response) {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > 1000) return json(response, 413, { message: 'That is too much.' });
  }
  const user = userIn(text);
  if (!user) return json(response, 400, { message: 'Send {"user": "ada"}: lower-case letters, digits and hyphens.' });
  json(response, 200, { token: userToken(user) });
}

function userIn(text) {
  try {
    const { user } = JSON.parse(text);
    return /^[a-z0-9-]{1,64}$/.test(user) ? user : undefined;
  } catch {
    return undefined;
  }
}

/** A JWT that says to Portico who the user is, for an hour. */
function userToken(user) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: user, iat: now, exp: now + 3600, aud: `useparagon.com/${projectId}` };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

function json(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

function file(name, type) {
  return { type, content: readFileSync(new URL(`public/${name}`, import.meta.url)) };
}

function required(name) {
  const value = process.env[name];
  if (value) return value;
  console.error(`${name} is not set; \`cargo xtask demo\` starts this with everything it needs.`);
  process.exit(2);
}

server.listen(port, '127.0.0.1', () => console.log(`Acme CRM is at http://127.0.0.1:${port}`));
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections?.();
  });
}
