// The page of Acme CRM. What it does with Portico is in crm.js.
import { account, connect, dashboardUrl, disconnect, leadCreated, leadsUrl, onChange, signIn } from './crm.js';

const USERS = { ada: 'Ada Lovelace', grace: 'Grace Hopper', katherine: 'Katherine Johnson' };

const $ = (id) => document.getElementById(id);
const form = $('lead');
const submit = form.querySelector('button');

/** Makes an element; what a person typed only ever becomes text. */
function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function button(text, className, onclick) {
  return make('button', { type: 'button', className, onclick }, text);
}

function showProblem(text) {
  $('problem').hidden = !text;
  $('problem').querySelector('p').textContent = text ?? '';
}

// The integration

const STATES = {
  none: { badge: 'Not connected', words: () => 'Every new lead becomes a lead in Salesforce.' },
  connected: { badge: 'Connected', words: ({ label }) => `As ${label}` },
  refused: { badge: 'Needs attention', words: ({ label }) => `Salesforce no longer accepts ${label}.` },
};

function showIntegration(note) {
  const own = account();
  const { badge, words } = STATES[own.status];
  const buttons = {
    none: () => [button(`Connect ${own.name}`, '', () => openPortal())],
    connected: () => [button('Manage', 'quiet', () => openPortal('configuration')), disconnectButton()],
    refused: () => [button('Reconnect', '', () => openPortal('configuration')), disconnectButton()],
  };
  const about = make(
    'div',
    { className: 'integration' },
    make('img', { src: own.icon, alt: '', width: 40, height: 40 }),
    make('div', {}, make('h3', {}, own.name), make('p', { className: 'muted' }, words(own))),
    make('span', { className: `badge ${own.status}` }, badge),
  );
  const parts = [about, make('div', { className: 'buttons' }, ...buttons[own.status]())];
  if (note) parts.push(make('p', { className: 'note', role: 'status' }, note));
  $('integration').replaceChildren(...parts);
  $('integration').ariaBusy = 'false';
}

function disconnectButton() {
  return button('Disconnect', 'quiet', async ({ currentTarget }) => {
    currentTarget.disabled = true;
    try {
      await disconnect();
      showIntegration();
    } catch (error) {
      showIntegration(error.message);
    }
  });
}

const NOTES = {
  denied: 'Salesforce was not connected: access was denied.',
  blocked: 'Your browser blocked the window of Salesforce. Allow pop-ups for this page and try again.',
  timed_out: 'Salesforce was not connected: it took too long. Try again.',
  failed: 'Salesforce was not connected.',
};

async function openPortal(tab) {
  try {
    const { outcome, message } = await connect(tab);
    const note = NOTES[outcome];
    showIntegration(note && message ? message : note);
  } catch (error) {
    showIntegration(error.message);
  }
  // The button that opened the portal may be another one now.
  if (document.activeElement === document.body) $('integration').querySelector('button').focus();
}

// Leads

const REASONS = {
  started: { badge: 'connected', words: () => 'On its way to Salesforce.' },
  disabled: { badge: 'none', words: () => 'Kept here: the workflow is switched off.', action: ['Switch it on', 'configuration'] },
  not_connected: { badge: 'none', words: () => 'Kept here: Salesforce is not connected.', action: ['Connect Salesforce'] },
  credential_invalid: { badge: 'refused', words: () => 'Kept here: Salesforce no longer accepts the account.', action: ['Reconnect', 'configuration'] },
  setting_missing: { badge: 'refused', words: ({ setting }) => `Kept here: the setting “${setting}” has no value.`, action: ['Open settings', 'configuration'] },
};

const NOBODY_LISTENS = { badge: 'none', words: () => 'Kept here: no workflow waits for new leads.' };

function reason(decision) {
  const { badge, words, action } = (decision && REASONS[decision.outcome]) ?? NOBODY_LISTENS;
  const line = make('p', { className: `reason ${badge}` }, words(decision ?? {}));
  if (decision?.outcome === 'started') line.append(' ', make('a', { href: leadsUrl, target: '_blank', rel: 'noopener' }, 'See it there'));
  if (action) line.append(' ', button(action[0], 'link', () => openPortal(action[1])));
  return line;
}

function showLead(lead, decisions) {
  const name = [lead.first_name, lead.last_name].filter(Boolean).join(' ');
  const reasons = decisions.length ? decisions.map(reason) : [reason()];
  const text = make('div', {}, make('h3', {}, name), make('p', { className: 'muted' }, [lead.company, lead.email].filter(Boolean).join(' · ')));
  $('results').prepend(make('li', {}, text, make('div', {}, ...reasons)));
  $('none').hidden = true;
}

form.onsubmit = async (event) => {
  event.preventDefault();
  const lead = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
  submit.disabled = true;
  submit.textContent = 'Creating…';
  showProblem();
  try {
    const { decisions } = await leadCreated(lead);
    showLead(lead, decisions);
    form.reset();
    form.elements.first_name.focus();
  } catch (error) {
    // What was typed stays, to be sent again.
    showProblem(`The lead was not created. ${error.message}`);
    $('retry').onclick = () => form.requestSubmit();
  } finally {
    submit.disabled = false;
    submit.textContent = 'Create lead';
  }
};

// The user

async function start(user) {
  submit.disabled = true;
  showProblem();
  $('integration').ariaBusy = 'true';
  try {
    await signIn(user);
    showIntegration();
    submit.disabled = false;
  } catch (error) {
    $('integration').replaceChildren(make('p', { className: 'muted' }, 'Integrations cannot be shown.'));
    showProblem(error.message);
    $('retry').onclick = () => start(user).then(listen);
  }
}

let listening = false;

/** Once, as soon as there is an SDK to listen to. */
function listen() {
  if (listening || !window.portico) return;
  listening = true;
  onChange(() => window.portico.getUser().authenticated && showIntegration());
}

const wanted = new URLSearchParams(location.search).get('user') ?? 'ada';
if (!(wanted in USERS)) USERS[wanted] = wanted;
$('user').append(...Object.entries(USERS).map(([id, name]) => new Option(name, id, false, id === wanted)));
// Another user is another visit: nothing of the one before may stay on the page.
$('user').onchange = ({ target }) => location.assign(`/?user=${encodeURIComponent(target.value)}`);
$('leads-link').href = leadsUrl;
$('dashboard-link').href = dashboardUrl;

await start(wanted);
listen();
