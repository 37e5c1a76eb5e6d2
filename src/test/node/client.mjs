// better-auth's own client against a running edge: every core and admin call that needs no mail.
// Arguments: the base URL, the package to take the client from, and a word for the addresses. Exits with 1 and says what was
// different.
import assert from 'node:assert/strict';

const [baseURL, library, word] = process.argv.slice(2);
const { createAuthClient } = await import(`${library}/client`);
const { adminClient } = await import(`${library}/client/plugins`);

// What a browser does by itself: keep cookies, send them back, say where the page came from.
function browser() {
  const jar = new Map();
  async function customFetchImpl(input, init = {}) {
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
  return { jar, client: createAuthClient({ baseURL, fetchOptions: { customFetchImpl }, plugins: [adminClient()] }) };
}

function ok(step, { data, error }) {
  assert.equal(error, null, `${step}: ${JSON.stringify(error)}`);
  return data;
}

function refused(step, { data, error }, status, code) {
  assert.equal(data, null, step);
  assert.equal(error.status, status, step);
  assert.equal(error.code, code, step);
}

const password = 'correct horse battery';
const person = name => ({ name, email: `${name}.${word}@example.org`, password });
const { jar, client } = browser();
const owner = person('owner');

assert.equal(ok('session before', await client.getSession()), null);
const signedUp = ok('sign up', await client.signUp.email({ ...owner, callbackURL: '/ui/dashboard' }));
assert.equal(signedUp.user.email, owner.email);
assert.equal(signedUp.user.role, 'admin');
assert.ok(signedUp.user.createdAt instanceof Date, 'dates are revived');
assert.ok(Math.abs(signedUp.user.createdAt - Date.now()) < 60_000, 'and mean what they say');

const session = ok('session', await client.getSession());
assert.equal(session.user.id, signedUp.user.id);
assert.equal(session.session.token, signedUp.token);
const days = (session.session.expiresAt - Date.now()) / 86_400_000;
assert.ok(days > 6.9 && days <= 7, `seven days, not ${days}`);

assert.deepEqual(ok('sign out', await client.signOut()), { success: true });
assert.deepEqual([...jar.keys()], ['molos.device'], 'sign out clears every cookie of the session');
assert.equal(ok('session after', await client.getSession()), null);
refused('wrong password', await client.signIn.email({ email: owner.email, password: 'wrong horse battery' }), 401, 'INVALID_EMAIL_OR_PASSWORD');
refused('taken', await client.signUp.email(owner), 422, 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL');
const signedIn = ok('sign in', await client.signIn.email({ email: owner.email.toUpperCase(), password }));
assert.equal(signedIn.redirect, false);
assert.equal(signedIn.url, undefined);

// One's own account and sessions.
assert.deepEqual(ok('update', await client.updateUser({ name: 'Owner', image: 'https://x.example/a.png' })), { status: true });
const me = ok('session', await client.getSession());
assert.equal(me.user.name, 'Owner');
const other = browser();
ok('a second browser', await other.client.signIn.email({ email: owner.email, password }));
const sessions = ok('list sessions', await client.listSessions());
assert.equal(sessions.length, 2);
const mine = sessions.find(s => s.id === me.session.id);
const theirs = sessions.find(s => s.id !== me.session.id);
assert.equal(mine.token, me.session.token);
assert.deepEqual(ok('revoke', await client.revokeSession({ token: theirs.token })), { status: true });
assert.equal(ok('is gone', await other.client.getSession()), null);
ok('again', await other.client.signIn.email({ email: owner.email, password }));
assert.deepEqual(ok('revoke others', await client.revokeOtherSessions()), { status: true });
assert.equal(ok('is gone', await other.client.getSession()), null);
assert.equal(ok('accounts', await client.listAccounts())[0].providerId, 'credential');
refused('not the password', await client.changePassword({ currentPassword: 'wrong horse battery', newPassword: 'new horse battery' }), 400, 'INVALID_PASSWORD');
const changed = ok('change password', await client.changePassword({ currentPassword: password, newPassword: 'new horse battery', revokeOtherSessions: true }));
assert.equal(typeof changed.token, 'string');
ok('and back', await client.changePassword({ currentPassword: 'new horse battery', newPassword: password }));
refused('change e-mail', await client.changeEmail({ newEmail: 'x@example.org' }), 400, 'CHANGE_EMAIL_IS_DISABLED');
refused('verification', await client.sendVerificationEmail({ email: owner.email }), 400, 'VERIFICATION_EMAIL_ISNT_ENABLED');
const forget = client.requestPasswordReset ?? client.forgetPassword;
refused('reset', await forget({ email: owner.email, redirectTo: '/x' }), 400, 'RESET_PASSWORD_ISNT_ENABLED');
refused('reset', await client.resetPassword({ newPassword: 'new horse battery', token: 'x' }), 400, 'INVALID_TOKEN');

// Somebody who is no admin.
const ada = browser();
ok('Ada signs up', await ada.client.signUp.email(person('ada')));
const adaId = ok('Ada', await ada.client.getSession()).user.id;
refused('not for Ada', await ada.client.admin.listUsers({ query: { limit: 100 } }), 403, 'YOU_ARE_NOT_ALLOWED_TO_LIST_USERS');

// The admin's calls.
const list = ok('list users', await client.admin.listUsers({ query: { limit: 100, sortBy: 'email', sortDirection: 'asc' } }));
assert.deepEqual(list.users.map(u => u.email), [person('ada').email, owner.email]);
assert.equal(list.total, 2);
const made = ok('create', await client.admin.createUser({ ...person('cleo'), role: 'user' })).user;
assert.equal(made.email, person('cleo').email);
if (client.admin.getUser) {
  assert.equal(ok('get', await client.admin.getUser({ query: { id: adaId } })).email, person('ada').email);
}
if (client.admin.updateUser) {
  assert.equal(ok('update', await client.admin.updateUser({ userId: adaId, data: { name: 'Countess' } })).name, 'Countess');
}
assert.equal(ok('role', await client.admin.setRole({ userId: made.id, role: 'admin' })).user.role, 'admin');
assert.equal(ok('role', await client.admin.setRole({ userId: made.id, role: ['user', 'editor'] })).user.role, 'user,editor');
refused('last admin', await client.admin.setRole({ userId: signedUp.user.id, role: 'user' }), 400, 'LAST_ADMIN');
assert.equal(ok('permission', await client.admin.hasPermission({ permissions: { user: ['ban'] } })).success, true);
assert.equal(ok('sessions', await client.admin.listUserSessions({ userId: adaId })).sessions.length, 1);
const banned = ok('ban', await client.admin.banUser({ userId: adaId, banReason: 'late', banExpiresIn: 3600 })).user;
assert.equal(banned.banned, true);
assert.ok(banned.banExpires instanceof Date);
assert.equal(ok('Ada is out', await ada.client.getSession()), null);
refused('and stays out', await ada.client.signIn.email(person('ada')), 403, 'BANNED_USER');
assert.equal(ok('unban', await client.admin.unbanUser({ userId: adaId })).user.banned, false);
ok('Ada is back', await ada.client.signIn.email(person('ada')));
const adas = ok('sessions', await client.admin.listUserSessions({ userId: adaId })).sessions;
assert.deepEqual(ok('revoke one', await client.admin.revokeUserSession({ sessionToken: adas[0].token })), { success: true });
assert.equal(ok('Ada is out', await ada.client.getSession()), null);
ok('Ada is back', await ada.client.signIn.email(person('ada')));
assert.deepEqual(ok('revoke all', await client.admin.revokeUserSessions({ userId: adaId })), { success: true });
assert.equal(ok('Ada is out', await ada.client.getSession()), null);
assert.deepEqual(ok('password', await client.admin.setUserPassword({ userId: adaId, newPassword: 'new horse battery' })), { status: true });
const been = ok('impersonate', await client.admin.impersonateUser({ userId: adaId }));
assert.equal(been.user.id, adaId);
assert.equal(ok('is Ada', await client.getSession()).user.id, adaId);
assert.equal(ok('stop', await client.admin.stopImpersonating()).user.id, signedUp.user.id);
assert.equal(ok('is the owner', await client.getSession()).user.id, signedUp.user.id);
assert.deepEqual(ok('remove', await client.admin.removeUser({ userId: made.id })), { success: true });
refused('last admin', await client.deleteUser({ password }), 400, 'LAST_ADMIN');
ok('Ada again', await ada.client.signIn.email({ email: person('ada').email, password: 'new horse battery' }));
assert.equal(ok('Ada leaves', await ada.client.deleteUser()).success, true);
assert.deepEqual(ok('revoke mine', await client.revokeSessions()), { status: true });
assert.equal(ok('session at last', await client.getSession()), null);

console.log(`${library}'s client: all calls passed`);
