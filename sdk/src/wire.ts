import { PorticoError } from './errors';
import type { EventOptions } from './types';

/** Longer than a workflow may take to answer its call; without it a dead connection would wait for ever. */
const PATIENCE = 60_000;

interface Sending {
  body?: object;
  headers?: Record<string, string>;
  /** How often it is sent while the network fails; more than once only under an idempotency key. */
  attempts?: number;
}

/** Sends one request about the signed-in user; `path` is what follows `/sdk`. */
export type Send = <T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, sending?: Sending) => Promise<T>;

/** The HTTP conversation of one signed-in user. */
export function wire(base: string, projectId: string, token: string): Send {
  return async <T>(method: string, path: string, { body, headers: extra, attempts = 1 }: Sending = {}) => {
    const headers = { ...extra, Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }) };
    const init: RequestInit = { method, headers, credentials: 'omit', body: JSON.stringify(body) };
    const url = `${base}/projects/${encodeURIComponent(projectId)}/sdk${path}`;
    const [{ status, ok }, text] = await reach(url, init, attempts);
    const answer = parsed(text);
    if (ok) return answer as T;
    if (status === 401 && hasExpired(token)) {
      throw new PorticoError('user_token_expired', 'The user token has expired. Call authenticate().', status);
    }
    const { message, code, meta } = (answer ?? {}) as Partial<PorticoError>;
    throw new PorticoError(code ?? `http_${status}`, message ?? `Portico answered ${status}.`, status, meta);
  };
}

/** The headers that choose an account. */
export function selection(options: EventOptions): Record<string, string> {
  const credential = options.credentialId ?? options.selectedCredentialId;
  const configuration = options.configurationId ?? options.selectedConfigurationId;
  return {
    ...(credential && { 'X-Paragon-Credential': credential }),
    ...(configuration && { 'X-Paragon-Configuration-Id': configuration }),
  };
}

/** `crypto.randomUUID` is missing on pages without TLS, where people develop. */
export function randomKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}

async function reach(url: string, init: RequestInit, attempts: number): Promise<[Response, string]> {
  for (;;) {
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE) });
      return [response, await response.text()];
    } catch (error) {
      if (--attempts < 1) {
        throw new PorticoError('network_failure', `Does Portico allow ${location.origin}? ${error}`);
      }
    }
  }
}

/** A workflow may answer with any text; what is in between says an error in its own words. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Portico does not say why it refused a token, so the token itself is asked. */
function hasExpired(token: string): boolean {
  try {
    const claims = atob(token.split('.')[1]!.replace(/-/g, '+').replace(/_/g, '/'));
    return (JSON.parse(claims) as { exp: number }).exp * 1000 <= Date.now();
  } catch {
    return false;
  }
}
