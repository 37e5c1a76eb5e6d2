// Turns the plain forms into calls of the auth wire and shows what the edge answers. Without this script the forms still
// post; the answer is then the edge's JSON.
const who = document.getElementById('who');
const details = document.getElementById('session');
const doors = document.getElementById('doors');
const signOut = document.getElementById('sign-out');

async function showSession() {
  const response = await fetch('/api/auth/get-session');
  if (!response.ok) {
    who.textContent = 'The edge cannot say right now (' + response.status + ').';
    return;
  }
  const known = await response.json();
  doors.hidden = known !== null;
  signOut.hidden = details.hidden = known === null;
  details.replaceChildren();
  if (known === null) {
    who.textContent = 'Nobody is signed in here.';
    return;
  }
  who.textContent = 'You are ' + known.user.name + '.';
  const rows = {
    'E-mail': known.user.email,
    'Role': known.user.role,
    'Signed in': new Date(known.session.createdAt).toLocaleString(),
    'Until': new Date(known.session.expiresAt).toLocaleString(),
    'From': known.session.ipAddress
  };
  for (const [name, value] of Object.entries(rows)) {
    const term = document.createElement('dt');
    const text = document.createElement('dd');
    term.textContent = name;
    text.textContent = value;
    details.append(term, text);
  }
}

for (const form of document.querySelectorAll('form')) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    const fault = form.querySelector('.fault');
    button.disabled = true;
    try {
      const response = await fetch(form.action, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(Object.fromEntries(new FormData(form)))
      });
      const answer = await response.json();
      if (fault) {
        fault.textContent = response.ok ? '' : answer.message;
      }
      if (response.ok) {
        form.reset();
      }
      await showSession();
    } catch {
      who.textContent = 'The edge did not answer.';
    } finally {
      button.disabled = false;
    }
  });
}

showSession();
