export type CredentialStatus = 'VALID' | 'INVALID' | 'PENDING';

/** One saved set of settings under a connected account. */
export interface Configuration {
  id: string;
  isDefault?: boolean;
  [key: string]: unknown;
}

/** One provider account the user connected. */
export interface Credential {
  id: string;
  status?: CredentialStatus;
  providerId?: string;
  providerData?: Record<string, unknown>;
  configurations?: Configuration[];
  [key: string]: unknown;
}

/** What the user has of one integration. */
export interface UserIntegration {
  enabled: boolean;
  credentialId?: string;
  credentialConfigId?: string;
  credentialStatus?: CredentialStatus;
  providerId?: string;
  providerData?: Record<string, unknown>;
  workflowSettings?: Record<string, { enabled: boolean; settings?: Record<string, unknown> }>;
  allCredentials: Credential[];
  [key: string]: unknown;
}

/** The signed-in user, without the token. */
export interface AuthenticatedUser {
  authenticated: true;
  userId: string;
  meta: Record<string, unknown>;
  integrations: Record<string, UserIntegration>;
  [key: string]: unknown;
}

export type User = { authenticated: false } | AuthenticatedUser;

/** What a list of integrations needs to be drawn. */
export interface IntegrationMetadata {
  type: string;
  name: string;
  brandColor: string;
  /** URL of an image. */
  icon: string;
  [key: string]: unknown;
}

export type EventName =
  | 'onIntegrationInstall'
  | 'onIntegrationUninstall'
  | 'onWorkflowChange'
  | 'onPortalOpen'
  | 'onPortalClose';

/** What listeners and callbacks receive; which optional fields are there depends on the event. */
export interface EventPayload {
  integrationId?: string | undefined;
  integrationType: string;
  credentialId?: string | undefined;
  credential?: Credential | undefined;
  workflowId?: string;
  workflowStateChange?: { enabled: boolean };
}

/** What is called when something happens: the event, then the user as they are after it. */
export type Listener = (event: EventPayload, user: User) => void;

/** Chooses one of several accounts, or one set of settings under it. */
export interface Selection {
  selectedCredentialId?: string;
  selectedConfigurationId?: string;
}

/** Something to choose. */
export interface DropdownOption {
  label: string;
  value: string | number;
  /** A second line. */
  detail?: string;
}

/** A page of options; `nextPageCursor` is given back for the page after it. */
export interface DropdownPage {
  options: DropdownOption[];
  nextPageCursor?: string | null | undefined;
}

/** The options of a dropdown: all of them, or page by page as they are asked for. */
export type Dropdown =
  | DropdownOption[]
  | { loadOptions: (cursor?: string, search?: string) => DropdownPage | Promise<DropdownPage> };

/** Fields of an object of your app, for a field mapping. Paragon's shapes. */
export interface ApplicationFields {
  /** `value` is the field's key in what your app sends. */
  fields: DropdownOption[];
  /** The `value`s of those that are there from the start; absent: all. */
  defaultFields?: string[];
  /** Whether the user can take fields out and put them back in. */
  userCanRemoveMappings?: boolean;
  /** `false` keeps users from adding fields of their own where the setting would let them. */
  userCanCreateFields?: boolean;
}

/** The same, with the provider's objects and their fields where the setting names no source of them. */
export interface MappedObject {
  applicationFields?: ApplicationFields;
  objectTypes?: { get: (cursor?: string, search?: string) => DropdownPage | Promise<DropdownPage> };
  integrationFields?: {
    get: (of: { objectType: string }, cursor?: string, search?: string) => DropdownPage | Promise<DropdownPage>;
  };
}

/** The callbacks are called once at most. What else happens in the portal, `subscribe()` tells. */
export interface ConnectOptions extends Selection {
  accountType?: string;
  theme?: 'light' | 'dark' | 'system';
  /** A BCP 47 tag. */
  locale?: string;
  tab?: 'overview' | 'configuration';
  /** The options of settings that your app answers, by the setting's `dropdown`. */
  dropdowns?: Record<string, Dropdown>;
  /** The fields of your app's objects, by the setting's `app_object`. */
  mapObjectFields?: Record<string, DropdownOption[] | ApplicationFields | MappedObject>;
  /** As soon as the account is connected; the portal may stay open. */
  onInstall?: Listener;
  /** Paragon's older name of `onInstall`. */
  onSuccess?: Listener;
  /** When it ended as `denied`, `blocked`, `timed_out` or `failed`: a `PorticoError`. */
  onError?: (error: Error) => void;
  onOpen?: Listener;
  onClose?: Listener;
}

export type ConnectOutcome = 'connected' | 'denied' | 'closed' | 'blocked' | 'timed_out' | 'failed';

/** What `connect()` resolves with when the portal is closed. */
export interface ConnectResult {
  outcome: ConnectOutcome;
  credentialId?: string | undefined;
  code?: string | undefined;
  message?: string | undefined;
}

export interface EventOptions extends Selection {
  /** The same as `selectedCredentialId`. */
  credentialId?: string;
  /** The same as `selectedConfigurationId`. */
  configurationId?: string;
  /** Made up when absent; give your own to make your own repetitions safe. */
  idempotencyKey?: string;
}

/** What a workflow that is started by a request is called with. */
export interface WorkflowRequest extends Selection {
  /** A JSON object or array; an empty object when absent. */
  body?: object;
  query?: Record<string, string>;
  /** Beside the SDK's own: `Authorization` is the user's token. */
  headers?: Record<string, string>;
}

/** Why a workflow ran, or did not. */
export interface Decision {
  workflowId: string;
  credentialId?: string;
  configurationId?: string;
  outcome: 'started' | 'disabled' | 'not_connected' | 'credential_invalid' | 'setting_missing';
  executionId?: string;
  /** The setting without a value, for `setting_missing`. */
  setting?: string;
}

/** What an event started, and for what it did not start, why. */
export interface EventResult {
  event: { id: string; receivedAt: string };
  executions: { id: string; workflowId: string; credentialId: string }[];
  decisions: Decision[];
}

/** The SDK. Promises reject, and calls throw, with a `PorticoError`. */
export interface Portico {
  /** Signs a user in with a token that the host app's server signed. */
  authenticate(projectId: string, userToken: string, options?: { metadata?: Record<string, unknown> }): Promise<void>;
  /** Forgets the user and closes the portal. */
  logout(): void;
  getUser(): User;
  /** The active integrations, as they were at `authenticate()`. */
  getIntegrationMetadata(): IntegrationMetadata[];
  getIntegrationMetadata(type: string): IntegrationMetadata;
  setUserMetadata(meta: Record<string, unknown>): Promise<User>;
  /**
   * Opens the Connect Portal; resolves when it is closed, whatever came of it. Rejects only for misuse: nobody
   * signed in, an unknown or inactive integration, a portal that is open already.
   */
  connect(type: string, options?: ConnectOptions): Promise<ConnectResult>;
  closePortal(): void;
  /** Sends an App Event. A network failure is answered by one repetition under the same idempotency key. */
  event(name: string, payload: Record<string, unknown>, options?: EventOptions): Promise<EventResult>;
  /**
   * Calls a workflow that starts with a request, for the signed-in user. Resolves with what it answers: its Response
   * step's body, or the id of the execution where it has none; rejects with the status of an answer that is an error.
   */
  workflow<T = unknown>(workflowId: string, request?: WorkflowRequest): Promise<T>;
  enableWorkflow(workflowId: string, options?: Selection): Promise<User>;
  disableWorkflow(workflowId: string, options?: Selection): Promise<User>;
  /** Disconnects an account: the chosen one, or the user's first. */
  uninstallIntegration(type: string, options?: Pick<Selection, 'selectedCredentialId'>): Promise<User>;
  /** Returns what ends the subscription, as `unsubscribe` does. */
  subscribe(event: EventName, listener: Listener): () => boolean;
  unsubscribe(event: EventName, listener: Listener): boolean;
}
