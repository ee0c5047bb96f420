import type { AuthenticatedUser, Credential, EventName, EventPayload, UserIntegration } from './types';

/** One thing that is different about the user than it was. */
export type Change = [EventName, EventPayload];

/** What happened between two looks at the same user. */
export function changes(before: AuthenticatedUser, after: AuthenticatedUser): Change[] {
  const found: Change[] = [];
  for (const integrationType of new Set([...Object.keys(before.integrations), ...Object.keys(after.integrations)])) {
    const was = before.integrations[integrationType];
    const is = after.integrations[integrationType];
    const add = (name: EventName, rest: Omit<EventPayload, 'integrationType'>) =>
      found.push([name, { integrationType, ...rest }]);

    for (const credential of usable(is)) {
      if (!has(usable(was), credential)) add('onIntegrationInstall', { credentialId: credential.id, credential });
    }
    for (const credential of all(was)) {
      if (!has(all(is), credential)) add('onIntegrationUninstall', { credentialId: credential.id, credential });
    }
    const settings = { ...was?.workflowSettings, ...is?.workflowSettings };
    for (const workflowId of Object.keys(settings)) {
      const enabled = isOn(is, workflowId);
      if (enabled !== isOn(was, workflowId)) add('onWorkflowChange', { workflowId, workflowStateChange: { enabled } });
    }
  }
  return found;
}

function all(integration?: UserIntegration): Credential[] {
  return integration?.allCredentials ?? [];
}

/** An account that the provider refuses counts as connected again only when it is accepted again. */
function usable(integration?: UserIntegration): Credential[] {
  return all(integration).filter(({ status }) => status === undefined || status === 'VALID');
}

function has(credentials: Credential[], { id }: Credential): boolean {
  return credentials.some((credential) => credential.id === id);
}

function isOn(integration: UserIntegration | undefined, workflowId: string): boolean {
  return !!integration?.workflowSettings?.[workflowId]?.enabled;
}
