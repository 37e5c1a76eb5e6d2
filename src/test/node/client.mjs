// better-auth's own client against a running edge: signs up, reads the session, signs out, signs in again.
// Argument: the base URL. Exits with 1 and says what was different.
import assert from 'node:assert/strict';
import { createAuthClient } from 'better-auth/client';

const baseURL = process.argv[2];
const jar = new Map();

// What a browser does by itself: keep cookies, send them back, say where the page came from.
async function browserFetch(input, init = {}) {
  const headers = new Headers(init.headers);
  headers.set('origin', baseURL);
  if (jar.size > 0) {
    headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
  }
  const response = await fetch(input, { ...init, headers });
  for (const line of response.headers.getSetCookie()) {
    const [pair, ...attributes] = line.split('; ');
    const equals = pair.indexOf('=');
    if (attributes.includes('Max-Age=0')) {
      jar.delete(pair.slice(0, equals));
    } else {
      jar.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
  }
  return response;
}

const client = createAuthClient({ baseURL, fetchOptions: { customFetchImpl: browserFetch } });
const person = { name: 'Ada', email: 'ada@example.org', password: 'correct horse' };

function ok(step, { data, error }) {
  assert.equal(error, null, `${step}: ${JSON.stringify(error)}`);
  return data;
}

assert.equal(ok('session before', await client.getSession()), null);

const signedUp = ok('sign up', await client.signUp.email({ ...person, callbackURL: '/ui/dashboard' }));
assert.equal(signedUp.user.email, person.email);
assert.equal(signedUp.user.role, 'admin');
assert.ok(signedUp.user.createdAt instanceof Date, 'dates are revived');
assert.ok(Math.abs(signedUp.user.createdAt - Date.now()) < 60_000, 'and mean what they say');

const session = ok('session', await client.getSession());
assert.equal(session.user.id, signedUp.user.id);
assert.equal(session.session.token, signedUp.token);
const days = (session.session.expiresAt - Date.now()) / 86_400_000;
assert.ok(days > 6.9 && days <= 7, `seven days, not ${days}`);

assert.deepEqual(ok('sign out', await client.signOut()), { success: true });
assert.equal(jar.size, 0, 'sign out clears every cookie');
assert.equal(ok('session after', await client.getSession()), null);

const wrong = await client.signIn.email({ email: person.email, password: 'wrong horse' });
assert.equal(wrong.data, null);
assert.equal(wrong.error.status, 401);
assert.equal(wrong.error.code, 'INVALID_EMAIL_OR_PASSWORD');
assert.equal(wrong.error.message, 'Invalid email or password');

const again = await client.signUp.email(person);
assert.equal(again.error.status, 422);

const signedIn = ok('sign in', await client.signIn.email({ email: 'ADA@example.org', password: person.password }));
assert.equal(signedIn.redirect, false);
assert.equal(signedIn.url, undefined);
assert.equal(ok('session at last', await client.getSession()).user.name, 'Ada');

console.log('better-auth client: all calls passed');
