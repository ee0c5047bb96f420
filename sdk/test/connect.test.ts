import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPortico } from '../src/module';
import type { ConnectOptions, ConnectResult, Portico } from '../src/types';
import { ADA, BASE, FakePortico, PROJECT, token } from './portico';

const ORIGIN = 'https://portal.test';
let server: FakePortico;
let portico: Portico;
let button: HTMLButtonElement;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  server = new FakePortico();
  portico = createPortico(BASE);
  await portico.authenticate(PROJECT, token());
  button = document.createElement('button');
  document.body.replaceChildren(button);
  button.focus();
});

afterEach(() => {
  portico.logout();
  vi.runAllTimers();
  vi.useRealTimers();
});

const shadow = () => [...document.body.children].map(({ shadowRoot }) => shadowRoot).find(Boolean);
const dialog = () => shadow()?.querySelector('dialog') ?? undefined;
const frame = () => shadow()?.querySelector('iframe') ?? undefined;

/** Waits for a frame in place of the one before, without letting the fake time pass. */
function anotherFrame(before: HTMLIFrameElement | undefined): Promise<void> {
  return vi.waitFor(
    () => {
      expect(frame()).toBeDefined();
      expect(frame()).not.toBe(before);
    },
    { interval: 0 },
  );
}

/** Opens the portal and waits until its frame is there. */
async function open(options?: ConnectOptions): Promise<{ result: Promise<ConnectResult> }> {
  const before = frame();
  const result = portico.connect('salesforce', options);
  await anotherFrame(before);
  return { result };
}

function say(message: object | string | null, from: { origin?: string; source?: Window | null } = {}): void {
  const source = from.source === undefined ? frame()!.contentWindow : from.source;
  window.dispatchEvent(new MessageEvent('message', { data: message, origin: from.origin ?? ORIGIN, source }));
}

const page = (type: string, rest: object = {}) => say({ portico: 1, type, ...rest });

describe('the portal', () => {
  it('is a frame with the address of a new session', async () => {
    const onOpen = vi.fn();
    const options: ConnectOptions = { accountType: 'sandbox', selectedCredentialId: 'c1', theme: 'dark', locale: 'de', tab: 'overview', onOpen };
    const { result } = await open(options);
    expect(server.sent('POST', '/portal-sessions')[0]?.body).toEqual({
      integration: 'salesforce',
      options: { accountType: 'sandbox', credentialId: 'c1', theme: 'dark', locale: 'de', tab: 'overview' },
    });
    expect(frame()?.src).toBe(`${ORIGIN}/portal/t1`);
    expect(frame()?.title).toBe('Connect Salesforce');
    expect(frame()?.allow).toBe('clipboard-write');
    expect(frame()?.hasAttribute('sandbox')).toBe(false);
    expect(dialog()?.open).toBe(true);
    expect(dialog()?.classList.contains('dark')).toBe(true);
    expect(onOpen).toHaveBeenCalledOnce();
    portico.closePortal();
    await result;
  });

  it('is hidden until it is ready, and then as high as it wants', async () => {
    await open();
    expect(dialog()?.classList.contains('ready')).toBe(false);
    page('ready');
    expect(dialog()?.classList.contains('ready')).toBe(true);
    page('resize', { height: 480 });
    const panel = shadow()!.querySelector('section')!;
    expect(panel.style.height).toBe('480px');
    page('resize', { height: '100000' });
    page('resize', { height: Number.NaN });
    expect(panel.style.height).toBe('480px');
  });

  it('puts no inline style and no style element into the page', async () => {
    await open();
    expect(shadow()?.adoptedStyleSheets).toHaveLength(1);
    expect(document.querySelector('style, [style*="position"]')).toBeNull();
    expect(shadow()?.querySelector('style')).toBeNull();
  });
});

/** Asks as the portal's page does, and answers what it hears. */
async function ask(question: object): Promise<unknown> {
  const heard = vi.spyOn(frame()!.contentWindow!, 'postMessage').mockImplementation(() => undefined);
  page('options', { id: 7, ...question });
  await vi.waitFor(() => expect(heard).toHaveBeenCalled(), { interval: 0 });
  const [message, origin] = heard.mock.calls[0] as unknown as [object, string];
  heard.mockRestore();
  expect(origin).toBe(ORIGIN);
  expect(message).toMatchObject({ portico: 1, type: 'options', id: 7 });
  return message;
}

describe('dropdowns', () => {
  it('offer a list as it is', async () => {
    const teams = [{ label: 'Blue', value: 'b' }];
    await open({ dropdowns: { teams } });
    expect(await ask({ dropdown: 'teams' })).toMatchObject({ options: teams });
  });

  it('offer pages as they are asked for', async () => {
    const loadOptions = vi.fn(() => Promise.resolve({ options: [{ label: 'Blue', value: 1 }], nextPageCursor: '2' }));
    await open({ dropdowns: { teams: { loadOptions } } });
    const first = { options: [{ label: 'Blue', value: 1 }], nextPageCursor: '2', searches: true };
    expect(await ask({ dropdown: 'teams', search: 'bl' })).toMatchObject(first);
    expect(loadOptions).toHaveBeenLastCalledWith(undefined, 'bl');
    await ask({ dropdown: 'teams', cursor: '2' });
    expect(loadOptions).toHaveBeenLastCalledWith('2', undefined);
  });

  it('tell what went wrong in words', async () => {
    const loadOptions = () => Promise.reject(new Error('Sign in again.'));
    await open({ dropdowns: { teams: { loadOptions } } });
    expect(await ask({ dropdown: 'teams' })).toMatchObject({ problem: 'Error: Sign in again.' });
    expect(await ask({ dropdown: 'others' })).not.toHaveProperty('options.length');
  });

  it('are told to nobody else', async () => {
    await open({ dropdowns: { teams: [] } });
    const heard = vi.spyOn(frame()!.contentWindow!, 'postMessage');
    say({ portico: 1, type: 'options', id: 1, dropdown: 'teams' }, { origin: 'https://evil.test' });
    await Promise.resolve();
    expect(heard).not.toHaveBeenCalled();
  });
});

describe('fields of the app', () => {
  const fields = [{ label: 'Title', value: 'title' }];

  it('are offered in each of their shapes, without what cannot be sent', async () => {
    const options = { fields, defaultFields: [], userCanRemoveMappings: true, userCanCreateFields: true };
    const get = () => ({ options: [] });
    await open({ mapObjectFields: { Task: fields, Lead: options, Deal: { objectTypes: { get }, applicationFields: options } } });
    expect(await ask({ object: 'Task' })).toMatchObject({ object: 'Task', options: fields });
    expect(await ask({ object: 'Lead' })).toMatchObject({ options });
    const sent = (await ask({ object: 'Deal' })) as { options: unknown };
    expect(sent.options).toEqual({ objectTypes: {}, applicationFields: options });
    expect(await ask({ object: 'Other' })).not.toHaveProperty('problem');
  });

  it('come with the objects and fields that the app looks up', async () => {
    const types = { cut: 2, get(this: { cut: number }, cursor?: string) {
      return { options: fields.slice(0, this.cut), nextPageCursor: `${cursor}+` };
    } };
    const get = vi.fn(() => Promise.resolve({ options: fields, nextPageCursor: null }));
    await open({ mapObjectFields: { Task: { objectTypes: types, integrationFields: { get } } } });
    const page = await ask({ object: 'Task', list: 'objectTypes', cursor: '1' });
    expect(page).toMatchObject({ options: fields, nextPageCursor: '1+', searches: true });
    await ask({ object: 'Task', list: 'integrationFields', objectType: 'Lead', search: 'ti' });
    expect(get).toHaveBeenLastCalledWith({ objectType: 'Lead' }, undefined, 'ti');
    expect(await ask({ object: 'Other', list: 'objectTypes' })).toHaveProperty('problem');
  });
});

describe('messages', () => {
  const outcome = { portico: 1, type: 'outcome', outcome: 'denied' };

  it.each([
    ['another origin', () => say(outcome, { origin: 'https://evil.test' })],
    ['an opaque origin', () => say(outcome, { origin: 'null' })],
    ['another window', () => say(outcome, { source: window })],
    ['no window', () => say(outcome, { source: null })],
    ['another protocol', () => say({ type: 'outcome', outcome: 'denied' })],
    ['an unknown outcome', () => say({ ...outcome, outcome: 'constructor' })],
    ['an unknown type', () => say({ ...outcome, type: 'toString' })],
    ['no object', () => [say('outcome'), say(null)]],
  ])('from or with %s are ignored', async (_, send) => {
    const { result } = await open();
    page('ready');
    send();
    expect(dialog()?.open).toBe(true);
    portico.closePortal();
    await expect(result).resolves.toEqual({ outcome: 'closed' });
  });

  it('go to the page at its own origin only', async () => {
    await open();
    page('ready');
    const post = vi.spyOn(frame()!.contentWindow!, 'postMessage');
    portico.closePortal();
    expect(post.mock.calls).toEqual([[{ portico: 1, type: 'close' }, ORIGIN]]);
  });
});

describe('outcomes', () => {
  it.each(['denied', 'blocked', 'timed_out', 'failed'] as const)('%s is what it ends with, and an error', async (outcome) => {
    const onError = vi.fn();
    const { result } = await open({ onError });
    page('outcome', { outcome, code: 'why', message: 'Because.' });
    expect(dialog()?.open).toBe(true);
    page('close');
    await expect(result).resolves.toEqual({ outcome, code: 'why', message: 'Because.' });
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'why', message: 'Because.' }));
  });

  it('has words even when the page gives none', async () => {
    const onError = vi.fn();
    const { result } = await open({ onError });
    page('outcome', { outcome: 'denied', credentialId: null, code: null, message: null });
    page('close');
    await expect(result).resolves.toEqual({ outcome: 'denied' });
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'denied', message: 'denied' }));
  });

  it('closed is no error', async () => {
    const [onError, onClose] = [vi.fn(), vi.fn()];
    const { result } = await open({ onError, onClose });
    page('close');
    await expect(result).resolves.toEqual({ outcome: 'closed' });
    expect(onError).not.toHaveBeenCalled();
    expect(onClose).toHaveBeenCalledOnce();
  });

  it('the last one counts, but connected is never undone', async () => {
    const first = await open();
    page('outcome', { outcome: 'denied' });
    page('outcome', { outcome: 'failed', message: 'no' });
    page('close');
    await expect(first.result).resolves.toMatchObject({ outcome: 'failed', message: 'no' });

    const second = await open();
    page('outcome', { outcome: 'denied' });
    page('outcome', { outcome: 'connected', credentialId: 'c1' });
    page('outcome', { outcome: 'denied' });
    page('close');
    await expect(second.result).resolves.toEqual({ outcome: 'connected', credentialId: 'c1' });
  });

  it('connected tells callbacks and listeners at once, and the promise when it is closed', async () => {
    const [onInstall, onSuccess, listener, settled] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()];
    portico.subscribe('onIntegrationInstall', listener);
    const { result } = await open({ onInstall, onSuccess });
    void result.then(settled);
    page('ready');
    server.credentials = [ADA];
    page('outcome', { outcome: 'connected', credentialId: 'c1' });
    await vi.waitFor(() => expect(onSuccess).toHaveBeenCalledOnce());
    const event = { integrationId: 'i1', integrationType: 'salesforce', credentialId: 'c1', credential: ADA };
    expect(onInstall).toHaveBeenCalledExactlyOnceWith(event, portico.getUser());
    expect(listener).toHaveBeenCalledExactlyOnceWith(event, portico.getUser());
    expect(portico.getUser()).toMatchObject({ integrations: { salesforce: { enabled: true } } });
    expect(settled).not.toHaveBeenCalled();

    page('outcome', { outcome: 'connected', credentialId: 'c1' });
    page('close');
    await result;
    expect(onInstall).toHaveBeenCalledOnce();
    expect(listener).toHaveBeenCalledOnce();
  });

  it('the user is up to date when the promise resolves', async () => {
    const { result } = await open();
    server.credentials = [ADA];
    page('outcome', { outcome: 'connected', credentialId: 'c1' });
    page('close');
    await result;
    expect(portico.getUser()).toMatchObject({ integrations: { salesforce: { credentialId: 'c1' } } });
  });

  it('what is changed in the portal is told to listeners', async () => {
    const listener = vi.fn();
    portico.subscribe('onWorkflowChange', listener);
    await open();
    server.enabled = ['w1'];
    page('changed');
    await vi.waitFor(() => expect(listener).toHaveBeenCalledOnce());
    expect(listener.mock.calls[0]?.[0]).toMatchObject({ workflowId: 'w1', workflowStateChange: { enabled: true } });
  });
});

describe('a portal that does not load', () => {
  it('times out after 20 seconds and is taken away', async () => {
    const onError = vi.fn();
    const { result } = await open({ onError });
    vi.advanceTimersByTime(19_999);
    expect(frame()).toBeDefined();
    vi.advanceTimersByTime(1);
    await expect(result).resolves.toMatchObject({ outcome: 'timed_out', message: expect.stringContaining(ORIGIN) });
    expect(shadow()).toBeUndefined();
    expect(onError).toHaveBeenCalledOnce();
  });

  it('does not time out once it is ready', async () => {
    await open();
    page('ready');
    vi.advanceTimersByTime(60_000);
    expect(dialog()?.open).toBe(true);
  });
});

describe('a session that expires', () => {
  /** The page says so; waits for the frame that replaces it. */
  async function expire(): Promise<void> {
    const before = frame();
    page('expired');
    await anotherFrame(before);
  }

  it('is replaced, three times at most', async () => {
    const { result } = await open();
    page('ready');
    await expire();
    expect(frame()?.src).toBe(`${ORIGIN}/portal/t2`);
    expect(dialog()?.classList.contains('ready')).toBe(false);
    await expire();
    await expire();
    expect(frame()?.src).toBe(`${ORIGIN}/portal/t4`);
    expect(shadow()?.querySelectorAll('iframe')).toHaveLength(1);
    page('expired');
    await expect(result).resolves.toMatchObject({ outcome: 'failed', code: 'portal_expired' });
    expect(server.sessions).toBe(4);
    expect(shadow()).toBeUndefined();
  });

  it('times out anew, and opens only once', async () => {
    const onOpen = vi.fn();
    const { result } = await open({ onOpen });
    vi.advanceTimersByTime(15_000);
    await expire();
    vi.advanceTimersByTime(15_000);
    expect(frame()).toBeDefined();
    vi.advanceTimersByTime(5_000);
    await expect(result).resolves.toMatchObject({ outcome: 'timed_out' });
    expect(onOpen).toHaveBeenCalledOnce();
  });

  it('fails when no other is granted', async () => {
    const { result } = await open();
    server.instead['POST /portal-sessions'] = () => ({ status: 401, body: { message: 'no', code: 'user_token_invalid' } });
    page('expired');
    await expect(result).resolves.toEqual({ outcome: 'failed', code: 'user_token_invalid', message: 'no' });
  });
});

describe('closing', () => {
  it.each([
    ['Escape', () => dialog()!.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))],
    ['the back gesture', () => dialog()!.dispatchEvent(new Event('cancel', { cancelable: true }))],
    ['✕', () => shadow()!.querySelector('button')!.click()],
    ['a click beside it', () => dialog()!.click()],
    ['closePortal()', () => portico.closePortal()],
    ['logout()', () => portico.logout()],
  ])('by %s gives the focus back', async (_, close) => {
    const { result } = await open();
    page('ready');
    expect(document.activeElement).not.toBe(button);
    close();
    expect(document.activeElement).toBe(button);
    expect(dialog()?.open).toBe(false);
    await expect(result).resolves.toEqual({ outcome: 'closed' });
    vi.runAllTimers();
    expect(shadow()).toBeUndefined();
  });

  it('is not what a click in the panel or another key does', async () => {
    await open();
    shadow()!.querySelector('section')!.click();
    dialog()!.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    expect(dialog()?.open).toBe(true);
  });

  it('before the session is granted opens nothing', async () => {
    const onOpen = vi.fn();
    const result = portico.connect('salesforce', { onOpen });
    portico.closePortal();
    await expect(result).resolves.toEqual({ outcome: 'closed' });
    await vi.waitFor(() => expect(server.sessions).toBe(1));
    expect(shadow()).toBeUndefined();
    expect(onOpen).not.toHaveBeenCalled();
  });

  it('lets the page scroll again', async () => {
    document.documentElement.style.overflow = 'scroll';
    await open();
    expect(document.documentElement.style.overflow).toBe('hidden');
    portico.closePortal();
    expect(document.documentElement.style.overflow).toBe('scroll');
  });

  it('a new token of the same user does not; another user does', async () => {
    const { result } = await open();
    await portico.authenticate(PROJECT, token());
    expect(dialog()?.open).toBe(true);
    server.userId = 'grace';
    await portico.authenticate(PROJECT, token());
    await expect(result).resolves.toEqual({ outcome: 'closed' });
  });
});

describe('misuse', () => {
  it('is to connect before anybody is signed in', async () => {
    portico.logout();
    await expect(portico.connect('salesforce')).rejects.toMatchObject({ code: 'not_authenticated' });
    expect(shadow()).toBeUndefined();
  });

  it.each([
    [404, 'integration_unknown'],
    [409, 'integration_not_activated'],
    [401, 'user_token_invalid'],
  ])('is what Portico answers with %i', async (status, code) => {
    const [onOpen, onClose] = [vi.fn(), vi.fn()];
    server.instead['POST /portal-sessions'] = () => ({ status, body: { message: 'no', code, status } });
    await expect(portico.connect('slack', { onOpen, onClose })).rejects.toMatchObject({ code, status });
    expect(shadow()).toBeUndefined();
    expect(document.activeElement).toBe(button);
    expect([onOpen, onClose].some((callback) => callback.mock.calls.length > 0)).toBe(false);
  });

  it('is not what else keeps the portal from opening', async () => {
    server.failures = 1;
    await expect(portico.connect('salesforce')).resolves.toMatchObject({ outcome: 'failed', code: 'network_failure' });
    server.instead['POST /portal-sessions'] = () => ({ status: 403, body: { message: 'Not here.', code: 'origin_not_allowed' } });
    await expect(portico.connect('salesforce')).resolves.toEqual({ outcome: 'failed', code: 'origin_not_allowed', message: 'Not here.' });
    server.instead['POST /portal-sessions'] = () => ({ status: 201, body: {} });
    await expect(portico.connect('salesforce')).resolves.toMatchObject({ outcome: 'failed', code: expect.anything() });
  });

  it('is to open a second portal, and shows the first', async () => {
    const { result } = await open();
    page('ready');
    button.focus();
    await expect(portico.connect('salesforce')).rejects.toMatchObject({ code: 'already_open' });
    expect(shadow()?.activeElement).toBe(frame());
    expect(server.sessions).toBe(1);
    portico.closePortal();
    await expect(result).resolves.toEqual({ outcome: 'closed' });
  });

  it('is over when the first is closed', async () => {
    const first = await open();
    portico.closePortal();
    const second = await open();
    await first.result;
    portico.closePortal();
    await expect(second.result).resolves.toEqual({ outcome: 'closed' });
  });
});
