import { expect, it } from 'vitest';
import { changes } from '../src/changes';
import type { AuthenticatedUser, Credential } from '../src/types';

function user(...allCredentials: Credential[]): AuthenticatedUser {
  const salesforce = { enabled: allCredentials.length > 0, allCredentials };
  return { authenticated: true, userId: 'ada', meta: {}, integrations: { salesforce } };
}

const names = (before: AuthenticatedUser, after: AuthenticatedUser) =>
  changes(before, after).map(([name, { credentialId }]) => `${name} ${credentialId}`);

const VALID: Credential = { id: 'c1', status: 'VALID' };
const INVALID: Credential = { id: 'c1', status: 'INVALID' };

it('nothing happened when nothing differs', () => {
  expect(names(user(VALID), user({ ...VALID }))).toEqual([]);
});

it('one account is added, another is gone', () => {
  expect(names(user(VALID), user({ id: 'c2' }))).toEqual(['onIntegrationInstall c2', 'onIntegrationUninstall c1']);
});

it('an account that is accepted again counts as installed; one that is refused is not uninstalled', () => {
  expect(names(user(VALID), user(INVALID))).toEqual([]);
  expect(names(user(INVALID), user(VALID))).toEqual(['onIntegrationInstall c1']);
});

it('an integration may come and go', () => {
  const none = { ...user(), integrations: {} };
  expect(names(none, user(VALID))).toEqual(['onIntegrationInstall c1']);
  expect(names(user(VALID), none)).toEqual(['onIntegrationUninstall c1']);
});
