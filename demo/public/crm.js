// Everything Acme CRM does with Portico.

const INTEGRATION = 'salesforce';

/** Where things are: the project, Portico and the sandbox. */
export const config = await (await fetch('/config.json')).json();

/** The address of the list where created leads are to be found. */
export const leadsUrl = `${config.sandboxUrl}/salesforce/acme/lightning/o/Lead/list`;

export const dashboardUrl = `${config.porticoUrl}/dashboard`;

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

/** The Salesforce account of whoever is signed in. */
export function account() {
  const { name, icon } = window.portico.getIntegrationMetadata(INTEGRATION);
  const { enabled, credentialStatus, providerData } = window.portico.getUser().integrations[INTEGRATION];
  const status = !enabled ? 'none' : credentialStatus === 'INVALID' ? 'refused' : 'connected';
  return { name, icon, status, label: providerData?.label ?? providerData?.email ?? 'your account' };
}

/** Calls back whenever the account or a workflow changes, wherever that is done. */
export function onChange(callback) {
  for (const event of ['onIntegrationInstall', 'onIntegrationUninstall', 'onWorkflowChange', 'onPortalClose']) {
    window.portico.subscribe(event, callback);
  }
}

export function connect(tab) {
  return withToken(() => window.portico.connect(INTEGRATION, { tab }));
}

export function disconnect() {
  return withToken(() => window.portico.uninstallIntegration(INTEGRATION));
}

export function leadCreated(lead) {
  return withToken(() => window.portico.event('Lead Created', lead));
}
