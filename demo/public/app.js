// The page of Acme CRM. What it does with Portico is in crm.js.
import { INTEGRATIONS, account, config, connect, dashboardUrl, disconnect, nameOf, onChange, placeOf, publish, signIn } from './crm.js';
import { KINDS } from './kinds.js';

const USERS = { ada: 'Ada Lovelace', grace: 'Grace Hopper', katherine: 'Katherine Johnson' };

const $ = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const user = asked.get('user') ?? 'ada';
const what = asked.get('what') in KINDS ? asked.get('what') : 'lead';
const kind = KINDS[what];
const form = $('form');

/** Makes an element; what a person typed only ever becomes text. */
function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function button(text, className, onclick, label) {
  const made = make('button', { type: 'button', className, onclick }, text);
  if (label) made.ariaLabel = label;
  return made;
}

function showProblem(text) {
  $('problem').hidden = !text;
  $('problem').querySelector('p').textContent = text ?? '';
}

// The form

function field({ label, options, ...properties }) {
  const input = options
    ? make('select', properties, ...options.map((option) => new Option(option)))
    : make('input', { autocomplete: 'off', ...properties });
  return make('label', {}, `${label} `, input);
}

const submit = make('button', { type: 'submit', disabled: true }, kind.submit);
form.append(
  ...kind.fields.map((own) => (Array.isArray(own) ? make('div', { className: 'pair' }, ...own.map(field)) : field(own))),
  submit,
);

// The integrations

const STATES = {
  none: { badge: 'Not connected', words: () => '' },
  connected: { badge: 'Connected', words: ({ label }) => `As ${label}` },
  refused: { badge: 'Needs attention', words: ({ name, label }) => `${name} no longer accepts ${label}.` },
};

function card(own, note) {
  const { badge, words } = STATES[own.status];
  const { integration, name } = own;
  const open = (tab) => () => openPortal(integration, tab);
  const buttons = {
    none: () => [button(`Connect ${name}`, '', open())],
    connected: () => [button('Manage', 'quiet', open('configuration'), `Manage ${name}`), disconnectButton(own)],
    refused: () => [button('Reconnect', '', open('configuration'), `Reconnect ${name}`), disconnectButton(own)],
  };
  const about = make(
    'div',
    { className: 'integration' },
    make('img', { src: own.icon, alt: '', width: 40, height: 40 }),
    make('div', {}, make('h3', {}, name), make('p', { className: 'muted' }, words(own))),
    make('span', { className: `badge ${own.status}` }, badge),
  );
  const parts = [about, make('div', { className: 'buttons' }, ...buttons[own.status]())];
  if (note) parts.push(make('p', { className: 'note', role: 'status' }, note));
  return make('section', { className: 'offer', ariaLabel: name, id: `offer-${integration}` }, ...parts);
}

/** Shows them all as they are, with a note beside one of them. */
function showIntegrations(notes = {}) {
  $('list').replaceChildren(...INTEGRATIONS.map((own) => card(account(own), notes[own])));
  $('list').ariaBusy = 'false';
}

function disconnectButton({ integration, name }) {
  const act = async ({ currentTarget }) => {
    currentTarget.disabled = true;
    try {
      await disconnect(integration);
      showIntegrations();
    } catch (error) {
      showIntegrations({ [integration]: error.message });
    }
  };
  return button('Disconnect', 'quiet', act, `Disconnect ${name}`);
}

const NOTES = {
  denied: (name) => `${name} was not connected: access was denied.`,
  blocked: (name) => `Your browser blocked the window of ${name}. Allow pop-ups for this page and try again.`,
  timed_out: (name) => `${name} was not connected: it took too long. Try again.`,
  failed: (name) => `${name} was not connected.`,
};

async function openPortal(integration, tab) {
  try {
    const { outcome, message } = await connect(integration, tab);
    const note = NOTES[outcome]?.(nameOf(integration));
    showIntegrations({ [integration]: note && message ? message : note });
  } catch (error) {
    showIntegrations({ [integration]: error.message });
  }
  // The button that opened the portal may be another one now.
  if (document.activeElement === document.body) $(`offer-${integration}`).querySelector('button').focus();
}

// What was created

const REASONS = {
  started: { badge: 'connected', words: (name) => `On its way to ${name}.` },
  disabled: { badge: 'none', words: (name) => `${name}: the workflow is switched off.`, action: () => ['Switch it on', 'configuration'] },
  not_connected: { badge: 'none', words: (name) => `${name} is not connected.`, action: (name) => [`Connect ${name}`] },
  credential_invalid: { badge: 'refused', words: (name) => `${name} no longer accepts the account.`, action: () => ['Reconnect', 'configuration'] },
  setting_missing: { badge: 'refused', words: (name, { setting }) => `${name}: “${setting}” has no value.`, action: () => ['Open settings', 'configuration'] },
};

function reason(decision) {
  const { badge, words, action } = REASONS[decision.outcome];
  const { integration } = decision;
  const name = nameOf(integration);
  const line = make('p', { className: `reason ${badge}` }, words(name, decision));
  if (decision.outcome === 'started') line.append(' ', make('a', { href: placeOf(integration), target: '_blank', rel: 'noopener' }, 'See it there'));
  const [text, tab] = action?.(name) ?? [];
  if (text) line.append(' ', button(text, 'link', () => openPortal(integration, tab)));
  return line;
}

function showCreated(thing, decisions) {
  const known = decisions.filter((decision) => decision.outcome in REASONS);
  const reasons = known.map(reason);
  if (!reasons.length) reasons.push(make('p', { className: 'reason none' }, 'Kept here: no workflow waits for this.'));
  const [name, more] = kind.words(thing);
  const text = make(
    'div',
    {},
    make('h3', {}, name.filter(Boolean).join(' ')),
    make('p', { className: 'muted' }, more.filter(Boolean).join(' · ')),
  );
  $('results').prepend(make('li', {}, text, make('div', {}, ...reasons)));
  $('none').hidden = true;
}

form.onsubmit = async (event) => {
  event.preventDefault();
  const thing = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
  if (what === 'task') thing.creator = USERS[user];
  submit.disabled = true;
  submit.textContent = 'Creating…';
  showProblem();
  try {
    const { decisions } = await publish(kind.event, thing);
    showCreated(thing, decisions);
    form.reset();
    form.elements[0].focus();
  } catch (error) {
    // What was typed stays, to be sent again.
    showProblem(`Nothing was created. ${error.message}`);
    $('retry').onclick = () => form.requestSubmit();
  } finally {
    submit.disabled = false;
    submit.textContent = kind.submit;
  }
};

// The user

async function start() {
  submit.disabled = true;
  showProblem();
  $('list').ariaBusy = 'true';
  try {
    await signIn(user);
    showIntegrations();
    submit.disabled = false;
  } catch (error) {
    $('list').replaceChildren(make('p', { className: 'muted' }, 'Integrations cannot be shown.'));
    showProblem(error.message);
    $('retry').onclick = () => start().then(listen);
  }
}

let listening = false;

/** Once, as soon as there is an SDK to listen to. */
function listen() {
  if (listening || !window.portico) return;
  listening = true;
  onChange(() => window.portico.getUser().authenticated && showIntegrations());
}

if (!(user in USERS)) USERS[user] = user;
$('user').append(...Object.entries(USERS).map(([id, name]) => new Option(name, id, false, id === user)));
const address = (to) => `/?${new URLSearchParams({ user, what, ...to })}`;
// Another user is another visit: nothing of the one before may stay on the page.
$('user').onchange = ({ target }) => location.assign(address({ user: target.value }));
$('kinds').append(
  ...Object.entries(KINDS).map(([id, { title }]) => {
    const link = make('a', { href: address({ what: id }) }, title);
    if (id === what) link.ariaCurrent = 'page';
    return link;
  }),
);
$('title').textContent = kind.title;
$('purpose').textContent = kind.purpose;
$('new').textContent = kind.heading;
$('sandbox-link').href = config.sandboxUrl;
$('dashboard-link').href = dashboardUrl;

await start();
listen();
