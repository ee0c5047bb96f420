import { beforeEach, describe, expect, it, vi } from 'vitest';
import { PorticoError, createPortico } from '../src/module';
import type { Portico } from '../src/types';
import { ADA, BASE, FakePortico, PROJECT, token } from './portico';

let server: FakePortico;
let portico: Portico;

beforeEach(() => {
  server = new FakePortico();
  portico = createPortico(`${BASE}/`);
});

describe('authenticate', () => {
  it('signs the user in with their token and without cookies', async () => {
    const jwt = token();
    expect(portico.getUser()).toEqual({ authenticated: false });
    await portico.authenticate(PROJECT, jwt);
    expect(portico.getUser()).toMatchObject({ authenticated: true, userId: 'ada', integrations: { salesforce: { enabled: false } } });
    const [me] = server.sent('GET', '/me');
    expect(me?.headers.get('Authorization')).toBe(`Bearer ${jwt}`);
    expect(server.calls.every(({ init }) => init.credentials === 'omit')).toBe(true);
    expect(JSON.stringify(portico.getUser())).not.toContain(jwt);
  });

  it('rejects with what Portico says when the token is refused', async () => {
    const body = { message: 'The user token was not accepted.', code: 'user_token_invalid', status: 401 };
    server.instead['GET /me'] = () => ({ status: 401, body });
    const error = await portico.authenticate(PROJECT, token()).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(PorticoError);
    expect(error).toMatchObject(body);
    expect(portico.getUser()).toEqual({ authenticated: false });
  });

  it('says that the token has expired when that is why', async () => {
    server.instead['GET /me'] = () => ({ status: 401, body: { message: 'no', code: 'user_token_invalid' } });
    const expired = token({ sub: 'ada?>ÿ', exp: Math.floor(Date.now() / 1000) - 1 });
    await expect(portico.authenticate(PROJECT, expired)).rejects.toMatchObject({ code: 'user_token_expired', status: 401 });
    await expect(portico.authenticate(PROJECT, 'no token')).rejects.toMatchObject({ code: 'user_token_invalid' });
  });

  it('forgets the earlier user when the next one is refused', async () => {
    await portico.authenticate(PROJECT, token());
    server.instead['GET /me'] = () => ({ status: 401 });
    await expect(portico.authenticate(PROJECT, token())).rejects.toMatchObject({ code: 'http_401' });
    expect(portico.getUser()).toEqual({ authenticated: false });
  });

  it('does not sign in whom a logout has overtaken', async () => {
    const signingIn = portico.authenticate(PROJECT, token());
    portico.logout();
    await expect(signingIn).rejects.toMatchObject({ code: 'superseded' });
    expect(portico.getUser()).toEqual({ authenticated: false });
  });

  it('stores metadata only when it says something new', async () => {
    await portico.authenticate(PROJECT, token(), { metadata: { Name: 'Ada' } });
    expect(server.sent('PATCH', '/me')).toEqual([]);
    await portico.authenticate(PROJECT, token(), { metadata: { Plan: 'pro' } });
    expect(server.sent('PATCH', '/me').map(({ body }) => body)).toEqual([{ meta: { Plan: 'pro' } }]);
    expect(portico.getUser()).toMatchObject({ meta: { Name: 'Ada', Plan: 'pro' } });
  });

  it('tells apart a network that fails and an answer that is no JSON', async () => {
    server.failures = 3;
    await expect(portico.authenticate(PROJECT, token())).rejects.toMatchObject({ code: 'network_failure', message: expect.stringContaining(location.origin) });
    server.instead['GET /me'] = () => ({ status: 502, body: '<html>Bad gateway</html>' });
    await expect(portico.authenticate(PROJECT, token())).rejects.toMatchObject({ code: 'http_502', status: 502 });
  });
});

describe('a signed-in user', () => {
  beforeEach(() => portico.authenticate(PROJECT, token()));

  it('sees the integrations', () => {
    expect(portico.getIntegrationMetadata().map(({ type }) => type)).toEqual(['salesforce']);
    expect(portico.getIntegrationMetadata('salesforce').name).toBe('Salesforce');
    expect(() => portico.getIntegrationMetadata('salesfarce')).toThrow(expect.objectContaining({ code: 'integration_unknown' }));
  });

  it('has metadata', async () => {
    await expect(portico.setUserMetadata({ Plan: 'free' })).resolves.toMatchObject({ meta: { Plan: 'free' } });
  });

  it('switches workflows of a chosen account, and listeners hear of it', async () => {
    const heard = vi.fn();
    portico.subscribe('onWorkflowChange', heard);
    await portico.enableWorkflow('w1', { selectedCredentialId: 'c1', selectedConfigurationId: 'g1' });
    const [call] = server.sent('POST', '/workflows/w1');
    expect(call?.headers.get('X-Paragon-Credential')).toBe('c1');
    expect(call?.headers.get('X-Paragon-Configuration-Id')).toBe('g1');
    expect(heard).toHaveBeenCalledWith(
      expect.objectContaining({ integrationId: 'i1', workflowId: 'w1', workflowStateChange: { enabled: true } }),
      expect.objectContaining({ userId: 'ada' }),
    );
    await portico.disableWorkflow('w1');
    expect(server.sent('DELETE', '/workflows/w1')[0]?.headers.has('X-Paragon-Credential')).toBe(false);
    expect(heard).toHaveBeenLastCalledWith(expect.objectContaining({ workflowStateChange: { enabled: false } }), expect.anything());
  });

  it('disconnects the chosen account, or the first', async () => {
    server.credentials = [ADA];
    await portico.authenticate(PROJECT, token());
    const heard = vi.fn();
    portico.subscribe('onIntegrationUninstall', heard);
    const user = await portico.uninstallIntegration('salesforce');
    expect(server.sent('DELETE', '/integrations/i1')[0]?.headers.get('X-Paragon-Credential')).toBe('c1');
    expect(user).toMatchObject({ integrations: { salesforce: { enabled: false } } });
    expect(heard.mock.calls[0]?.[0]).toEqual({ integrationId: 'i1', integrationType: 'salesforce', credentialId: 'c1', credential: ADA });

    await portico.uninstallIntegration('salesforce', { selectedCredentialId: 'c 2' });
    expect(server.sent('DELETE', '/integrations/i1')[1]?.headers.get('X-Paragon-Credential')).toBe('c 2');
    await expect(portico.uninstallIntegration('slack')).rejects.toMatchObject({ code: 'integration_unknown' });
  });

  it('calls a workflow and hears what it answers', async () => {
    server.instead['POST /triggers/w%201?mode=live'] = () => ({ body: [{ id: 7 }] });
    const request = { body: { n: 1 }, query: { mode: 'live' }, headers: { 'x-source': 'crm' }, selectedCredentialId: 'c1' };
    expect(await portico.workflow('w 1', request)).toEqual([{ id: 7 }]);
    const [call] = server.sent('POST', '/triggers/w%201?mode=live');
    expect(call?.body).toEqual({ n: 1 });
    expect(call?.headers.get('x-source')).toBe('crm');
    expect(call?.headers.get('X-Paragon-Credential')).toBe('c1');

    server.instead['POST /triggers/w1?'] = () => ({ body: 'Hello' });
    expect(await portico.workflow('w1')).toBe('Hello');
    expect(server.sent('POST', '/triggers/w1?')[0]?.body).toEqual({});
    const late = { code: 'response_late', message: 'It goes on.', status: 542 };
    server.instead['POST /triggers/w1?'] = () => ({ status: 542, body: late });
    await expect(portico.workflow('w1')).rejects.toMatchObject(late);
  });

  it('is told what Portico refuses', async () => {
    const body = { message: 'Answer "Owner" first.', code: 'setting_missing', status: 409, meta: { setting: 'owner' } };
    server.instead['POST /workflows/w1'] = () => ({ status: 409, body });
    await expect(portico.enableWorkflow('w1')).rejects.toMatchObject(body);
  });

  it('does not hear what was unsubscribed, and a listener that throws stops no other', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const [thrower, gone, stays] = [vi.fn(() => { throw new Error('theirs'); }), vi.fn(), vi.fn()];
    portico.subscribe('onWorkflowChange', thrower);
    const end = portico.subscribe('onWorkflowChange', gone);
    portico.subscribe('onWorkflowChange', stays);
    expect(end()).toBe(true);
    expect(portico.unsubscribe('onWorkflowChange', gone)).toBe(false);
    await portico.enableWorkflow('w1');
    expect(gone).not.toHaveBeenCalled();
    expect(stays).toHaveBeenCalledOnce();
    expect(log).toHaveBeenCalledOnce();
    expect(() => portico.subscribe('onLunch' as 'onPortalOpen', stays)).toThrow(/onLunch.*onPortalOpen/);
  });

  it('is gone after logout', async () => {
    portico.logout();
    expect(portico.getUser()).toEqual({ authenticated: false });
    await expect(portico.enableWorkflow('w1')).rejects.toMatchObject({ code: 'not_authenticated' });
    expect(() => portico.getIntegrationMetadata()).toThrow(/authenticate/);
  });
});

it.each(['installIntegration', 'request', 'setHeadless', 'configureGlobal', 'updateWorkflowState', 'getIntegrationConfig'])(
  "answers Paragon's %s() with what to do instead",
  (name) => {
    const call = (portico as unknown as Record<string, () => unknown>)[name]!;
    expect(() => call.call(portico)).toThrow(expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(/^Portico has no .*\(\)\. (Call|Load)/) }));
  },
);

it('does not make file pickers', () => {
  const { ExternalFilePicker } = portico as unknown as { ExternalFilePicker: new (type: string) => unknown };
  expect(() => new ExternalFilePicker('box')).toThrow(PorticoError);
});
