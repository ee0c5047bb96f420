import { changes } from './changes';
import { PorticoError } from './errors';
import { callHost, Listeners } from './events';
import { openPortal, type Portal } from './portal';
import type {
  AuthenticatedUser,
  ConnectOptions,
  ConnectResult,
  EventName,
  EventOptions,
  EventPayload,
  EventResult,
  IntegrationMetadata,
  Listener,
  Portico,
  Selection,
  User,
  WorkflowRequest,
} from './types';
import { unsupported } from './unsupported';
import { randomKey, selection, type Send, wire } from './wire';

interface Session {
  projectId: string;
  send: Send;
  user: AuthenticatedUser;
  integrations: { id: string; type: string }[];
  metadata: IntegrationMetadata[];
}

const segment = encodeURIComponent;

class Sdk implements Portico {
  #base: string | undefined;
  #session: Session | undefined;
  #portal: Portal | undefined;
  #listeners = new Listeners();
  #attempts = 0;
  /** Looks at the user come one after another, or an old answer could follow a new one. Never rejects. */
  #looks: Promise<unknown> = Promise.resolve();

  constructor(base: string | undefined) {
    this.#base = base?.replace(/\/+$/, '');
    Object.assign(this, unsupported());
  }

  async authenticate(
    projectId: string,
    userToken: string,
    { metadata: meta }: { metadata?: Record<string, unknown> } = {},
  ): Promise<void> {
    if (this.#base === undefined) {
      throw new PorticoError('base_url_unknown', 'Load sdk.js from Portico or call createPortico(baseUrl).');
    }
    const attempt = ++this.#attempts;
    const send = wire(this.#base, projectId, userToken);
    try {
      const [user, integrations, metadata] = await Promise.all([
        send<AuthenticatedUser>('GET', '/me'),
        send<Session['integrations']>('GET', '/integrations'),
        send<IntegrationMetadata[]>('GET', '/metadata'),
      ]);
      if (attempt !== this.#attempts) {
        throw new PorticoError('superseded', 'authenticate() or logout() was called.');
      }
      const was = this.#session;
      // A new token of the same user must not close the portal they are in.
      if (was?.projectId !== projectId || was.user.userId !== user.userId) this.closePortal();
      this.#session = { projectId, send, user, integrations, metadata };
      if (meta && JSON.stringify({ ...user.meta, ...meta }) !== JSON.stringify(user.meta)) {
        await this.setUserMetadata(meta);
      }
    } catch (error) {
      if (attempt === this.#attempts) this.logout();
      throw error;
    }
  }

  logout(): void {
    this.#attempts++;
    this.#session = undefined;
    this.closePortal();
  }

  getUser(): User {
    return this.#session?.user ?? { authenticated: false };
  }

  getIntegrationMetadata(): IntegrationMetadata[];
  getIntegrationMetadata(type: string): IntegrationMetadata;
  getIntegrationMetadata(type?: string): IntegrationMetadata | IntegrationMetadata[] {
    const { metadata } = this.#signedIn();
    return type === undefined ? metadata : known(metadata, type);
  }

  async setUserMetadata(meta: Record<string, unknown>): Promise<User> {
    return this.#change('PATCH', '/me', { body: { meta } });
  }

  async connect(type: string, options: ConnectOptions = {}): Promise<ConnectResult> {
    const { metadata } = this.#signedIn();
    if (this.#portal) {
      this.#portal.focus();
      throw new PorticoError('already_open', 'The Connect Portal is open.');
    }
    const tell = (event: EventName, callback?: Listener) => {
      const payload = this.#about({ integrationType: type });
      callHost(callback, payload, this.getUser());
      this.#listeners.emit(event, payload, this.getUser());
    };
    let opened = false;
    let installed = false;
    const portal = openPortal({
      label: `Connect ${find(metadata, type)?.name ?? type}`,
      options,
      mint: () => this.#mint(type, options),
      opened: () => {
        opened = true;
        tell('onPortalOpen', options.onOpen);
      },
      connected: (credentialId) => {
        const look = this.#look();
        if (!installed) void look.then(() => this.#installed(type, credentialId, options));
        installed = true;
      },
      changed: () => void this.#look(),
      ended: () => (this.#portal = undefined),
    });
    this.#portal = portal;
    const result = await portal.result;
    // So that getUser() shows what was done in the portal.
    await this.#looks;
    const { outcome, code = outcome, message = outcome } = result;
    if (outcome !== 'connected' && outcome !== 'closed') callHost(options.onError, new PorticoError(code, message));
    if (opened) tell('onPortalClose', options.onClose);
    return result;
  }

  closePortal(): void {
    this.#portal?.close();
  }

  async event(name: string, payload: Record<string, unknown>, options: EventOptions = {}): Promise<EventResult> {
    return this.#signedIn().send('POST', '/events/trigger', {
      body: { name, payload },
      headers: { ...selection(options), 'Idempotency-Key': options.idempotencyKey ?? randomKey() },
      attempts: 2,
    });
  }

  async workflow<T = unknown>(
    workflowId: string,
    { body = {}, query, headers, ...options }: WorkflowRequest = {},
  ): Promise<T> {
    return this.#signedIn().send('POST', `/triggers/${segment(workflowId)}?${new URLSearchParams(query)}`, {
      body,
      headers: { ...headers, ...selection(options) },
    });
  }

  async enableWorkflow(workflowId: string, options: Selection = {}): Promise<User> {
    return this.#change('POST', `/workflows/${segment(workflowId)}`, { headers: selection(options) });
  }

  async disableWorkflow(workflowId: string, options: Selection = {}): Promise<User> {
    return this.#change('DELETE', `/workflows/${segment(workflowId)}`, { headers: selection(options) });
  }

  async uninstallIntegration(type: string, { selectedCredentialId }: Selection = {}): Promise<User> {
    const { integrations, user } = this.#signedIn();
    const { id } = known(integrations, type);
    const credentialId = selectedCredentialId ?? user.integrations[type]?.credentialId;
    return this.#change('DELETE', `/integrations/${segment(id)}`, { headers: selection({ credentialId }) });
  }

  subscribe(event: EventName, listener: Listener): () => boolean {
    this.#listeners.of(event).add(listener);
    return () => this.unsubscribe(event, listener);
  }

  unsubscribe(event: EventName, listener: Listener): boolean {
    return this.#listeners.of(event).delete(listener);
  }

  async #mint(integration: string, options: ConnectOptions): Promise<string> {
    const { accountType, selectedCredentialId: credentialId, selectedConfigurationId: configurationId, theme, locale, tab } = options;
    const { url } = await this.#signedIn().send<{ url: string }>('POST', '/portal-sessions', {
      body: { integration, options: { accountType, credentialId, configurationId, theme, locale, tab } },
    });
    return url;
  }

  #installed(integrationType: string, credentialId: string | undefined, options: ConnectOptions): void {
    const user = this.getUser();
    const all = this.#session?.user.integrations[integrationType]?.allCredentials;
    const credential = all?.find(({ id }) => id === credentialId);
    const payload = this.#about({ integrationType, credentialId, credential });
    callHost(options.onInstall, payload, user);
    callHost(options.onSuccess, payload, user);
  }

  /** Does something to the user, then looks at them again. */
  async #change(...request: Parameters<Send>): Promise<User> {
    await this.#signedIn().send(...request);
    await this.#look();
    return this.getUser();
  }

  /** Looks at the user again and tells the listeners what is new. */
  #look(): Promise<unknown> {
    const look = async () => {
      const session = this.#session;
      if (!session) return;
      const before = session.user;
      const user = (session.user = await session.send<AuthenticatedUser>('GET', '/me'));
      if (this.#session !== session) return;
      for (const [name, payload] of changes(before, user)) this.#listeners.emit(name, this.#about(payload), user);
    };
    // What was to be done is done; an older look at the user is no reason to call it failed.
    return (this.#looks = this.#looks.then(look).catch(console.warn));
  }

  #about(payload: EventPayload): EventPayload {
    const { integrations = [] } = this.#session ?? {};
    return { integrationId: find(integrations, payload.integrationType)?.id, ...payload };
  }

  #signedIn(): Session {
    if (!this.#session) throw new PorticoError('not_authenticated', 'Call authenticate() first.');
    return this.#session;
  }
}

function find<T extends { type: string }>(integrations: T[], type: string): T | undefined {
  return integrations.find((integration) => integration.type === type);
}

function known<T extends { type: string }>(integrations: T[], type: string): T {
  const found = find(integrations, type);
  if (!found) throw new PorticoError('integration_unknown', `This project has no active integration "${type}".`);
  return found;
}

/** Makes the SDK of one Portico; without its address only `authenticate()` complains. */
export function create(base: string | undefined): Portico {
  return new Sdk(base);
}
