import { PorticoError } from './errors';
import type { EventName, EventPayload, Listener, User } from './types';

const NAMES: readonly EventName[] = [
  'onIntegrationInstall',
  'onIntegrationUninstall',
  'onWorkflowChange',
  'onPortalOpen',
  'onPortalClose',
];

/** Calls code of the host app: what it throws is the host's to see, and must not stop ours. */
export function callHost<A extends unknown[]>(fn: ((...args: A) => void) | undefined, ...args: A): void {
  try {
    fn?.(...args);
  } catch (error) {
    console.error(error);
  }
}

/** The listeners of one SDK instance. */
export class Listeners {
  #listeners: Partial<Record<EventName, Set<Listener>>> = {};

  of(name: EventName): Set<Listener> {
    if (!NAMES.includes(name)) throw new PorticoError('event_name_unknown', `"${name}" is none of ${NAMES}.`);
    return (this.#listeners[name] ??= new Set());
  }

  emit(name: EventName, event: EventPayload, user: User): void {
    // A copy: a listener may end its own subscription.
    for (const listener of [...this.of(name)]) callHost(listener, event, user);
  }
}
