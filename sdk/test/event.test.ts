import { beforeEach, expect, it, vi } from 'vitest';
import { createPortico } from '../src/module';
import type { Portico } from '../src/types';
import { BASE, FakePortico, PROJECT, token } from './portico';

const PATH = '/events/trigger';
let server: FakePortico;
let portico: Portico;

beforeEach(async () => {
  server = new FakePortico();
  portico = createPortico(BASE);
  await portico.authenticate(PROJECT, token());
});

const keys = () => server.sent('POST', PATH).map(({ headers }) => headers.get('Idempotency-Key'));

it('is sent under a new key each time', async () => {
  const result = await portico.event('Lead Created', { last_name: 'Lovelace' });
  await portico.event('Lead Created', { last_name: 'Lovelace' });
  expect(result.event.id).toBe('e1');
  expect(server.sent('POST', PATH)[0]?.body).toEqual({ name: 'Lead Created', payload: { last_name: 'Lovelace' } });
  expect(keys()[0]).toMatch(/^\d+(-\d+){3}$/);
  expect(new Set(keys()).size).toBe(2);
});

it('has a key on pages without TLS too', async () => {
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  await portico.event('Lead Created', {});
  expect(keys()[0]).toMatch(/^\d+(-\d+){3}$/);
});

it('is repeated once, under the same key, when the network fails', async () => {
  server.failures = 1;
  await portico.event('Lead Created', {});
  expect(keys()).toHaveLength(2);
  expect(keys()[0]).toBe(keys()[1]);
});

it('is given up when the network fails again', async () => {
  server.failures = 2;
  await expect(portico.event('Lead Created', {})).rejects.toMatchObject({ code: 'network_failure' });
  expect(keys()).toHaveLength(2);
});

it('is not repeated when Portico refuses it', async () => {
  server.instead[`POST ${PATH}`] = () => ({ status: 503, body: { message: 'Later.', code: 'overloaded', status: 503 } });
  await expect(portico.event('Lead Created', {})).rejects.toMatchObject({ code: 'overloaded', status: 503 });
  expect(keys()).toHaveLength(1);
});

it('only an event is repeated', async () => {
  server.failures = 1;
  await expect(portico.enableWorkflow('w1')).rejects.toMatchObject({ code: 'network_failure' });
  expect(server.sent('POST', '/workflows/w1')).toHaveLength(1);
});

it.each([
  { credentialId: 'c1', configurationId: 'g1', idempotencyKey: 'order-7' },
  { selectedCredentialId: 'c1', selectedConfigurationId: 'g1', idempotencyKey: 'order-7' },
])('goes to a chosen account under a given key: %o', async (options) => {
  await portico.event('Lead Created', {}, options);
  const [call] = server.sent('POST', PATH);
  expect(call?.headers.get('X-Paragon-Credential')).toBe('c1');
  expect(call?.headers.get('X-Paragon-Configuration-Id')).toBe('g1');
  expect(keys()).toEqual(['order-7']);
});
