// Everything Acme CRM does with Portico.
import { KINDS } from './kinds.js';

/** The integrations that Acme CRM offers, and where one sees what arrived at each simulated provider. */
const PLACES = {
  salesforce: '/salesforce/acme/lightning/o/Lead/list',
  hubspot: '/',
  marketo: '/',
  slack: '/',
};

export const INTEGRATIONS = Object.keys(PLACES);

/** Where things are: the project, Portico and the sandbox. */
export const config = await (await fetch('/config.json')).json();

export const dashboardUrl = `${config.porticoUrl}/dashboard`;

export function placeOf(integration) {
  return config.sandboxUrl + (PLACES[integration] ?? '/');
}

/** Loads the SDK from Portico, once. */
function loadSdk() {
  if (window.portico) return Promise.resolve();
  return new Promise((loaded, failed) => {
    const script = document.createElement('script');
    script.src = `${config.porticoUrl}/sdk.js`;
    script.onload = loaded;
    script.onerror = () => {
      script.remove();
      failed(new Error(`Portico does not answer at ${config.porticoUrl}. Is it running?`));
    };
    document.head.append(script);
  });
}

let signedIn;

export async function signIn(user) {
  await loadSdk();
  signedIn = user;
  const response = await fetch('/session', { method: 'POST', body: JSON.stringify({ user }) });
  const { token, message } = await response.json();
  if (!response.ok) throw new Error(message);
  await window.portico.authenticate(config.projectId, token, { metadata: { Name: user } });
}

/** Does something, with a new token if the one from an hour ago has expired. */
async function withToken(act) {
  try {
    return await act();
  } catch (error) {
    if (error.code !== 'user_token_expired') throw error;
    await signIn(signedIn);
    return act();
  }
}

export function nameOf(integration) {
  return window.portico.getIntegrationMetadata(integration)?.name ?? integration;
}

/** The account of whoever is signed in at one provider. */
export function account(integration) {
  const { name, icon } = window.portico.getIntegrationMetadata(integration);
  const { enabled, credentialStatus, providerData } = window.portico.getUser().integrations[integration];
  const status = !enabled ? 'none' : credentialStatus === 'INVALID' ? 'refused' : 'connected';
  return { integration, name, icon, status, label: providerData?.label ?? providerData?.email ?? 'your account' };
}

/** Calls back whenever an account or a workflow changes, wherever that is done. */
export function onChange(callback) {
  for (const event of ['onIntegrationInstall', 'onIntegrationUninstall', 'onWorkflowChange', 'onPortalClose']) {
    window.portico.subscribe(event, callback);
  }
}

/** What a contact has, for the mapping of HubSpot's properties: its position is asked for from the start. */
const mapObjectFields = {
  Contact: {
    fields: KINDS.contact.fields.flat().map(({ name, label }) => ({ value: name, label })),
    defaultFields: ['position'],
    userCanRemoveMappings: true,
  },
};

export function connect(integration, tab) {
  return withToken(() => window.portico.connect(integration, { tab, mapObjectFields }));
}

export function disconnect(integration) {
  return withToken(() => window.portico.uninstallIntegration(integration));
}

export function publish(event, payload) {
  return withToken(() => window.portico.event(event, payload));
}
