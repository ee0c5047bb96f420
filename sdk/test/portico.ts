/* A Portico for the SDK to talk to: answers like the routes, keeps what it was sent. */
import { vi } from 'vitest';
import type { Credential } from '../src/types';

export const BASE = 'https://portico.test/prefix';
export const PROJECT = 'p1';

export interface Call {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
  init: RequestInit;
}

type Answer = () => { status?: number; body?: unknown };

export const ADA: Credential = { id: 'c1', status: 'VALID', providerId: 'ada@acme.test' };

export class FakePortico {
  calls: Call[] = [];
  userId = 'ada';
  meta: Record<string, unknown> = { Name: 'Ada' };
  credentials: Credential[] = [];
  enabled: string[] = [];
  sessions = 0;
  /** Instead of the usual answers, by `METHOD /path`. */
  instead: Record<string, Answer> = {};
  /** How many requests fail in the network before one arrives. */
  failures = 0;

  constructor() {
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => this.#fetch(String(url), init));
  }

  sent(method: string, path: string): Call[] {
    return this.calls.filter((call) => call.method === method && call.path === path);
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    const prefix = `${BASE}/projects/${PROJECT}/sdk`;
    if (!url.startsWith(prefix)) throw new TypeError(`nothing is at ${url}`);
    const path = url.slice(prefix.length);
    const method = init.method ?? 'GET';
    const body: unknown = init.body ? JSON.parse(init.body as string) : undefined;
    this.calls.push({ method, path, headers: new Headers(init.headers), body, init });
    if (this.failures > 0) {
      this.failures--;
      throw new TypeError('Failed to fetch');
    }
    const answer = this.instead[`${method} ${path}`]?.() ?? this.#answer(method, path, body);
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    return new Response(answer.status === 204 ? null : text, { status: answer.status ?? 200 });
  }

  #answer(method: string, path: string, body: unknown): ReturnType<Answer> {
    switch (`${method} ${path.replace(/\?.*/, '')}`) {
      case 'GET /me':
        return { body: this.#me() };
      case 'PATCH /me':
        Object.assign(this.meta, (body as { meta: object }).meta);
        return { body: this.#me() };
      case 'GET /integrations':
        return { body: [{ id: 'i1', type: 'salesforce', name: 'Salesforce', isActive: true }] };
      case 'GET /metadata':
        return { body: [{ type: 'salesforce', name: 'Salesforce', brandColor: '#0B7CC1', icon: `${BASE}/s.svg` }] };
      case 'POST /portal-sessions':
        return { status: 201, body: { id: 's', url: `https://portal.test/portal/t${++this.sessions}`, expiresAt: '' } };
      case 'POST /events/trigger':
        return { status: 201, body: { event: { id: 'e1', receivedAt: '' }, executions: [], decisions: [] } };
      case 'POST /workflows/w1':
        this.enabled = ['w1'];
        return { status: 204 };
      case 'DELETE /workflows/w1':
        this.enabled = [];
        return { status: 204 };
      case 'DELETE /integrations/i1':
        this.credentials = [];
        return { status: 204 };
      default:
        return { status: 404, body: 'no such route' };
    }
  }

  #me(): object {
    const [first] = this.credentials;
    return {
      authenticated: true,
      userId: this.userId,
      meta: { ...this.meta },
      integrations: {
        salesforce: {
          enabled: first !== undefined,
          ...(first && { credentialId: first.id, credentialStatus: first.status }),
          workflowSettings: Object.fromEntries(this.enabled.map((id) => [id, { enabled: true }])),
          allCredentials: [...this.credentials],
        },
      },
    };
  }
}

/** A token with these claims; nobody here checks its signature. */
export function token(claims: object = { sub: 'ada', exp: Math.floor(Date.now() / 1000) + 3600 }): string {
  const part = (value: object) => btoa(JSON.stringify(value)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
  return `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJl`;
}
